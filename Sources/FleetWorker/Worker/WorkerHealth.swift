import Redis
import Synchronization

/// What `/readyz` and `/livez` answer; written by the worker's parts, readable from any thread.
///
/// **Ready**: started, not draining, and Redis does what it is asked. **Live**: the loop turns and the last talk with
/// Redis, successful or not, has ended not too long ago; a worker that hangs on a half-open connection looks busy to
/// everybody but this.
package final class WorkerHealth: Sendable {
    private struct State {
        var started = false
        var draining = false
        var troubles: Set<String> = []
        var lastTalk: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let redis = Mutex<RedisClient?>(nil)

    /// Of a worker that has not started.
    package init() {}

    /// Why the worker isn't ready, for people; nil when it is.
    package var unreadiness: String? {
        state.withLock { state in
            if state.draining { return "draining" }
            if !state.started { return "starting" }
            return state.troubles.isEmpty ? nil : state.troubles.sorted().joined(separator: ", ")
        } ?? (redis.withLock { $0 }?.isConnected == false ? "redis away" : nil)
    }

    /// Whether work may be expected of it.
    package var isReady: Bool { unreadiness == nil }

    /// Whether it is alive: something was asked of Redis and answered, or failed, within `limit`. True before the
    /// start.
    ///
    /// - Parameter now: the reactor's clock.
    package func isLive(now: ContinuousClock.Instant, limit: Duration = .seconds(30)) -> Bool {
        state.withLock { state in
            guard let lastTalk = state.lastTalk else { return true }
            return lastTalk.duration(to: now) <= limit
        }
    }

    /// Looks at this client's connection too.
    func follow(_ client: RedisClient) { redis.withLock { $0 = client } }

    func started() { state.withLock { $0.started = true } }
    func draining() { state.withLock { $0.draining = true } }
    func talked(at now: ContinuousClock.Instant) { state.withLock { $0.lastTalk = now } }
    func begins(trouble: String) { state.withLock { _ = $0.troubles.insert(trouble) } }
    func ends(trouble: String) { state.withLock { _ = $0.troubles.remove(trouble) } }
}
