import FleetCore
import FleetStore
import Foundation
import Reactor
import Redis
import Synchronization

/// Reads the fleet's state once a second for everybody who watches: one reading, however many pages are open. While
/// nobody watches only the samples of the charts go on, so that a page that is opened has a past to show.
final class DashboardFeed: Sendable {
    /// Pages open at once.
    static let watchersLimit = 32
    private static let period = Duration.seconds(1)

    private struct State {
        var meter = RateMeter()
        var watchers: [Int: AsyncStream<DashboardFrame>.Continuation] = [:]
        var opened = 0
        var isStopping = false
    }

    private let reader: DashboardReader
    private let reactor: Reactor
    private let state = Mutex(State())

    /// - Parameter store: one with little patience: a page says that Redis is away, it doesn't wait for it.
    init(store: Store) {
        reader = DashboardReader(store: store)
        reactor = store.redis.reactor
    }

    /// Reads until cancelled.
    func run() async {
        while !Task.isCancelled {
            await turn()
            do { try await reactor.sleep(for: Self.period) } catch { return }
        }
    }

    /// What there is to see now.
    func frame() async -> DashboardFrame {
        var frame: DashboardFrame
        do throws(StoreError) {
            frame = try await reader.frame()
        } catch {
            frame = DashboardFrame(at: Date())
            frame.trouble = "Redis: \(error.hint)"
        }
        frame.samples = state.withLock { $0.meter.samples }
        return frame
    }

    /// Frames as they come, newest only; nil when too many watch already. Ends when the reader of it is cancelled.
    func watch() -> AsyncStream<DashboardFrame>? {
        let (stream, continuation) = AsyncStream.makeStream(
            of: DashboardFrame.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state -> Int? in
            guard state.watchers.count < Self.watchersLimit, !state.isStopping else { return nil }
            state.opened += 1
            state.watchers[state.opened] = continuation
            return state.opened
        }
        guard let number else { return nil }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.watchers.removeValue(forKey: number) }
        }
        return stream
    }

    /// Ends all streams: open pages would hold up the gateway's end.
    func stop() {
        let watchers = state.withLock { state in
            state.isStopping = true
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.finish() }
    }

    private func turn() async {
        // Without Redis the charts have a gap, and the frame says why.
        if let reading = try? await reader.results() { state.withLock { $0.meter.add(reading) } }
        guard state.withLock({ !$0.watchers.isEmpty }) else { return }
        let frame = await frame()
        for watcher in state.withLock({ Array($0.watchers.values) }) { watcher.yield(frame) }
    }
}
