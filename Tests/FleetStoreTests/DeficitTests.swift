// Goal: a tenant whose jobs need many Graph calls gets fewer turns, and nobody is held up for nothing. Method: claims
// that report what the jobs before them cost, on a real Redis.
import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

@Suite("Deficit")
struct DeficitTests {
    /// Claims one job at a time and reports its cost with the next claim; returns the tenants in their order.
    private func turns(
        _ count: Int, _ harness: StoreHarness, _ owner: Owner, costs: [String: Int]
    ) async throws -> [String] {
        var order: [String] = []
        var charges: [TenantID: TurnCharge] = [:]
        for _ in 0..<count {
            let reply = try await harness.queue.claim(owner, ClaimRequest(limit: 1, charges: charges))
            guard case .jobs(let claim) = reply, let job = claim.jobs.first else { break }
            order.append(job.tenant)
            charges = [job.lease.lane.tenant: TurnCharge(calls: costs[job.tenant] ?? 0, jobs: 1)]
        }
        return order
    }

    @Test("a tenant whose jobs cost ten times a turn gets a tenth of the turns")
    func costly() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["cheap": 110, "dear": 110], by: owner)
            let order = try await turns(110, harness, owner, costs: ["cheap": 2, "dear": 40])
            let dear = order.count { $0 == "dear" }
            #expect((8...13).contains(dear), "\(dear) of \(order.count)")
        }
    }

    @Test("whoever costs no more than a turn is worth owes nothing, and nothing is kept")
    func cheap() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["a": 20, "b": 20], by: owner)
            let order = try await turns(20, harness, owner, costs: ["a": 4, "b": 1])
            #expect(order.count { $0 == "a" } == 10)
            #expect(try await !harness.keyNames().contains("debt"))
        }
    }

    @Test("a debtor alone is served at full speed: slots don't wait for debts")
    func alone() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["dear": 60], by: owner)
            #expect(try await turns(60, harness, owner, costs: ["dear": 500]).count == 60)
            try await harness.expectNothingReady()
        }
    }

    @Test("a debt is bounded: after a run of 100,000 calls a tenant waits for 64 turns of others, not for 25,000")
    func bounded() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["cheap": 200, "dear": 4], by: owner)
            let order = try await turns(140, harness, owner, costs: ["cheap": 1, "dear": 100_000])
            // One turn of each is on its way when the charge comes.
            let gaps = order.enumerated().filter { $0.element == "dear" }.map(\.offset)
            #expect(gaps.count >= 3 && gaps.count < 5)
            #expect(zip(gaps, gaps.dropFirst()).allSatisfy { $1 - $0 <= 66 }, "\(gaps)")
        }
    }

    @Test("a debt is forgotten when its tenant has nothing ready any more")
    func forgotten() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["dear": 2, "cheap": 1], by: owner)
            let charge = ["dear": TurnCharge(calls: 80, jobs: 1)]
            func claim(_ limit: Int, _ charges: [String: TurnCharge]) async throws -> [String] {
                let named = Dictionary(uniqueKeysWithValues: charges.map { (TenantID($0.key), $0.value) })
                guard
                    case .jobs(let claim) = try await harness.queue.claim(
                        owner, ClaimRequest(limit: limit, charges: named))
                else { return [] }
                return claim.jobs.map(\.tenant)
            }
            #expect(try await claim(1, charge) == ["cheap"])
            let debt = RedisValue(harness.keys.prefix + "debt")
            #expect(try await harness.redis.send(["HGET", debt, "dear"]).string != nil)
            #expect(try await claim(64, [:]) == ["dear", "dear"])
            #expect(try await harness.redis.send(["EXISTS", debt]).int == 0)
            // And of a tenant without a ticket nothing is noted.
            #expect(try await claim(64, charge).isEmpty)
            #expect(try await harness.redis.send(["EXISTS", debt]).int == 0)
        }
    }

    @Test("300 tenants at their share stand before one that isn't: a claim still finds it")
    func behindTheCapped() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            var allowance: [TenantID: Int] = [:]
            for number in 0..<300 {
                try await harness.push(#"{"kind":"sync","tenant_id":"full\#(number)","resource_id":"r"}"#)
                allowance[TenantID("full\(number)")] = 0
            }
            try await harness.push(#"{"kind":"sync","tenant_id":"quiet","resource_id":"r"}"#)
            for _ in 0..<2 { try await harness.takeIn(by: owner) }
            let request = ClaimRequest(limit: 1, perTenant: 1, allowance: allowance)
            guard case .jobs(let claim) = try await harness.queue.claim(owner, request) else { return }
            #expect(claim.jobs.map(\.tenant) == ["quiet"])
            #expect(try await harness.claim(owner, limit: 500).jobs.count == 300)
            try await harness.expectNothingReady()
        }
    }
}
