import FleetCore
import FleetStore
import Foundation
import Logging
import Reactor
import Redis
import Synchronization
import Telemetry

// One task decides: it opens claims, starts what they bring, and sleeps when there is nothing to do. Claims and runs
// are its child tasks; they report by ringing the bell. A job that ends at first look has no task: its ending goes
// straight to the acks, and its slot stays taken until that is written.

/// Claims jobs while there is room for them, and runs them.
final class ClaimLoop: Sendable {
    private enum Arrival: Sendable {
        case jobs(ClaimTerms, Claim)
        /// Nothing came, and nothing is asked for a while.
        case nothing(ClaimTerms, retryAfter: Duration)
    }

    private let tools: WorkerTools
    private let queue: JobQueue
    private let looker: FirstLooker
    private let run: @Sendable (RunnableJob, HeldJob) async -> Ending
    private let ended: @Sendable (Ack) -> Void
    private let held: HeldJobs
    private let bell = Bell()
    private let arrivals = Mutex<[Arrival]>([])
    private let pacer: Mutex<ClaimPacer>
    private let stopping = Atomic(false)

    init(
        _ tools: WorkerTools, looker: FirstLooker, held: HeldJobs,
        run: @escaping @Sendable (RunnableJob, HeldJob) async -> Ending, ended: @escaping @Sendable (Ack) -> Void
    ) {
        let configuration = tools.configuration
        self.tools = tools
        self.looker = looker
        self.held = held
        self.run = run
        self.ended = ended
        queue = JobQueue(tools.store)
        pacer = Mutex(
            ClaimPacer(
                ledger: SlotLedger(
                    capacity: configuration.concurrency, tenantShare: configuration.tenantShare,
                    claimers: configuration.claimers), batch: configuration.batch,
                claimers: configuration.claimers, idle: configuration.idleInterval, now: .now))
    }

    /// Jobs that this worker holds.
    var heldCount: Int { pacer.withLock { $0.ledger.held } }
    /// Jobs that it will claim as soon as they are there.
    var freeSlots: Int { stopping.load(ordering: .relaxed) ? 0 : pacer.withLock { $0.ledger.free } }

    /// Payloads were stored.
    func workArrived() {
        pacer.withLock { $0.workArrived() }
        bell.ring()
    }

    /// The end of a job of this tenant is written.
    func released(_ tenant: TenantID) {
        let held = pacer.withLock { pacer in
            pacer.released(tenant)
            return pacer.ledger.held
        }
        tools.metrics.holds(held)
        bell.ring()
    }

    /// Claims nothing more; `run` returns when every run is over.
    func stop() {
        stopping.store(true, ordering: .relaxed)
        bell.ring()
    }

    /// Claims and runs until `stop`, and until all runs are over.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for arrival in arrivals.withLock({ arrivals in exchange(&arrivals, with: []) }) {
                    take(arrival, in: &group)
                }
                if stopping.load(ordering: .relaxed) {
                    if pacer.withLock({ $0.ledger.openClaims }) == 0 { return }
                    guard (try? await bell.wait()) != nil else { return }
                    continue
                }
                switch pacer.withLock({ $0.next(now: .now) }) {
                case .claim(let terms): group.addTask { await self.claim(terms) }
                case .sleep(let end):
                    // The timer is dropped by the next ring; a stale one costs a turn of this loop.
                    let alarm = tools.reactor.schedule(after: ContinuousClock.now.duration(to: end)) { [bell] in
                        bell.ring()
                    }
                    let woken: Void? = try? await bell.wait()
                    tools.reactor.cancel(alarm)
                    if woken == nil { return }
                }
            }
        }
    }

    // MARK: Claiming

    private func claim(_ terms: ClaimTerms) async {
        let arrival = await ask(terms)
        arrivals.withLock { $0.append(arrival) }
        bell.ring()
    }

    private func ask(_ terms: ClaimTerms) async -> Arrival {
        guard let owner = tools.owners.current else { return .nothing(terms, retryAfter: .milliseconds(50)) }
        do {
            let request = ClaimRequest(
                limit: terms.limit, perTenant: terms.perTenant, allowance: terms.allowance, charges: tools.turns.take())
            let reply = try await queue.claim(owner, request)
            tools.outages.succeeded(.claim)
            switch reply {
            case .jobs(let claim): return .jobs(terms, claim)
            case .notRegistered:
                // The lease keeper finds out by itself, and registers anew.
                return .nothing(terms, retryAfter: .milliseconds(50))
            }
        } catch {
            tools.outages.failed(.claim, error)
            // What was claimed under this name without our knowing it must not be held by a name that lives on.
            if error.underlying?.outcomeIsUnknown == true { tools.owners.abandon(owner) }
            return .nothing(terms, retryAfter: .milliseconds(200 + Int(300 * tools.random())))
        }
    }

    // MARK: Starting

    private func take(_ arrival: Arrival, in group: inout DiscardingTaskGroup) {
        switch arrival {
        case .nothing(let terms, let wait):
            pacer.withLock { $0.failed(terms, retryAt: .now.advanced(by: wait)) }
        case .jobs(let terms, let claim):
            tools.clock.read(claim.now)
            let due = claim.nextDue.map { tools.clock.instant(of: $0, readAt: claim.now) }
            let tenants = claim.jobs.map(\.lease.lane.tenant)
            let count = pacer.withLock { pacer in
                pacer.claimed(terms, jobs: tenants, due: due, now: .now)
                return pacer.ledger.held
            }
            tools.metrics.holds(count)
            for lane in claim.unreadable {
                tools.log.event(
                    .warning, "a job was written by a newer fleet and is left to it",
                    [.tenantID: .of(lane.tenant), .resourceID: .of(lane.resource)])
            }
            let now = tools.clock.now
            for job in claim.jobs { start(job, now, in: &group) }
        }
    }

    private func start(_ claimed: ClaimedJob, _ now: Date, in group: inout DiscardingTaskGroup) {
        let began = ContinuousClock.now
        tools.metrics.claimed(
            claimed.lease.kind, waited: .seconds(max(0, now.timeIntervalSince(claimed.record.enqueuedAt))))
        switch looker.look(at: claimed, now: now) {
        case .ends(let ending): ended(Ack(claimed, ending, began: began))
        case .runs(let job):
            let holding = HeldJob(lane: claimed.lease.lane, fence: claimed.lease.fence)
            held.insert(holding)
            if stopping.load(ordering: .relaxed) { holding.stop(.drain) }
            group.addTask {
                let watch = self.tools.reactor.schedule(
                    after: self.tools.configuration.runLimit + self.tools.configuration.stopGrace
                ) { self.giveUp(claimed, holding, began) }
                let ending = await self.run(job, holding)
                self.tools.reactor.cancel(watch)
                self.held.remove(holding)
                // Given up: its end is written, only its slot was still taken.
                self.ended(Ack(claimed, holding.end() ? ending : .lost, began: began))
            }
        }
    }

    /// A run was told to stop at its limit and doesn't: renewal of the whole worker keeps its lease alive, so the lease
    /// is given back under it. The job runs again elsewhere, and what this run still writes is refused by its fence.
    /// The slot stays taken until the run returns.
    private func giveUp(_ claimed: ClaimedJob, _ holding: HeldJob, _ began: ContinuousClock.Instant) {
        guard holding.end() else { return }
        tools.log.event(
            .error, "a run doesn't stop at its limit: its lease was given back under it",
            [
                .tenantID: .of(claimed.lease.lane.tenant), .resourceID: .of(claimed.lease.lane.resource),
                .fence: .of(claimed.lease.fence),
            ])
        ended(Ack(claimed, .overrun(after: .zero), began: began, freesSlot: false))
    }
}
