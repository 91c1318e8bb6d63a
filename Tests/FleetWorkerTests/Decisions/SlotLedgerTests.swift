import FleetCore
import TestSupport
import Testing

@testable import FleetWorker

@Suite("Slots") struct SlotLedgerTests {
    private let one = TenantID("one")
    private let two = TenantID("two")

    private func ledger(_ capacity: Int, claimers: Int = 4) -> SlotLedger {
        SlotLedger(capacity: capacity, tenantShare: 0.25, claimers: claimers)
    }

    @Test("claims on their way never bring more than there is room for")
    func reservations() throws {
        var ledger = ledger(160)
        let first = try ledger.claim(64)
        #expect(first.limit == 64)
        #expect(try ledger.claim(64).limit == 64)
        #expect(try ledger.claim(64).limit == 12)
        #expect(throws: NoRoom.self) { try ledger.claim(64) }
        ledger.settle(first, jobs: [one, one, two])
        #expect(ledger.held == 3)
        #expect(ledger.reserved == 76)
    }

    @Test("a slot is free again when the job's end is written, and the tenant's count with it")
    func release() throws {
        var ledger = ledger(16)
        let terms = try ledger.claim(3)
        ledger.settle(terms, jobs: [one, one, two])
        ledger.release(one)
        #expect(ledger.count(of: one) == 1)
        ledger.release(one)
        #expect(ledger.count(of: one) == 0)
        #expect(ledger.tenants == 1)
        #expect(ledger.free == 15)
    }

    @Test("a tenant that holds nearly its share is named with what is left, others are not")
    func allowance() throws {
        var ledger = ledger(256)
        #expect(ledger.stake == 12)
        let first = try ledger.claim(64)
        ledger.settle(first, jobs: Array(repeating: one, count: 55) + [two])
        let second = try ledger.claim(64)
        #expect(second.allowance == [one: 9])
        #expect(try ledger.claim(64).allowance == [one: 0])
    }

    @Test("the last eighth goes to tenants that hold nothing here, one slot each")
    func reserveTerms() throws {
        var ledger = ledger(16)
        let first = try ledger.claim(14)
        ledger.settle(first, jobs: Array(repeating: one, count: 7) + Array(repeating: two, count: 7))
        let reserved = try ledger.claim(14)
        #expect(reserved.limit == 2)
        #expect(reserved.perTenant == 1)
        #expect(reserved.allowance == [one: 0, two: 0])
        #expect(throws: NoRoom.self) { try ledger.claim(1) }
    }

    @Test("a worker with one slot claims one job at a time")
    func single() throws {
        var ledger = ledger(1)
        let terms = try ledger.claim(64)
        #expect(terms.limit == 1)
        #expect(throws: NoRoom.self) { try ledger.claim(64) }
        ledger.settle(terms, jobs: [one])
        #expect(throws: NoRoom.self) { try ledger.claim(64) }
        ledger.release(one)
        #expect(throws: Never.self) { try ledger.claim(64) }
    }

    @Test("whatever overlaps, a tenant never holds more than its share", arguments: 0..<20)
    func shareHolds(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var ledger = SlotLedger(
            capacity: Int.random(in: 1...300, using: &random), tenantShare: 0.25,
            claimers: Int.random(in: 1...6, using: &random))
        let tenants = (0..<Int.random(in: 1...6, using: &random)).map { TenantID("t\($0)") }
        var open: [ClaimTerms] = []
        var running: [TenantID] = []
        for _ in 0..<2000 {
            if Bool.random(using: &random), let terms = ledger.openClaim(upTo: 64) {
                open.append(terms)
            } else if let index = open.indices.randomElement(using: &random) {
                let terms = open.remove(at: index)
                let jobs = greedyAnswer(to: terms, of: tenants.shuffled(using: &random))
                ledger.settle(terms, jobs: jobs)
                running += jobs
            } else if let index = running.indices.randomElement(using: &random) {
                ledger.release(running.remove(at: index))
            }
            #expect(ledger.held == running.count)
            #expect(ledger.held + ledger.reserved <= ledger.capacity)
            for tenant in tenants { #expect(ledger.count(of: tenant) <= ledger.tenantLimit) }
        }
    }

    /// What a claim brings at most when these tenants have no end of jobs.
    private func greedyAnswer(to terms: ClaimTerms, of tenants: [TenantID]) -> [TenantID] {
        var jobs: [TenantID] = []
        for tenant in tenants {
            let room = min(terms.most(of: tenant), terms.limit - jobs.count)
            jobs += Array(repeating: tenant, count: max(0, room))
        }
        return jobs
    }
}

private struct NoRoom: Error {}

extension SlotLedger {
    @discardableResult
    fileprivate mutating func claim(_ wish: Int) throws -> ClaimTerms {
        guard let terms = openClaim(upTo: wish) else { throw NoRoom() }
        return terms
    }
}
