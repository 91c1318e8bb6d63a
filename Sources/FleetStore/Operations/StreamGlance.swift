package import Foundation
import Redis

/// A look at the end of a public stream.
package struct StreamGlance: Sendable {
    /// An entry, its fields by name.
    package struct Entry: Sendable {
        /// Its id.
        package let id: String
        /// Names and values; of a name that comes twice, the first.
        package let fields: [String: String]

        /// When it was written, by Redis's clock: an id begins with that.
        package var at: Date { Date(milliseconds: Int(id.prefix { $0 != "-" }) ?? 0) }
    }

    /// When this was true.
    package let now: Date
    /// Entries that the stream ever got; 0 while there is none.
    package let added: Int
    /// The newest, newest first.
    package let newest: [Entry]
}

extension Store {
    /// The newest entries of `stream` (``Keys/results``, ``Keys/changes``), at most `limit`. One round trip, whatever
    /// the stream's length; isn't repeated while Redis is away.
    package func glance(at stream: String, newest limit: Int) async throws(StoreError) -> StreamGlance {
        let replies: [RedisReply]
        do {
            replies = try await redis.sendAll([
                ["TIME"], ["XINFO", "STREAM", RedisValue(stream)],
                ["XREVRANGE", RedisValue(stream), "+", "-", "COUNT", .integer(limit)],
            ])
        } catch {
            throw StoreError(error, during: "look at a stream")
        }
        let clock = replies[0]
        // XINFO refuses a stream that isn't there yet: then it never got an entry.
        let added = replies[1].pairs?.first { $0.key.string == "entries-added" }?.value.int ?? 0
        let entries = (replies[2].array ?? []).compactMap { entry -> StreamGlance.Entry? in
            guard let id = entry[0]?.string, let pairs = entry[1]?.pairs else { return nil }
            return .init(
                id: id,
                fields: Dictionary(pairs.map { ($0.key.string ?? "", $0.value.string ?? "") }) { first, _ in first })
        }
        return StreamGlance(
            now: Date(milliseconds: (clock[0]?.int ?? 0) * 1000 + (clock[1]?.int ?? 0) / 1000), added: added,
            newest: entries)
    }
}
