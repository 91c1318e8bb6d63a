import Redis

extension Store {
    /// How long the job has waited that has been ready for a worker for longest, about: of the hundred tenants of each
    /// priority whose turn comes next, and of jobs that never ran. nil when none waits. One round trip.
    package func oldestReady() async throws(StoreError) -> Duration? {
        let reply = try await call(.oldestReady) { _ in ["100"] }
        guard let text = reply.string, let milliseconds = Int64(text) else { throw unexpected(.oldestReady) }
        return milliseconds < 0 ? nil : .milliseconds(milliseconds)
    }
}
