import Synchronization

/// How much of the worker's lease is left, by its own monotonic clock: a pessimistic reading of what Redis knows.
///
/// A renewal counts from the moment it was sent, as Redis can't have granted it earlier. A process that was frozen
/// reads this clock when it wakes and sees that its time is over before it asks anybody.
final class LeaseClock: Sendable {
    private let endsAt = Mutex<ContinuousClock.Instant?>(nil)

    /// A renewal that was sent at `sent` was granted for `lease`.
    func renewed(sent: ContinuousClock.Instant, lease: Duration) {
        endsAt.withLock { $0 = max($0 ?? sent, sent.advanced(by: lease)) }
    }

    /// The owner is gone: nothing is left.
    func lost() { endsAt.withLock { $0 = nil } }

    /// Zero or less when the lease is over, or was never granted.
    func left(at now: ContinuousClock.Instant) -> Duration {
        endsAt.withLock { $0.map { now.duration(to: $0) } ?? .zero }
    }
}
