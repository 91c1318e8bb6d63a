/// What a worker may be told about itself; each member has the contract's default. What it says to Redis and to Graph
/// (how long a stream, how long a request) belongs to those rooms' own configurations.
package struct WorkerConfiguration: Sendable, Equatable {
    /// Jobs held at once. 1...10,000.
    package var concurrency = 256
    /// How long a claim lives without a renewal. 1 s...1 h; renewed at a third of it.
    package var lease: Duration = .seconds(30)
    /// How long a stopping worker lets its jobs finish before it hands them back. 0...1 h.
    package var drainTimeout: Duration = .seconds(25)
    /// Attempts of a job that names none itself. 1...100.
    package var maximumAttempts = 8
    /// Deaths of a worker that one job may cause before it is given up. 1...100.
    package var maximumCrashes = 3
    /// First step of the backoff between attempts; doubles with each, with full jitter. 1 ms...1 h.
    package var backoff: Duration = .seconds(1)
    /// Longest step of the backoff. At least ``backoff``, at most 24 h.
    package var backoffCap: Duration = .seconds(600)
    /// First wait after a throttle of Graph's that doesn't say how long; doubles while it doesn't help, up to
    /// ``backoffCap``. 5 s: its shortest own answers are about that.
    package var throttleBackoff: Duration = .seconds(5)
    /// The part of the slots that one tenant may hold. Above 0, at most 1.
    package var tenantShare = 0.25
    /// Jobs asked for in one claim, and payloads in one intake: 64 is where Redis's cost per job stops falling (256
    /// saves 8 % more and holds Redis four times as long). 1...256.
    package var batch = 64
    /// Claims on their way at once. 1...16.
    package var claimers = 4
    /// Between two looks for leases that have run out, in the mean; jittered by a quarter, so that a dead worker's jobs
    /// are taken back at most 1.5 s after its lease. 100 ms...1 min.
    package var reapInterval: Duration = .milliseconds(1200)
    /// The longest an idle worker sleeps before it looks for due jobs. 100 ms...10 s.
    package var idleInterval: Duration = .seconds(1)
    /// Between two looks for subscriptions that are due, at most; jittered by a quarter. 50 ms...1 min.
    package var realtimeInterval: Duration = .seconds(5)
    /// The longest that a run may take; past it the run is cancelled and the job counts a crash. 1 s...24 h.
    package var runLimit: Duration = .seconds(3600)
    /// How long a run that was cancelled for its length may take to end before its lease is given back under it.
    /// 100 ms...1 h.
    package var stopGrace: Duration = .seconds(10)

    /// The program's version, as `status` tells it.
    package var version = "unknown"

    /// The contract's defaults.
    package init() {}

    /// One value out of its range, in words for the person who set it.
    package struct Fault: Sendable, Equatable, CustomStringConvertible {
        /// The flag's name without dashes.
        package var name: String
        /// What was given.
        package var value: String
        /// What may be given.
        package var range: String

        /// `--concurrency 0: must be 1...10000`
        package var description: String { "--\(name) \(value): must be \(range)" }
    }

    /// Every value that is out of its range, so that all are reported at once; empty when a worker can run with them.
    package var faults: [Fault] {
        var faults: [Fault] = []
        func check<Value: Comparable>(_ name: String, _ value: Value, in range: ClosedRange<Value>) {
            guard !range.contains(value) else { return }
            faults.append(Fault(name: name, value: "\(value)", range: "\(range.lowerBound)...\(range.upperBound)"))
        }
        check("concurrency", concurrency, in: 1...10_000)
        check("lease", lease, in: .seconds(1) ... .seconds(3600))
        check("drain-timeout", drainTimeout, in: .zero ... .seconds(3600))
        check("max-attempts", maximumAttempts, in: 1...100)
        check("max-crashes", maximumCrashes, in: 1...100)
        check("backoff", backoff, in: .milliseconds(1) ... .seconds(3600))
        check("backoff-cap", backoffCap, in: max(backoff, .milliseconds(1)) ... .seconds(86_400))
        check("tenant-share", tenantShare, in: 0.001...1)
        check("batch", batch, in: 1...256)
        check("claimers", claimers, in: 1...16)
        check("reap-interval", reapInterval, in: .milliseconds(100) ... .seconds(60))
        check("idle-interval", idleInterval, in: .milliseconds(100) ... .seconds(10))
        check("realtime-interval", realtimeInterval, in: .milliseconds(50) ... .seconds(60))
        check("run-limit", runLimit, in: .seconds(1) ... .seconds(86_400))
        check("stop-grace", stopGrace, in: .milliseconds(100) ... .seconds(3600))
        return faults
    }
}
