import Synchronization

extension Reactor {
    /// How the loop is doing; a copy, good for metrics and for a liveness check.
    package struct Statistics: Sendable {
        /// Turns since the start.
        package let turns: UInt64
        /// Swift jobs and calls run since the start.
        package let jobs: UInt64
        /// How long the last whole turn took, its wait in epoll not counted.
        package let lastTurn: Duration
        /// The longest turn since `takeLongestTurn` was last called: how late everything else on the loop has been.
        package let longestTurn: Duration
        /// How long the present turn has been going on; zero while the loop waits in epoll. Liveness: a value of many
        /// seconds means that something blocks the loop.
        package let currentTurn: Duration
        /// All time spent in turns: divided by wall time, the share of the loop's capacity that is used.
        package let busy: Duration
    }

    /// Readable from any thread; a few atomic loads.
    package var statistics: Statistics { counters.snapshot() }

    /// The longest turn since the last call, which starts a new measurement; for a gauge that is exported periodically.
    package func takeLongestTurn() -> Duration {
        .nanoseconds(counters.longest.exchange(0, ordering: .relaxed))
    }
}

/// Written by the loop, read by anyone.
final class LoopCounters: Sendable {
    private let turns = Atomic<UInt64>(0)
    private let jobs = Atomic<UInt64>(0)
    private let last = Atomic<Int64>(0)
    private let busy = Atomic<Int64>(0)
    private let turnStart = Atomic<Int64>(0)
    let longest = Atomic<Int64>(0)

    func willPoll() { turnStart.store(0, ordering: .relaxed) }
    func didPoll(at start: Int64) { turnStart.store(start, ordering: .relaxed) }

    // One writer, so plain load and store suffice where an atomic add would lock the bus.
    func ran(_ count: UInt64) { jobs.store(jobs.load(ordering: .relaxed) &+ count, ordering: .relaxed) }

    func turnEnded(start: Int64, end: Int64) {
        let length = end - start
        turns.store(turns.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        busy.store(busy.load(ordering: .relaxed) &+ length, ordering: .relaxed)
        last.store(length, ordering: .relaxed)
        if length > longest.load(ordering: .relaxed) { longest.store(length, ordering: .relaxed) }
    }

    func snapshot() -> Reactor.Statistics {
        let start = turnStart.load(ordering: .relaxed)
        return Reactor.Statistics(
            turns: turns.load(ordering: .relaxed),
            jobs: jobs.load(ordering: .relaxed),
            lastTurn: .nanoseconds(last.load(ordering: .relaxed)),
            longestTurn: .nanoseconds(longest.load(ordering: .relaxed)),
            currentTurn: start == 0 ? .zero : .nanoseconds(max(0, MonotonicClock.nanoseconds - start)),
            busy: .nanoseconds(busy.load(ordering: .relaxed)))
    }
}
