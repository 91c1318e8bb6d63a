import FleetCore
import FleetWorker
import Reactor
import Synchronization
import TestSupport

/// What a worker announced, and a place to hold it at a point.
final class Announcements: Sendable {
    private struct State {
        var points: [WorkerHooks.Point] = []
        var held: [@Sendable (WorkerHooks.Point) -> Bool] = []
    }

    private let state = Mutex(State())
    private let gate = Gate()

    var points: [WorkerHooks.Point] { state.withLock { $0.points } }

    var hooks: WorkerHooks {
        WorkerHooks { point in
            let isHeld = self.state.withLock { state in
                state.points.append(point)
                return state.held.contains { $0(point) }
            }
            if isHeld { try? await self.gate.wait() }
        }
    }

    /// From now on whoever reaches such a point waits there until `release`, or until it is cancelled.
    func hold(_ matches: @escaping @Sendable (WorkerHooks.Point) -> Bool) {
        state.withLock { $0.held.append(matches) }
    }

    func release() {
        state.withLock { $0.held = [] }
        gate.open()
    }

    /// Waits until such a point was reached.
    func reached(
        _ what: String, within limit: Duration = .seconds(20), _ matches: (WorkerHooks.Point) -> Bool
    ) async throws {
        try await eventually("reaching \(what)", within: limit) { points.contains(where: matches) }
    }
}

extension WorkerHooks.Point {
    var isRun: Bool { tenantOfRun != nil }

    /// Of a run that began.
    var tenantOfRun: String? {
        if case .runBegan(let lane) = self { lane.tenant.rawValue } else { nil }
    }
}
