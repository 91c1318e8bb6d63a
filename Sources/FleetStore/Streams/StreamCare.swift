import Redis

// Three bounds, the first that applies:
//
//   length      where the streams are brought back to, by `trim`, now and then
//   twice that  what a live group that is slow may hold (Store.Options.resultsCap): whoever writes cuts beyond it
//   nothing     what a group may hold of which no consumer has asked for an hour: it is dead, or its reader is
//
// So memory is bounded without any reader, and a reader that is there loses nothing in an ordinary pause.

/// Keeps the public streams at their length.
package struct StreamCare: Sendable {
    /// A group of which no consumer has asked for so long holds nothing back: 1 h, longer than any restart or
    /// deployment of a consumer.
    package static let silence = Duration.seconds(3600)

    /// What became of one stream.
    package struct Outcome: Sendable, Equatable {
        /// Entries taken.
        package let taken: Int
        /// The live group on account of which much more than the length is kept.
        package let heldBy: String?
        /// Live groups that needed an entry which is gone.
        package let losers: [String]
        /// Silent groups of which the same is true.
        package let dead: [String]
        let isMore: Bool
    }

    /// What became of both.
    package struct Report: Sendable, Equatable {
        /// The results stream.
        package let results: Outcome
        /// The changes stream.
        package let changes: Outcome
        /// Call again at once.
        package var isMore: Bool { results.isMore || changes.isMore }
    }

    let store: Store

    /// The streams of `store`, with its lengths.
    package init(_ store: Store) { self.store = store }

    /// Takes at most `step` entries from each stream. One round trip; safe to repeat.
    /// - Parameter silence: after how long a group counts as dead.
    package func trim(step: Int = 20_000, silence: Duration = Self.silence) async throws(StoreError) -> Report {
        let options = store.options
        let reply = try await store.call(.trimStreams) { _ in
            [
                .integer(options.resultsLength), .integer(options.changesLength), .integer(silence.milliseconds),
                .integer(step),
            ]
        }
        guard let results = Outcome(reply[0]), let changes = Outcome(reply[1]) else {
            throw store.unexpected(.trimStreams)
        }
        return Report(results: results, changes: changes)
    }
}

extension StreamCare.Outcome {
    fileprivate init?(_ reply: RedisReply?) {
        guard let parts = reply?.array, parts.count == 5, let taken = parts[0].int else { return nil }
        self.taken = taken
        isMore = parts[1].string == "1"
        heldBy = parts[2].string.flatMap { $0.isEmpty ? nil : $0 }
        losers = (parts[3].array ?? []).compactMap(\.string)
        dead = (parts[4].array ?? []).compactMap(\.string)
    }
}
