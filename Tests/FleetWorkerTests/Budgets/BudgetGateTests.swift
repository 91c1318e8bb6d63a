// Goal: what calls of several workers get of one fleet's budgets, and that nothing of it is lost. Method: the real
// gates and scripts, no Graph.
import FleetCore
import FleetStore
import Foundation
import Graph
import Reactor
import Redis
import Synchronization
import TestSupport
import Testing

@testable import FleetWorker

@Suite("Budget gates", .timeLimit(.minutes(1))) struct BudgetGateTests {
    @Test("lesson 30: a hundred callers with room for all of them within the wait all pass, and never more at once")
    func hundred() async throws {
        try await GateHarness.with(gates: 2) {
            $0.tenant = CallRate(count: 50, window: .milliseconds(400))
        } _: { harness in
            let passed = Moments()
            let began = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let grant = try await harness.gates[number % 2].admit(harness.ask(["m\(number)"]))
                        passed.note()
                        harness.gates[number % 2].finished(grant)
                    }
                }
                try await group.waitForAll()
            }
            // Grants are told after they are given: the first of the second fifty can't be told before a window has
            // passed since the first ask.
            let times = passed.sorted
            #expect(times.count == 100 && began.duration(to: times[50]) >= .milliseconds(400))
        }
    }

    @Test("S94 thirty calls on one mailbox, from eight workers: never more than four at once, and all get through")
    func fourAtOnce() async throws {
        try await GateHarness.with(gates: 8) { harness in
            let peak = Peak()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<30 {
                    group.addTask {
                        let gate = harness.gates[number % 8]
                        let grant = try await gate.admit(harness.ask())
                        peak.enter()
                        // It goes on until all places are taken and somebody waits for one, while so many are left.
                        try await eventually("four are in, and one waits") {
                            let isFull = peak.now >= 4 && harness.gates.contains { $0.places.count > 0 }
                            return isFull || peak.entered > 25
                        }
                        peak.leave()
                        gate.finished(grant)
                    }
                }
                try await group.waitForAll()
            }
            #expect(peak.most == 4, "\(peak.most)")
            try await eventually("all places are free") { try await harness.heldPlaces() == 0 }
        }
    }

    @Test("a batch takes its places together, and is not starved by single calls")
    func batch() async throws {
        try await GateHarness.with { harness in
            let gate = harness.gates[0]
            let single = try await gate.admit(harness.ask())
            async let batch = gate.admit(harness.ask(units: 20, places: 4))
            try await eventually("the batch waits for its places") { gate.places.count > 0 }
            gate.finished(single)
            let grant = try await batch
            #expect(grant.ask.units == 20)
            gate.finished(grant)
            await #expect(throws: CallTooLarge(atMost: 4)) { try await gate.admit(harness.ask(places: 5)) }
        }
    }

    @Test("a caller that is cancelled while it waits leaves nothing behind")
    func cancelled() async throws {
        try await GateHarness.with { harness in
            let gate = harness.gates[0]
            for _ in 0..<50 {
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            if let grant = try? await gate.admit(harness.ask()) { gate.finished(grant) }
                        }
                    }
                    await Task.yield()
                    group.cancelAll()
                }
            }
            try await eventually("all places are free") { try await harness.heldPlaces() == 0 }
            let grant = try await gate.admit(harness.ask(places: 4))
            gate.finished(grant)
        }
    }

    @Test("a longer wait than a moment ends the run and says for how long, and for whom")
    func longWait() async throws {
        try await GateHarness.with {
            $0.tenant = CallRate(count: 1, window: .seconds(60))
            $0.mailbox = CallRate(count: 1, window: .seconds(30))
        } _: { harness in
            let gate = harness.gates[0]
            gate.finished(try await gate.admit(harness.ask()))
            let wait = await #expect(throws: BudgetWait.self) { try await gate.admit(harness.ask(["other"])) }
            #expect(wait?.cause == .tenant && wait?.reason == .tenantBudget)
            #expect((.seconds(55) ... .seconds(62)).contains(wait?.length ?? .zero))
            let mailbox = await #expect(throws: BudgetWait.self) { try await gate.admit(harness.ask(tenant: "zeta")) }
            #expect(mailbox?.cause == .mailbox && mailbox?.reason == .mailboxBudget)
        }
    }

    @Test("a throttle that one worker meets is obeyed by all of them at once")
    func throttled() async throws {
        try await GateHarness.with(gates: 2) { harness in
            let scope = GraphCallScope(tenant: TenantID("acme"), mailboxes: ["m"])
            let closed = await harness.gates[0].throttled(
                scope, CallThrottle(retryAfter: .seconds(20), isConcurrencyLimit: false))
            #expect(closed == .seconds(20))
            let wait = await #expect(throws: BudgetWait.self) { try await harness.gates[1].admit(harness.ask()) }
            #expect(wait?.cause == .mailbox && wait.map { $0.length > .seconds(18) } == true)
            harness.gates[1].finished(try await harness.gates[1].admit(harness.ask(["n"])))
        }
    }

    @Test("a short throttle is waited out")
    func shortThrottle() async throws {
        try await GateHarness.with { harness in
            let scope = GraphCallScope(tenant: TenantID("acme"), mailboxes: ["m"])
            _ = await harness.gates[0].throttled(
                scope, CallThrottle(retryAfter: .milliseconds(300), isConcurrencyLimit: false))
            let began = ContinuousClock.now
            harness.gates[0].finished(try await harness.gates[0].admit(harness.ask()))
            #expect(began.duration(to: .now) > .milliseconds(250))
        }
    }

    @Test("workers with different limits: one warning when the stricter appears, one line when it is gone")
    func differentLimits() async throws {
        try await GateHarness.with { harness in
            var strict = BudgetLimits()
            strict.tenant = CallRate(count: 7, window: .seconds(60))
            try await eventually("the gate has announced itself") {
                try await harness.fleet.allKeys().contains("announced")
            }
            let other = Budgets(harness.fleet.store, limits: strict)
            #expect(try await other.announce(for: .seconds(60)) == strict)
            let tools = WorkerTools(forTest: harness.fleet)
            let announcer = BudgetAnnouncer(
                tools: tools, budgets: Budgets(harness.fleet.store, limits: BudgetLimits()))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await announcer.run() }
                defer { group.cancelAll() }
                try await eventually("the warning") {
                    harness.fleet.logs.count(containing: "different limits") == 1
                }
            }
            let line = harness.fleet.logs.all.first { $0.contains("different limits") }
            #expect(line?.contains("tenant 7/60s") == true && line?.contains("1200/60s") == true)
        }
    }
}
