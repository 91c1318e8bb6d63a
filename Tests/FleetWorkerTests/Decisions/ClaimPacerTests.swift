import FleetCore
import Testing

@testable import FleetWorker

// The pacer alone, on a clock of the test's own.
@Suite("Claim pacing") struct ClaimPacerTests {
    private let start = ContinuousClock.now
    private let tenants = (0..<300).map { TenantID("t\($0)") }

    private func pacer(_ capacity: Int = 256) -> ClaimPacer {
        ClaimPacer(
            ledger: SlotLedger(capacity: capacity, tenantShare: 0.25, claimers: 4), batch: 64, claimers: 4,
            idle: .seconds(1), now: start)
    }

    private func terms(_ step: ClaimPacer.Step) throws -> ClaimTerms {
        guard case .claim(let terms) = step else { throw Asleep() }
        return terms
    }

    private struct Asleep: Error {}

    @Test("an idle worker asks once a second")
    func idle() throws {
        var pacer = pacer()
        var asked = 0
        for millisecond in stride(from: 0, to: 5000, by: 10) {
            let now = start + .milliseconds(millisecond)
            while case .claim(let terms) = pacer.next(now: now) {
                asked += 1
                pacer.claimed(terms, jobs: [], due: nil, now: now)
            }
        }
        #expect(asked == 5)
    }

    @Test("claims overlap more and more while they come back full, and one at a time again when one comes back empty")
    func width() throws {
        var pacer = pacer()
        let first = try terms(pacer.next(now: start))
        #expect(pacer.next(now: start) == .sleep(until: start + .seconds(1)))
        pacer.claimed(first, jobs: Array(tenants[..<64]), due: nil, now: start)
        let second = try terms(pacer.next(now: start))
        let third = try terms(pacer.next(now: start))
        #expect(throws: Asleep.self) { try terms(pacer.next(now: start)) }
        pacer.claimed(second, jobs: [], due: nil, now: start)
        pacer.claimed(third, jobs: [], due: nil, now: start)
        pacer.workArrived()
        _ = try terms(pacer.next(now: start))
        #expect(throws: Asleep.self) { try terms(pacer.next(now: start)) }
    }

    @Test("a worker that got something asks again at once")
    func stayHungry() throws {
        var pacer = pacer()
        let first = try terms(pacer.next(now: start))
        pacer.claimed(first, jobs: [tenants[0]], due: nil, now: start)
        _ = try terms(pacer.next(now: start))
    }

    @Test("work that arrives while a claim is on its way is asked for again")
    func missed() throws {
        var pacer = pacer()
        let first = try terms(pacer.next(now: start))
        pacer.workArrived()
        pacer.claimed(first, jobs: [], due: nil, now: start)
        _ = try terms(pacer.next(now: start))
    }

    @Test("the next due time ends the sleep early, rounded up")
    func due() throws {
        var pacer = pacer()
        let first = try terms(pacer.next(now: start))
        pacer.claimed(first, jobs: [], due: start + .milliseconds(300), now: start)
        #expect(pacer.next(now: start) == .sleep(until: start + .milliseconds(301)))
        _ = try terms(pacer.next(now: start + .milliseconds(301)))
    }

    @Test("a slot of a tenant at its limit that comes free is a reason to ask")
    func constrained() throws {
        var pacer = pacer(16)
        for _ in 0..<5 {
            guard case .claim(let terms) = pacer.next(now: start) else { break }
            pacer.claimed(
                terms, jobs: Array(repeating: tenants[0], count: terms.most(of: tenants[0])), due: nil, now: start)
        }
        #expect(pacer.ledger.count(of: tenants[0]) == 4)
        #expect(throws: Asleep.self) { try terms(pacer.next(now: start)) }
        pacer.released(tenants[0])
        _ = try terms(pacer.next(now: start))
    }

    @Test("a failed claim is not repeated before its time")
    func failed() throws {
        var pacer = pacer()
        let first = try terms(pacer.next(now: start))
        pacer.failed(first, retryAt: start + .milliseconds(200))
        #expect(pacer.next(now: start) == .sleep(until: start + .milliseconds(200)))
        #expect(pacer.ledger.reserved == 0)
        _ = try terms(pacer.next(now: start + .milliseconds(200)))
    }
}
