package import FleetCore
package import FleetStore
import Foundation
package import Graph
package import Logging
import Reactor
import Redis
import ServiceLifecycle
import Synchronization
import Telemetry

// One worker, its parts and the order in which they stop:
//
//     Intake     ingress lists -> lanes            stops first, after the batch in hand
//     WakeUp     blocking reads                    cancelled
//     ClaimLoop  lanes -> runs                     claims nothing more; its runs finish, or are handed back
//     AckBatcher ends of runs -> results           writes what is left
//     LeaseKeeper, Reaper, StreamKeeper            cancelled last: until the end is written the lease must live
//     sign off                                     whatever is still held goes back, the name is forgotten
//
// All of it runs on one reactor, which is also the executor of every task here.

/// Claims and runs jobs until it is told to stop.
package final class Worker: Service {
    /// What a worker is made of.
    package struct Parts: Sendable {
        /// The state in Redis, over a client that somebody runs; its reactor runs everything.
        package var store: Store
        /// Seals and opens tokens.
        package var sealer: Sealer
        /// Microsoft Graph.
        package var graph: GraphClient
        /// The login service.
        package var login: LoginClient
        /// The fleet's budgets, asked before each request to Graph; nil: `admission` is asked instead.
        package var budgets: BudgetLimits?
        /// Asked where there are no budgets.
        package var admission: any CallAdmission = UnlimitedAdmission()
        /// Where Graph posts its notifications (`--webhook-url` with its path); nil: everything is polled.
        package var webhookURL: String?
        /// Limits of payloads.
        package var decoder = JobDecoder()
        /// The fleet's clock.
        package var clock = FleetClock()
        /// 0 ..< 1; jitter comes from it.
        package var random: @Sendable () -> Double = { Double.random(in: 0..<1) }
        /// A name never used before; `host-pid-random` will do.
        package var makeName: @Sendable () -> String
        /// Progress, for tests.
        package var hooks = WorkerHooks()

        /// The parts that have no default.
        package init(
            store: Store, sealer: Sealer, graph: GraphClient, login: LoginClient,
            makeName: @escaping @Sendable () -> String
        ) {
            self.store = store
            self.sealer = sealer
            self.graph = graph
            self.login = login
            self.makeName = makeName
        }
    }

    /// What `/readyz` and `/livez` say.
    package let health = WorkerHealth()
    private let tools: WorkerTools
    private let runs: JobRunner
    private let realtime: Realtime
    private let budgets: BudgetGate?
    private let parts: Parts
    private let held = HeldJobs()
    private let stop = Bell()

    /// A worker that does nothing yet. Traps when the configuration has faults: ask for them first.
    package init(configuration: WorkerConfiguration, parts: Parts, logger: Logger) {
        precondition(configuration.faults.isEmpty, "the worker's configuration has faults")
        self.parts = parts
        let redis = parts.store.redis
        health.follow(redis)
        tools = WorkerTools(
            configuration: configuration, reactor: redis.reactor,
            // Longer than anybody will leave Redis down: what waits can't be done without it.
            store: parts.store.with(patience: .seconds(3600)),
            hastyStore: parts.store.with(patience: .seconds(2)), clock: parts.clock, owners: OwnerHolder(),
            lease: LeaseClock(), outages: OutageMonitor(log: logger, health: health), health: health,
            metrics: WorkerMetrics(), hooks: parts.hooks, random: parts.random, log: logger)
        budgets = parts.budgets.map { [tools] in BudgetGate(tools, limits: $0, name: parts.makeName()) }
        let admission: any CallAdmission = budgets ?? parts.admission
        let vault = TokenVault(parts.store, sealer: parts.sealer)
        let tokens = TokenKeeper(tools, vault: vault, login: parts.login)
        realtime = Realtime(
            watcher: Watcher(
                tools: tools, graph: parts.graph, admission: admission, tokens: tokens, url: parts.webhookURL,
                plan: WatchPlan(random: parts.random)))
        runs = JobRunner(
            tools: RunTools(
                worker: tools, graph: parts.graph, admission: admission, budgets: budgets, tokens: tokens, vault: vault,
                schedule: SyncSchedule(backoffCap: configuration.backoffCap, random: parts.random),
                judge: FailureJudge(
                    limits: configuration.attemptLimits,
                    retries: RetryPolicy(base: configuration.backoff, cap: configuration.backoffCap),
                    random: parts.random), realtime: realtime))
    }

    /// Begins the drain: nothing more is taken, what is held finishes or is handed back within the drain timeout, `run`
    /// returns. A second call hands back at once.
    package func beginDrain() {
        stop.ring()
    }

    /// Works until `beginDrain`, a graceful shutdown or cancellation, then drains and returns.
    package func run() async {
        await withTaskExecutorPreference(tools.reactor) {
            await withGracefulShutdownHandler {
                await work()
            } onGracefulShutdown: {
                self.beginDrain()
            }
        }
    }

    private func work() async {
        let crew = Crew(tools, runs: runs, held: held, parts: parts)
        await withTaskGroup(of: Void.self) { background in
            background.addTask { await crew.keeper.run() }
            background.addTask { await crew.reaper.run() }
            background.addTask { await StreamKeeper(tools: self.tools).run() }
            background.addTask { await crew.newer.run() }
            if realtime.isPossible { background.addTask { await self.realtime.run() } }
            if let budgets { background.addTask { await budgets.run() } }
            await drive(crew)
            background.cancelAll()
        }
        await signOff()
    }

    private enum Milestone { case wroteAll, deadline, deaf }

    /// From the first claim until the end of the last job is written, or the drain's deadline.
    private func drive(_ crew: Crew) async {
        await withTaskGroup(of: Milestone.self) { group in
            group.addTask {
                async let taking: Void = crew.intake.run()
                await crew.claims.run()
                await taking
                crew.acks.close()
                return .deaf
            }
            group.addTask {
                await crew.acks.run()
                return .wroteAll
            }
            group.addTask {
                await self.listen(crew)
                return .deaf
            }
            group.addTask {
                await self.drain(crew)
                return .deadline
            }
            for await milestone in group where milestone != .deaf { group.cancelAll() }
        }
    }

    /// Lets pushes wake the worker until the drain begins.
    private func listen(_ crew: Crew) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await crew.wakeUp.run {
                    // A payload came in, or another worker stored more than it can run.
                    crew.intake.wake()
                    crew.claims.workArrived()
                }
            }
            try? await crew.deafen.wait()
            group.cancelAll()
        }
    }

    /// Waits for the wish to stop, then sees to it that the others do, in time. Returns at the deadline.
    private func drain(_ crew: Crew) async {
        guard (try? await stop.wait()) != nil else { return }
        let timeout = tools.configuration.drainTimeout
        let deadline = ContinuousClock.now.advanced(by: timeout)
        health.draining()
        tools.log.event(.info, "draining", [.jobs: .number(crew.claims.heldCount)])
        await tools.hooks.reached(.draining)
        crew.deafen.ring()
        crew.intake.stop()
        crew.claims.stop()
        // A tenth of the time, and a moment at least, is for handing back and for writing that.
        let reserve = max(.milliseconds(200), timeout / 10)
        do {
            if timeout > reserve { _ = try await stop.wait(for: timeout - reserve, on: tools.reactor) }
            held.stop(.drain)
            // Redis may be away: then nothing can be handed back, and the leases run out by themselves.
            try await tools.reactor.sleep(for: max(reserve, ContinuousClock.now.duration(to: deadline)))
            tools.log.event(
                .warning, "the drain timeout is over; what is left runs elsewhere when its lease has ended",
                [.jobs: .number(crew.claims.heldCount)])
        } catch {
            // Everything is written.
        }
    }

    private func signOff() async {
        guard let owner = tools.owners.current else { return }
        do {
            let count = try await JobQueue(tools.hastyStore).signOff(owner)
            tools.log.event(.info, "signed off", [.worker: .of(owner), .jobs: .number(count)])
        } catch {
            tools.log.event(.warning, "could not sign off", [.worker: .of(owner), .error: .of(error)])
        }
    }
}

/// The parts of one life of a worker, wired.
private struct Crew: Sendable {
    let intake: Intake
    let claims: ClaimLoop
    let acks: AckBatcher
    let keeper: LeaseKeeper
    let reaper: Reaper
    let newer: NewerKeeper
    let wakeUp: WakeUp
    /// Rings when the drain begins.
    let deafen = Bell()

    init(_ tools: WorkerTools, runs: JobRunner, held: HeldJobs, parts: Worker.Parts) {
        // The acks tell the claims of free slots, and the claims hand their ends to the acks.
        let slots = SlotBell()
        let acks = AckBatcher(tools) { slots.released($0) }
        let sealer = parts.sealer
        let looker = FirstLooker(limits: tools.configuration.attemptLimits, decoder: parts.decoder) {
            sealed, connection in
            let bytes = try sealer.open(sealed, .job, id: connection.description)
            guard let tokens = OAuthTokens(encoded: bytes) else { throw Sealer.Fault.malformed }
            return tokens
        }
        let claims = ClaimLoop(
            tools, looker: looker, held: held, run: { await runs.run($0, $1) }, ended: { acks.add($0) })
        slots.follow(claims)
        let wakeUp = WakeUp(parts.store, logger: tools.log)
        intake = Intake(
            tools, reader: PayloadReader(decoder: parts.decoder, sealer: sealer), listen: { wakeUp.listen($0) },
            freeSlots: { claims.freeSlots }, workArrived: { claims.workArrived() })
        let intake = intake
        reaper = Reaper(tools: tools) {
            intake.wake()
            claims.workArrived()
        }
        newer = NewerKeeper(tools: tools, version: parts.decoder.version) { intake.wake() }
        keeper = LeaseKeeper(tools: tools, held: held, makeName: parts.makeName)
        self.claims = claims
        self.acks = acks
        self.wakeUp = wakeUp
    }
}

/// Ties the knot between two parts that need each other.
private final class SlotBell: Sendable {
    /// Not a closure: one that is read out of a Mutex gets one more thunk around it each time, for ever (measured with
    /// Swift 6.3: 1.6 ms a call after 100,000 reads).
    private let claims = Mutex<ClaimLoop?>(nil)

    func follow(_ claims: ClaimLoop) { self.claims.withLock { $0 = claims } }

    func released(_ tenant: TenantID) { claims.withLock { $0 }?.released(tenant) }
}

extension WorkerConfiguration {
    var attemptLimits: AttemptLimits {
        AttemptLimits(maximumAttempts: maximumAttempts, maximumCrashes: maximumCrashes)
    }
}
