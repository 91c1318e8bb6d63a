import FleetStore
import Foundation
import Synchronization

/// Counts what a worker has ended, and tells the fleet how fast it goes.
final class Throughput: Sendable {
    private struct Sample {
        var done = 0
        var at: ContinuousClock.Instant
        var perSecond = 0.0
    }

    private let done = Atomic(0)
    private let startedAt = ContinuousClock.now
    private let last: Mutex<Sample>

    init() { last = Mutex(Sample(at: .now)) }

    /// So many jobs have ended.
    func ended(_ jobs: Int) { done.add(jobs, ordering: .relaxed) }

    /// What the worker says of itself at `date`, by the fleet's clock. The rate is that since the report before; of
    /// less than half a second it is the one before, too.
    func report(version: String, slots: Int, now date: Date) -> WorkerReport {
        let done = done.load(ordering: .relaxed)
        let rate = last.withLock { last in
            let now = ContinuousClock.now
            let seconds = last.at.duration(to: now) / .seconds(1)
            guard seconds >= 0.5 else { return last.perSecond }
            last = Sample(done: done, at: now, perSecond: Double(done - last.done) / seconds)
            return last.perSecond
        }
        return WorkerReport(
            version: version, slots: slots, done: done, jobsPerSecond: rate,
            startedAt: date.addingTimeInterval(-(startedAt.duration(to: .now) / .seconds(1))))
    }
}
