import FleetCore
import Reactor
import Redis

/// Waits for the terminal entry of one job on the results stream.
struct ResultWaiter: Sendable {
    let stream: String
    let tenant: TenantID
    let job: JobID

    /// One XREAD waits so long; the server then sees that we are still there.
    private static let slice = Duration.seconds(5)

    /// The id of the stream's last entry; to be asked before the job is pushed.
    static func end(of stream: String, _ redis: RedisClient) async throws(RedisError) -> String {
        let last = StreamEntry.list(try await redis.send(["XREVRANGE", RedisValue(stream), "+", "-", "COUNT", "1"]))
        return last.first?.id ?? "0-0"
    }

    /// The entry, or nil when the time is up. Uses the client for nothing else meanwhile: Redis waits on it.
    func wait(
        from end: String, within limit: Duration, _ redis: RedisClient
    ) async throws(RedisError) -> StreamEntry? {
        let deadline = redis.reactor.now + limit
        var position = end
        while true {
            let left = redis.reactor.now.duration(to: deadline)
            guard left > .zero else { return nil }
            let block = min(left, Self.slice)
            // BLOCK 0 would wait for ever.
            let milliseconds = max(1, Int(block / .milliseconds(1)))
            let reply = try await redis.sendBlocking(
                [
                    "XREAD", "COUNT", "500", "BLOCK", .integer(milliseconds), "STREAMS", RedisValue(stream),
                    RedisValue(position),
                ], limit: block + .seconds(5))
            for entry in StreamEntry.read(reply) {
                if entry["job_id"] == job.rawValue, isOurs(entry) { return entry }
                position = entry.id
            }
        }
    }

    /// A rejected payload's tenant may be unknown; its id is ours then.
    private func isOurs(_ entry: StreamEntry) -> Bool {
        entry["tenant_id"] == tenant.rawValue || entry["tenant_id"] == nil
    }
}
