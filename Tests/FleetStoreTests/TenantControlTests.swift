// Goal: a tenant that may not run holds nobody up, loses nothing and comes back by itself. Method: whole states around
// each call, on a real Redis.
import FleetCore
import Foundation
import Reactor
import Redis
import Testing

@testable import FleetStore

@Suite("Held and paused tenants")
struct TenantControlTests {
    private func control(_ harness: StoreHarness) -> TenantControl { TenantControl(harness.store) }

    @Test("lesson 26: a claimed job that meets the limit returns to its place, counts no attempt and keeps the order")
    func held() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 3, "zeta": 1], by: owner)
            try await harness.push(
                #"{"kind":"connect","tenant_id":"acme","resource_id":"r0","id":"x","oauth_token":"t"}"#)
            try await harness.takeIn(by: owner)
            let jobs = try await harness.claim(owner).jobs
            // The last that was claimed comes back first, so that all stand as before.
            for job in jobs.reversed() where job.tenant == "acme" {
                #expect(try await harness.queue.hold(job.lease, for: .milliseconds(300)) == .done)
            }
            try await harness.expectState(
                [
                    "cal:acme zset: primary r0=0", "due zset: tnacme=T",
                    "head hash: acme:r0=[sync jT-0 0/0/1 t] acme:r1=[sync jT-2 0/0/1 t] "
                        + "acme:r2=[sync jT-3 0/0/1 t] zeta:r0=[sync jT-1 0/0/0 -]",
                    "held hash: acme=T", "more hash: acme:r0=1", "ready:nacme list: acme:r0 acme:r1 acme:r2",
                    "rest:acme:r0 list: [connect x 0/0/0 -]", "tick set: nacme", "w:w1 hash: zeta:r0=T",
                ])
            #expect(try await harness.claim(owner).jobs.isEmpty)
            var order: [String] = []
            for _ in 0..<3 { order += try await harness.claimSoon(owner, limit: 1).map(\.resource) }
            #expect(order == ["r0", "r1", "r2"])
            #expect(try await harness.keyNames().contains("held") == false)
        }
    }

    @Test("a held tenant whose ticket stands in the ring loses its turn, and others don't wait for it")
    func ticket() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 3, "zeta": 2], by: owner)
            let request = ClaimRequest(limit: 1, allowance: ["zeta": 0].tenants)
            guard case .jobs(let first) = try await harness.queue.claim(owner, request) else { return }
            #expect(first.tenants == ["acme": 1])
            _ = try await harness.queue.hold(first.jobs[0].lease, for: .seconds(100))
            #expect(try await harness.claim(owner).tenants == ["zeta": 2])
            #expect(try await harness.claim(owner).jobs.isEmpty)
            let state = try await harness.state()
            #expect(state.contains("due zset: tnacme=T") && state.contains("tick set: nacme"))
            #expect(state.contains { $0.hasPrefix("ready:nacme list:") && $0.split(separator: " ").count == 5 })
            // What an autoscaler looks at: no worker helps a tenant that is held.
            let status = try await harness.store.status()
            #expect(status.ready == 0 && status.parked == 3 && status.running == 2 && status.held == 1)
        }
    }

    @Test("a hold of a stale lease changes nothing")
    func fenced() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(#"{"kind":"sync","tenant_id":"a","resource_id":"r"}"#, by: owner)
            try await harness.queue.handBack([job.lease], by: owner)
            let before = try await harness.state()
            #expect(try await harness.queue.hold(job.lease, for: .seconds(1)) == .fencedOut)
            #expect(try await harness.state() == before)
        }
    }

    @Test("a pause holds every job out, takes payloads in, and loses none; resume lets them run in order at once")
    func pause() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 2], by: owner)
            #expect(try await control(harness).pause(TenantID("acme"), until: nil))
            #expect(try await harness.claim(owner).jobs.isEmpty)
            try await harness.push(#"{"kind":"sync","tenant_id":"acme","resource_id":"r9"}"#)
            try await harness.takeIn(by: owner)
            #expect(try await harness.claim(owner).jobs.isEmpty)
            #expect(try await control(harness).resume(TenantID("acme")))
            #expect(try await harness.claim(owner).jobs.map(\.resource) == ["r0", "r1", "r9"])
            #expect(try await control(harness).resume(TenantID("acme")) == false, "it wasn't paused any more")
            let names = try await harness.keyNames()
            #expect(!names.contains("held") && !names.contains("tenants"))
        }
    }

    @Test("lesson 36: a pause with an end ends by itself, whoever is lost")
    func pauseEnds() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 2], by: owner)
            #expect(try await control(harness).pause(TenantID("acme"), until: nil))
            #expect(try await control(harness).pause(TenantID("acme"), until: Date(timeIntervalSinceNow: 0.3)))
            #expect(try await harness.claim(owner).jobs.isEmpty)
            #expect(try await harness.claimSoon(owner, limit: 64).map(\.resource) == ["r0", "r1"])
            #expect(try await control(harness).pause(TenantID("acme"), until: Date(timeIntervalSinceNow: -1)) == false)
        }
    }

    @Test("a budget's hold doesn't end a pause, and a pause doesn't outlive its resume")
    func pauseAndBudget() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(#"{"kind":"sync","tenant_id":"acme","resource_id":"r"}"#, by: owner)
            _ = try await control(harness).pause(TenantID("acme"), until: nil)
            _ = try await harness.queue.hold(job.lease, for: .milliseconds(1))
            try await harness.letPass(.milliseconds(5))
            #expect(try await harness.claim(owner).jobs.isEmpty)
            _ = try await control(harness).resume(TenantID("acme"))
            #expect(try await harness.claim(owner).jobs.count == 1)
        }
    }

    @Test("while a tenant is paused its runs get no more calls")
    func pausedAsk() async throws {
        try await StoreHarness.with { harness in
            let budgets = Budgets(harness.store, limits: BudgetLimits())
            let ask = BudgetAsk(
                id: "1", tenant: TenantID("acme"), mailboxes: ["m"], units: 1, places: 1, timeout: .seconds(5))
            _ = try await control(harness).pause(TenantID("acme"), until: Date(timeIntervalSinceNow: 100))
            guard case .wait(let wait, .paused) = try await budgets.ask([ask])[0] else {
                Issue.record("not paused")
                return
            }
            #expect((.seconds(98) ... .seconds(101)).contains(wait))
            _ = try await control(harness).resume(TenantID("acme"))
            #expect(try await budgets.ask([ask]) == [.go(goodFor: .milliseconds(200))])
        }
    }

    @Test("a limit of its own holds from the next ask on, sets free what waited, and goes with default")
    func limit() async throws {
        try await StoreHarness.with { harness in
            var limits = BudgetLimits()
            limits.tenant = CallRate(count: 1, window: .seconds(60))
            let budgets = Budgets(harness.store, limits: limits)
            func ask(_ id: String, _ tenant: String = "acme") async throws -> BudgetAnswer {
                try await budgets.ask([
                    BudgetAsk(
                        id: id, tenant: TenantID(tenant), mailboxes: [], units: 1, places: 1, timeout: .seconds(5))
                ])[0]
            }
            let owner = try await harness.owner()
            let job = try await harness.claimOne(#"{"kind":"sync","tenant_id":"acme","resource_id":"r"}"#, by: owner)
            #expect(try await ask("1") == .go(goodFor: .milliseconds(200)))
            guard case .wait(let wait, .tenant) = try await ask("2") else { return }
            _ = try await harness.queue.hold(job.lease, for: wait)
            try await control(harness).limit(TenantID("acme"), CallRate(count: 3, window: .seconds(1)))
            #expect(try await harness.claim(owner).jobs.count == 1)
            #expect(try await ask("3") == .go(goodFor: .milliseconds(20)))
            #expect(try await ask("4", "zeta") == .go(goodFor: .milliseconds(200)))
            guard case .wait(_, .tenant) = try await ask("5", "zeta") else {
                Issue.record("others have the fleet's limit")
                return
            }
            try await control(harness).limit(TenantID("acme"), nil)
            guard case .wait(_, .tenant) = try await ask("6") else {
                Issue.record("the fleet's limit holds again")
                return
            }
            #expect(try await harness.keyNames().contains("tenants") == false)
        }
    }

    @Test("the list says who waits, why, until when, and what is used")
    func list() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let budgets = Budgets(harness.store, limits: BudgetLimits())
            _ = try await budgets.announce(for: .seconds(60))
            _ = try await budgets.ask([
                BudgetAsk(id: "1", tenant: TenantID("acme"), mailboxes: [], units: 7, places: 1, timeout: .seconds(5))
            ])
            try await harness.connect("zeta:r", by: owner)
            try await harness.bring(["acme": 3, "beta": 1], by: owner)
            try await harness.push(#"{"kind":"connect","tenant_id":"acme","resource_id":"r0","oauth_token":"t"}"#)
            try await harness.takeIn(by: owner)
            let jobs = try await harness.claim(owner).jobs
            for job in jobs where job.tenant == "beta" {
                _ = try await harness.queue.hold(job.lease, for: .seconds(60))
            }
            _ = try await control(harness).pause(TenantID("idle"), until: nil)
            try await control(harness).limit(TenantID("zeta"), CallRate(count: 5, window: .seconds(2)))
            let list = try await control(harness).list()
            #expect(list.map(\.tenant.rawValue) == ["acme", "beta", "idle", "zeta"])
            let (acme, beta, idle, zeta) = (list[0], list[1], list[2], list[3])
            #expect(acme.running == 3 && acme.waiting == 1 && acme.hold == nil && acme.used == 7)
            #expect(acme.limit == BudgetLimits().tenant && !acme.hasOwnLimit)
            #expect(beta.waiting == 1 && beta.hold == .budget && beta.until != nil)
            #expect(idle.hold == .paused && idle.until == nil && idle.waiting + idle.running == 0)
            #expect(zeta.connections == 1 && zeta.hasOwnLimit && zeta.limit.description == "5/2s")
        }
    }
}

extension StoreHarness {
    /// Claims as soon as something is there.
    func claimSoon(_ owner: Owner, limit: Int) async throws -> [ClaimedJob] {
        let end = redis.reactor.now.advanced(by: .seconds(20))
        while redis.reactor.now < end {
            let jobs = try await claim(owner, limit: limit).jobs
            if !jobs.isEmpty { return jobs }
        }
        throw Unexpected("nothing became ready")
    }
}
