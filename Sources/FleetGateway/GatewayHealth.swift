import Reactor
import Synchronization

/// Whether work can be expected of a gateway; readable from any thread.
///
/// **Ready**: it follows the results, and doesn't stop. **Live**: its ticker has asked Redis something lately and was
/// answered, or refused; a loop that hangs does neither.
package final class GatewayHealth: Sendable {
    /// The ticker turns once a second, and waits for Redis at most some seconds.
    private static let longestSilence = Duration.seconds(30)

    private let feed: ResultFeed
    private let stopping: Gate
    private let lastTurn = Mutex<ContinuousClock.Instant?>(nil)

    init(feed: ResultFeed, stopping: Gate) {
        self.feed = feed
        self.stopping = stopping
    }

    /// Why it isn't ready, for people; nil when it is.
    package var unreadiness: String? {
        if stopping.isOpen { return "stopping" }
        return feed.isFollowing ? nil : "redis away"
    }

    /// Whether it is alive. True before the start. `now` is the reactor's clock.
    package func isLive(now: ContinuousClock.Instant) -> Bool {
        lastTurn.withLock { $0.map { $0.duration(to: now) <= Self.longestSilence } ?? true }
    }

    func turned(at now: ContinuousClock.Instant) { lastTurn.withLock { $0 = now } }
}
