import Reactor
package import Redis

// A consumer group, so that several readers share a stream and none loses an entry when it dies:
//
//   create          once, at a defined entry; a group that is there stays where it is
//   unacknowledged  what this consumer was given and didn't acknowledge: it may have died before
//   takeOver        what other consumers were given and left lying for long: they are dead
//   next            what nobody was given yet
//   acknowledge     only once an entry has been dealt with
//
// An entry that was trimmed while it was pending comes without fields, or not at all (redis#6199, redis#10756): only
// its acknowledgement is left to do, or the list of what is pending would grow for ever.

/// One consumer of a consumer group of a public stream.
package struct StreamGroup: Sendable {
    /// The stream's key.
    package let stream: String
    /// The group's name.
    package let name: String
    /// The consumer's name: unique in the group while it lives, and the same again after its restart.
    package let consumer: String
    let redis: RedisClient

    /// What was read.
    package struct Batch: Sendable, Equatable {
        /// In the order of the stream; deal with them, then acknowledge them.
        package var entries: [StreamEntry] = []
        /// Pending entries that the stream doesn't hold any more: acknowledge them.
        package var trimmed: [String] = []
        /// Where to go on: an entry's id, or nil if that was all.
        package var next: String?

        /// Nothing.
        package static let empty = Batch()
    }

    /// A consumer over a client that somebody runs, and that is used for nothing else while it waits.
    package init(_ name: String, consumer: String, of stream: String, _ redis: RedisClient) {
        self.name = name
        self.consumer = consumer
        self.stream = stream
        self.redis = redis
    }

    /// Makes the group, and the stream too if there is none; false if the group was there: then it keeps its place.
    /// - Parameter position: it begins behind this entry; `0` with the first, `$` with the next that comes.
    @discardableResult
    package func create(behind position: String) async throws(RedisError) -> Bool {
        do {
            try await redis.send(
                ["XGROUP", "CREATE", RedisValue(stream), RedisValue(name), RedisValue(position), "MKSTREAM"])
            return true
        } catch {
            guard error.code == "BUSYGROUP" else { throw error }
            return false
        }
    }

    /// What this consumer hasn't acknowledged, behind `position`; nothing once all is acknowledged.
    package func unacknowledged(
        behind position: String = "0", count: Int = StreamReader.batch
    ) async throws(RedisError) -> Batch {
        let found = try await read(position, count: count, wait: nil)
        return Self.batch(found, next: found.last?.id)
    }

    /// What no consumer of the group was given yet.
    /// - Parameter wait: how long to wait for one; nil: not at all.
    package func next(count: Int = StreamReader.batch, waiting wait: Duration? = nil) async throws(RedisError) -> Batch
    {
        Self.batch(try await read(">", count: count, wait: wait), next: nil)
    }

    /// Takes over what another consumer was given and hasn't acknowledged for `idle`; it is dead, or much too slow.
    /// - Parameter position: where to begin: `0-0`, then the batch's `next` until that is nil.
    package func takeOver(
        idle: Duration, from position: String = "0-0", count: Int = StreamReader.batch
    ) async throws(RedisError) -> Batch {
        let reply = try await redis.send(
            [
                "XAUTOCLAIM", RedisValue(stream), RedisValue(name), RedisValue(consumer),
                .integer(max(0, Int(idle / .milliseconds(1)))), RedisValue(position), "COUNT",
                .integer(min(count, StreamReader.batch)),
            ])
        let next = reply[0]?.string ?? "0-0"
        var batch = Self.batch(StreamEntry.list(reply[1]), next: next == "0-0" ? nil : next)
        // Redis 7.0 names those that are trimmed, and has taken them off the list already.
        batch.trimmed += (reply[2]?.array ?? []).compactMap(\.string)
        return batch
    }

    /// Takes entries off the list of what is pending. Repeating it does no harm.
    package func acknowledge(_ ids: [String]) async throws(RedisError) {
        guard !ids.isEmpty else { return }
        try await redis.send(
            RedisCommand(["XACK", RedisValue(stream), RedisValue(name)] + ids.map { RedisValue($0) }))
    }

    private func read(_ position: String, count: Int, wait: Duration?) async throws(RedisError) -> [StreamEntry] {
        var command: [RedisValue] = ["XREADGROUP", "GROUP", RedisValue(name), RedisValue(consumer)]
        command += ["COUNT", .integer(min(count, StreamReader.batch))] + StreamReader.block(wait)
        command += ["STREAMS", RedisValue(stream), RedisValue(position)]
        let reply = try await redis.sendBlocking(RedisCommand(command), limit: (wait ?? .zero) + .seconds(5))
        return StreamEntry.read(reply)
    }

    private static func batch(_ found: [StreamEntry], next: String?) -> Batch {
        Batch(entries: found.filter { !$0.isTrimmed }, trimmed: found.filter(\.isTrimmed).map(\.id), next: next)
    }
}
