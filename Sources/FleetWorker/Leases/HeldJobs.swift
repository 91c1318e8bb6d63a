import FleetCore
import Reactor
import Synchronization

/// Why a run is told to stop before its end.
enum StopReason: Sendable, Equatable {
    /// The lease is another worker's now, or nobody's: nothing this run did may be written.
    case leaseLost
    /// The worker stops: give the job back.
    case drain
    /// The run took longer than any may: a failure of the job.
    case tooLong
}

/// A run that is going on, as those see it who may have to stop it.
final class HeldJob: Sendable {
    let lane: ConnectionID
    let fence: Fence
    private let bell = Bell()
    private let reason = Mutex<StopReason?>(nil)
    private let hasEnd = Atomic(false)

    init(lane: ConnectionID, fence: Fence) {
        self.lane = lane
        self.fence = fence
    }

    /// Why it was told to stop; nil while it wasn't. The first reason stands, except that a lost lease outdoes the
    /// others: then there is nothing to give back.
    var stopReason: StopReason? { reason.withLock { $0 } }

    /// True for the first who writes the job's end; a run that was given up has one already.
    func end() -> Bool { !hasEnd.exchange(true, ordering: .relaxed) }

    func stop(_ why: StopReason) {
        reason.withLock { reason in
            if reason == nil || why == .leaseLost { reason = why }
        }
        bell.ring()
    }

    /// Runs `body` and returns what it returns; cancels it when the job is told to stop.
    func run<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await body() }
            group.addTask {
                try? await self.bell.wait()
                return nil
            }
            while let first = await group.next() {
                // Either the body is over and the waiting task is let go, or the bell rang and the body is cancelled.
                group.cancelAll()
                if let first { return first }
            }
            preconditionFailure("the body's task returns a value")
        }
    }
}

/// The runs of this worker that take time, by lane. Jobs that end where they are claimed never stand here.
final class HeldJobs: Sendable {
    private let jobs = Mutex<[ConnectionID: HeldJob]>([:])

    var count: Int { jobs.withLock { $0.count } }

    func insert(_ job: HeldJob) {
        jobs.withLock { $0[job.lane] = job }
    }

    /// Nothing happens when another lease of the lane stands here by now.
    func remove(_ job: HeldJob) {
        jobs.withLock { jobs in
            if jobs[job.lane] === job { jobs[job.lane] = nil }
        }
    }

    /// Tells all runs, or those whose lane is named, to stop; returns how many that were.
    @discardableResult
    func stop(_ why: StopReason, lanes: Set<ConnectionID>? = nil) -> Int {
        let chosen = jobs.withLock { jobs in
            lanes.map { lanes in jobs.filter { lanes.contains($0.key) }.map(\.value) } ?? Array(jobs.values)
        }
        for job in chosen { job.stop(why) }
        return chosen.count
    }
}
