import Reactor
package import Redis

/// Reads one of the public streams from a position on, outside any group. Acknowledges and changes nothing.
package struct StreamReader: Sendable {
    /// The most entries of one read: some hundred kilobytes, whatever the stream's length.
    package static let batch = 500

    /// The stream's key (``Keys/results``, ``Keys/changes``).
    package let stream: String
    /// Its client.
    package let redis: RedisClient

    /// A reader over a client that somebody runs. While it waits for entries, Redis waits on that client: use it for
    /// nothing else meanwhile.
    package init(_ stream: String, _ redis: RedisClient) {
        self.stream = stream
        self.redis = redis
    }

    /// The id of the last entry, `0-0` in an empty stream: the position from which only what comes is read.
    package func end() async throws(RedisError) -> String {
        let reply = try await redis.send(["XREVRANGE", RedisValue(stream), "+", "-", "COUNT", "1"])
        return StreamEntry.list(reply).first?.id ?? "0-0"
    }

    /// The id of the first entry; nil in an empty stream. A reader whose last id is older may have missed some.
    package func beginning() async throws(RedisError) -> String? {
        let reply = try await redis.send(["XRANGE", RedisValue(stream), "-", "+", "COUNT", "1"])
        return StreamEntry.list(reply).first?.id
    }

    /// The entries after `position`, at most `count` of them and at most ``batch``; none when there are none.
    /// - Parameter wait: how long to wait for one; nil: not at all. Less than a millisecond counts as one.
    package func read(
        after position: String, count: Int = Self.batch, waiting wait: Duration? = nil
    ) async throws(RedisError) -> [StreamEntry] {
        var command: [RedisValue] = ["XREAD", "COUNT", .integer(min(count, Self.batch))]
        command += Self.block(wait)
        command += ["STREAMS", RedisValue(stream), RedisValue(position)]
        let reply = try await redis.sendBlocking(
            RedisCommand(command), limit: (wait ?? .zero) + .seconds(5))
        return StreamEntry.read(reply)
    }

    /// BLOCK 0 would wait for ever.
    static func block(_ wait: Duration?) -> [RedisValue] {
        wait.map { ["BLOCK", .integer(max(1, Int($0 / .milliseconds(1))))] } ?? []
    }
}
