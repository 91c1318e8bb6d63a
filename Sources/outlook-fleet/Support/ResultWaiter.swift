import FleetCore
import FleetStore
import Reactor
import Redis

/// Waits for the terminal entry of one job on the results stream.
struct ResultWaiter: Sendable {
    let reader: StreamReader
    let tenant: TenantID
    let job: JobID

    /// One XREAD waits so long; the server then sees that we are still there.
    private static let slice = Duration.seconds(5)

    /// The entry, or nil when the time is up. Uses the client for nothing else meanwhile: Redis waits on it.
    /// - Parameter end: the stream's end before the job was pushed.
    func wait(from end: String, within limit: Duration, _ redis: RedisClient) async throws(RedisError) -> StreamEntry? {
        let deadline = redis.reactor.now + limit
        var position = end
        while true {
            let left = redis.reactor.now.duration(to: deadline)
            guard left > .zero else { return nil }
            for entry in try await reader.read(after: position, waiting: min(left, Self.slice)) {
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
