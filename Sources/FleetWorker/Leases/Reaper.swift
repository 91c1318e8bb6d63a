import FleetStore
import Logging
import Metrics
import Reactor
import Telemetry

/// Takes back what dead workers held, and ends what expired in lines that don't move. Every worker does it every few
/// seconds, at its own moments, so that it needs no leader and a fleet doesn't ask in one breath.
struct Reaper: Sendable {
    /// Leases taken back in one step, and steps in one go: the rest is somebody's next turn.
    private static let stepsAtMost = 32

    let tools: WorkerTools
    /// Told of a death: the dead may have left work that nobody knows of.
    let died: @Sendable () -> Void

    /// Reaps until the task is cancelled.
    func run() async {
        let queue = JobQueue(tools.hastyStore)
        while !Task.isCancelled {
            let wait = tools.configuration.reapInterval * (0.75 + tools.random() / 2)
            guard (try? await tools.reactor.sleep(for: wait)) != nil else { return }
            do {
                try await expire(queue)
                let found = try await reap(queue)
                tools.outages.succeeded(.reap, wrote: found)
            } catch {
                tools.outages.failed(.reap, error)
            }
        }
    }

    /// Answers jobs that expired in lines that don't move: nobody claims them in time.
    private func expire(_ queue: JobQueue) async throws(StoreError) {
        for _ in 0..<Self.stepsAtMost {
            let (jobs, isMore) = try await queue.expire()
            if jobs > 0 { tools.log.event(.info, "jobs expired while they waited", [.jobs: .number(jobs)]) }
            if !isMore { return }
        }
    }

    /// True if somebody was late.
    private func reap(_ queue: JobQueue) async throws(StoreError) -> Bool {
        var found = false
        for _ in 0..<Self.stepsAtMost {
            let report = try await queue.reap()
            if report.found > 0 {
                tools.log.event(
                    .warning, "put lanes back that stood nowhere: somebody wrote into the namespace",
                    [.jobs: .number(report.found)])
                died()
            }
            guard let owner = report.owner else { return found }
            found = true
            tools.metrics.expired.increment(by: report.jobs)
            tools.log.event(
                .warning, "took back the jobs of a dead worker", [.worker: .text(owner), .jobs: .number(report.jobs)])
            died()
            await tools.hooks.reached(.reaped(jobs: report.jobs))
            if !report.isMore { return true }
        }
        return found
    }
}
