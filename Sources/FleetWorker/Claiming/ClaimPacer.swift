import FleetCore

// When to claim, as a machine without I/O.
//
// Hungry means: there may be ready jobs that we have room for. A claim that brings jobs keeps the worker hungry, one
// that brings none makes it sleep until something happens: payloads came in, a lane becomes due, a slot of a tenant at
// its limit is free again, or a second has passed. So a busy worker claims as fast as slots come free, and an idle one
// asks Redis once a second.
//
// Under load several claims overlap (one at a time was measured at half the throughput), but an idle worker that wakes
// sends one: the width begins at one and grows with every claim that comes back full.

struct ClaimPacer {
    enum Step: Equatable {
        case claim(ClaimTerms)
        /// Nothing to do before `at`, unless something happens.
        case sleep(until: ContinuousClock.Instant)
    }

    private(set) var ledger: SlotLedger
    private let batch: Int
    private let claimers: Int
    private let idle: Duration
    private var hungry = true
    private var width = 1
    /// Something happened while a claim was on its way, which may have missed it.
    private var missed = false
    /// The last claim that brought nothing could not have brought jobs of every tenant.
    private var constrained = false
    private var wakeAt: ContinuousClock.Instant

    init(ledger: SlotLedger, batch: Int, claimers: Int, idle: Duration, now: ContinuousClock.Instant) {
        self.ledger = ledger
        self.batch = batch
        self.claimers = claimers
        self.idle = idle
        wakeAt = now
    }

    /// What to do now; called again after each step and each event.
    mutating func next(now: ContinuousClock.Instant) -> Step {
        if now >= wakeAt {
            hungry = true
            wakeAt = now.advanced(by: idle)
        }
        if hungry, ledger.openClaims < width, let terms = ledger.openClaim(upTo: batch) { return .claim(terms) }
        return .sleep(until: wakeAt)
    }

    /// Payloads were stored, or another worker rang.
    mutating func workArrived() {
        hungry = true
        missed = ledger.openClaims > 0
    }

    /// A claim is back.
    ///
    /// - Parameter due: when the next waiting job becomes ready, if one is known.
    mutating func claimed(
        _ terms: ClaimTerms, jobs: [TenantID], due: ContinuousClock.Instant?, now: ContinuousClock.Instant
    ) {
        ledger.settle(terms, jobs: jobs)
        // A millisecond later than due: asked exactly then, the clock that decides may still be short of it.
        let idleEnd = now.advanced(by: idle)
        wakeAt = due.map { max(now, min(idleEnd, $0.advanced(by: .milliseconds(1)))) } ?? idleEnd
        if jobs.count >= terms.limit {
            width = min(claimers, width + 1)
        } else if jobs.isEmpty {
            width = 1
            hungry = missed
            missed = false
            constrained = terms.perTenant == 1 || !terms.allowance.isEmpty
        }
    }

    /// A claim failed: Redis is away, or the owner was reaped. Nothing is asked before `retryAt`.
    mutating func failed(_ terms: ClaimTerms, retryAt: ContinuousClock.Instant) {
        ledger.settle(terms, jobs: [])
        hungry = false
        width = 1
        wakeAt = retryAt
    }

    /// A job is over and its end is written.
    mutating func released(_ tenant: TenantID) {
        ledger.release(tenant)
        if constrained {
            constrained = false
            hungry = true
        }
    }
}
