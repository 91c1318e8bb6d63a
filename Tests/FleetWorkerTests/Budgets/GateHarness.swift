import FleetCore
import FleetStore
import Foundation
import Graph
import Reactor
import Redis
import Synchronization
import TestSupport

@testable import FleetWorker

/// Several workers' gates on the budgets of one fleet, and what they let through.
struct GateHarness: Sendable {
    let fleet: Fleet
    let gates: [BudgetGate]

    /// Runs `body` with so many gates.
    static func with(
        gates count: Int = 1, _ configure: @Sendable (inout BudgetLimits) -> Void = { _ in },
        _ body: @escaping @Sendable (GateHarness) async throws -> Void
    ) async throws {
        var limits = BudgetLimits()
        configure(&limits)
        try await Fleet.with { [limits] fleet in
            let gates = (0..<count).map { number in
                BudgetGate(WorkerTools(forTest: fleet), limits: limits, name: "gate-\(number)-\(UUID().uuidString)")
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for gate in gates { group.addTask { await gate.run() } }
                defer { group.cancelAll() }
                try await body(GateHarness(fleet: fleet, gates: gates))
            }
        }
    }

    func ask(_ mailboxes: [String] = ["m"], tenant: String = "acme", units: Int = 1, places: Int = 1) -> CallAsk {
        CallAsk(
            GraphCallScope(tenant: TenantID(tenant), mailboxes: mailboxes), units: units, places: places,
            timeout: .seconds(15))
    }

    /// Places that somebody holds.
    func heldPlaces() async throws -> Int {
        var count = 0
        for key in try await fleet.allKeys() where key.hasPrefix("b:") {
            let fields = try await fleet.redis.send(["HKEYS", .string(fleet.keys.prefix + key)]).array ?? []
            count += fields.count { $0.string?.hasPrefix("p") == true }
        }
        return count
    }
}

extension WorkerTools {
    init(forTest fleet: Fleet) {
        let health = WorkerHealth()
        self.init(
            configuration: WorkerConfiguration(), reactor: fleet.reactor, store: fleet.store, hastyStore: fleet.store,
            clock: FleetClock(), owners: OwnerHolder(), lease: LeaseClock(),
            outages: OutageMonitor(log: fleet.logs.logger, health: health), health: health, metrics: WorkerMetrics(),
            hooks: WorkerHooks(), random: { Double.random(in: 0..<1) }, log: fleet.logs.logger)
    }
}

/// The most at once.
final class Peak: Sendable {
    private let state = Mutex((now: 0, most: 0, entered: 0))
    var now: Int { state.withLock { $0.now } }
    var most: Int { state.withLock { $0.most } }
    var entered: Int { state.withLock { $0.entered } }
    func enter() { state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.entered + 1) } }
    func leave() { state.withLock { $0.now -= 1 } }
}

/// When things happened.
final class Moments: Sendable {
    private let times = Mutex<[ContinuousClock.Instant]>([])
    var sorted: [ContinuousClock.Instant] { times.withLock { $0.sorted() } }
    func note() { times.withLock { $0.append(.now) } }
}
