import FleetCore
import Testing

@testable import FleetWorker

@Suite("Slots") struct SlotLedgerTests {
    private let one = TenantID("one")
    private let two = TenantID("two")

    @Test("claims on their way never bring more than there is room for")
    func reservations() {
        var ledger = SlotLedger(capacity: 100, tenantShare: 0.25)
        #expect(ledger.reserve(upTo: 64) == 64)
        #expect(ledger.reserve(upTo: 64) == 36)
        #expect(ledger.reserve(upTo: 64) == 0)
        ledger.settle(granted: 64, jobs: [one, one, two])
        #expect(ledger.free == 61)
        #expect(ledger.held == 3)
        #expect(ledger.reserved == 36)
    }

    @Test("a slot is free again when the job's end is written, and the tenant's count with it")
    func release() {
        var ledger = SlotLedger(capacity: 8, tenantShare: 0.25)
        _ = ledger.reserve(upTo: 3)
        ledger.settle(granted: 3, jobs: [one, one, two])
        ledger.release(one)
        #expect(ledger.count(of: one) == 1)
        ledger.release(one)
        #expect(ledger.count(of: one) == 0)
        #expect(ledger.tenants == 1)
        #expect(ledger.free == 7)
    }

    @Test(
        "a share is at least one slot, and an eighth is the reserve", arguments: [(1, 1, 0), (8, 2, 1), (256, 64, 32)])
    func shares(capacity: Int, limit: Int, reserve: Int) {
        let ledger = SlotLedger(capacity: capacity, tenantShare: 0.25)
        #expect(ledger.tenantLimit == limit)
        #expect(ledger.reserve == reserve)
    }
}
