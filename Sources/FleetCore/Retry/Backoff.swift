/// The waits of one thing that is tried again until it works (a lost server, a webhook's registration), as a plain
/// value: the caller keeps it, asks after each failure and resets it after a success.
package struct Backoff: Sendable, Equatable {
    /// Base and cap of the waits.
    package let policy: RetryPolicy
    /// Failures since the last success.
    package private(set) var failures = 0

    /// A fresh one, no failure yet.
    package init(_ policy: RetryPolicy) { self.policy = policy }

    /// Counts a failure; how long to wait before the next try.
    package mutating func failed(using random: inout some RandomNumberGenerator) -> Duration {
        failures += 1
        return policy.delay(afterFailures: failures, using: &random)
    }

    /// After a success: the next failure starts from the base again.
    package mutating func reset() { failures = 0 }
}
