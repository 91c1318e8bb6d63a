// Goal: what went wrong with limits in other queues doesn't here (the numbers are those of our collection of their
// bugs). Method: real scripts, real time, small windows.
import FleetCore
import Foundation
import Reactor
import Redis
import Testing

@testable import FleetStore

@Suite("Lessons about limits")
struct BudgetLessonTests {
    private func ask(_ id: String, _ tenant: String = "acme") -> BudgetAsk {
        BudgetAsk(id: id, tenant: TenantID(tenant), mailboxes: [], units: 1, places: 1, timeout: .seconds(5))
    }

    @Test("lesson 35: many callers at the last unit: exactly one may pass")
    func lastUnit() async throws {
        try await StoreHarness.with { harness in
            var limits = BudgetLimits()
            limits.tenant = CallRate(count: 3, window: .seconds(600))
            let budgets = Budgets(harness.store, limits: limits)
            _ = try await budgets.ask([ask("1"), ask("2")])
            let passed = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let answers = try await budgets.ask([self.ask("n\(number)")])
                        return answers.count { if case .go = $0 { true } else { false } }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(passed == 1)
        }
    }

    @Test(
        "lessons 25 and 27: a backlog far above the limit never stops, drains to zero, and delays no newcomer"
    )
    func backlog() async throws {
        try await StoreHarness.with { harness in
            var limits = BudgetLimits()
            limits.tenant = CallRate(count: 400, window: .milliseconds(300))
            let budgets = Budgets(harness.store, limits: limits)
            let owners = [try await harness.owner("w1"), try await harness.owner("w2")]
            for start in stride(from: 0, to: 2000, by: 100) {
                for number in start..<(start + 100) {
                    try await harness.push(#"{"kind":"sync","tenant_id":"acme","resource_id":"r\#(number)"}"#)
                }
                try await harness.takeIn(by: owners[0])
            }
            var (done, holds) = (0, 0)
            let end = harness.redis.reactor.now.advanced(by: .seconds(40))
            while done < 2000, harness.redis.reactor.now < end {
                for owner in owners {
                    let jobs = try await harness.claim(owner).jobs
                    for job in jobs {
                        switch try await budgets.ask([ask(job.record.id.rawValue)])[0] {
                        case .go: done += try await harness.finish([job], by: owner).count { $0 == .done }
                        case .wait(let wait, _):
                            holds += 1
                            _ = try await harness.queue.hold(job.lease, for: wait)
                        case .tooLarge: Issue.record("too large")
                        }
                    }
                }
            }
            #expect(done == 2000 && holds > 0)
            try await harness.expectNothingReady()
            // Below the limit again: a newcomer runs at once.
            try await harness.letPass(.milliseconds(350))
            let job = try await harness.claimOne(
                #"{"kind":"sync","tenant_id":"acme","resource_id":"n"}"#, by: owners[0])
            #expect(try await budgets.ask([ask("new")]) == [.go(goodFor: .milliseconds(6))])
            _ = try await harness.finish([job], by: owners[0])
        }
    }

    @Test("lesson 31: a job that is limited holds no place: others on its mailbox go on, whoever restarts")
    func noPlaceWhileWaiting() async throws {
        try await StoreHarness.with { harness in
            var limits = BudgetLimits()
            limits.tenant = CallRate(count: 4, window: .seconds(600))
            let budgets = Budgets(harness.store, limits: limits)
            func on(_ id: String, _ tenant: String) -> BudgetAsk {
                BudgetAsk(id: id, tenant: TenantID(tenant), mailboxes: ["m"], units: 1, places: 1, timeout: .seconds(5))
            }
            // Four hold all places, give them back, and are refused their next call.
            for number in 0..<4 { _ = try await budgets.ask([on("a\(number)", "acme")]) }
            let releases = (0..<4).map { BudgetRelease(id: "a\($0)", mailboxes: ["m"]) }
            let refused = try await budgets.ask((0..<4).map { on("b\($0)", "acme") }, releasing: releases)
            #expect(refused.allSatisfy { if case .wait(_, .tenant) = $0 { true } else { false } })
            let others = try await budgets.ask((0..<4).map { on("z\($0)", "zeta") })
            #expect(others.allSatisfy { if case .go = $0 { true } else { false } })
        }
    }
}
