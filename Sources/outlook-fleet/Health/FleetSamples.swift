import FleetStore
import Reactor
import Redis
import Synchronization
import Telemetry

/// The queue's numbers for `/metrics`, the same from every worker.
///
/// `/metrics` is answered off the loop and must not wait for it or for Redis, so it renders what was read last and
/// asks for a fresh reading, which the loop does within a second. Without being asked it reads twice a minute (two
/// scripts of some 50 us each), because an autoscaler asks any one worker, and each of twenty only now and then. After
/// a minute without an answer from Redis the numbers are left out: one that stands still would look like a quiet queue.
final class FleetSamples: Sendable {
    private struct State {
        var isWanted = false
        var samples: [MetricSample] = []
        var readAt: ContinuousClock.Instant?
    }

    private static let oldest = Duration.seconds(60)
    private static let unasked = Duration.seconds(30)
    private let state = Mutex(State())
    private let store: Store

    init(store: Store) { self.store = store }

    /// Reads when asked, and now and then, until cancelled.
    func run() async throws {
        let reactor = store.redis.reactor
        while true {
            try await reactor.sleep(for: .seconds(1))
            let isDue = state.withLock { state in
                state.isWanted || state.readAt.map { $0.duration(to: reactor.now) >= Self.unasked } ?? true
            }
            guard isDue, store.redis.isConnected else { continue }
            do {
                let samples = Self.samples(try await store.status(), oldestReady: try await store.oldestReady())
                state.withLock { $0 = State(isWanted: false, samples: samples, readAt: reactor.now) }
            } catch {
                // Logged by those who work with Redis; these numbers are left out once they are too old.
            }
        }
    }

    /// What was read last; asks for a fresh reading.
    func read() -> [MetricSample] {
        state.withLock { state in
            state.isWanted = true
            guard let readAt = state.readAt, readAt.duration(to: store.redis.reactor.now) < Self.oldest else {
                return []
            }
            return state.samples
        }
    }

    static func samples(_ status: FleetStatus, oldestReady: Duration?) -> [MetricSample] {
        let jobs = [
            ("untaken", status.untaken), ("ready", status.ready), ("behind", status.behind), ("parked", status.parked),
            ("running", status.running),
        ]
        return jobs.map { MetricSample(.queueJobs, Double($0.1), labels: [("state", $0.0)]) } + [
            MetricSample(.queueWork, Double(status.untaken + status.ready + status.running)),
            MetricSample(.queueOldestAge, (oldestReady ?? .zero) / .seconds(1)),
            MetricSample(.connections, Double(status.connections)),
            MetricSample(.deadLetters, Double(status.dead)),
            MetricSample(.tenantsHeld, Double(status.held)),
            MetricSample(.workers, Double(status.workerCount)),
        ] + streams(status)
    }

    /// Redis's own `lag` isn't told, it can be wrong after trimming: the distance in time can't.
    private static func streams(_ status: FleetStatus) -> [MetricSample] {
        let streams = [("results", status.results), ("changes", status.changes)]
        let groups = streams.flatMap { name, stream in
            // An operator's names, and only so many: still, none may fill the page.
            stream.groups.map { (labels: [("stream", name), ("group", String($0.name.prefix(64)))], group: $0) }
        }
        return streams.compactMap { name, stream in
            stream.length.map { MetricSample(.streamLength, Double($0), labels: [("stream", name)]) }
        } + groups.map { MetricSample(.streamGroupPending, Double($0.group.pending), labels: $0.labels) }
            + groups.map { MetricSample(.streamGroupBehind, $0.group.behind / .seconds(1), labels: $0.labels) }
    }
}
