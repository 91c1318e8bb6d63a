import FleetCore
import FleetStore
import Logging
import Metrics
import Reactor
import Telemetry

/// The end of a claimed job, on its way to Redis.
struct Ack: Sendable {
    let claimed: ClaimedJob
    let ending: Ending
    let began: ContinuousClock.Instant
    /// False where the run still goes on.
    let freesSlot: Bool

    init(_ claimed: ClaimedJob, _ ending: Ending, began: ContinuousClock.Instant, freesSlot: Bool = true) {
        self.freesSlot = freesSlot
        self.claimed = claimed
        self.ending = ending
        self.began = began
    }

    var lease: Lease { claimed.lease }
}

// Ends of jobs go out in batches: one is on its way, what arrives meanwhile goes into the next. A job holds its slot
// until its end is written, so acks that Redis doesn't take hold back claims, and there are never more of them than
// slots.
//
// While Redis is away nothing is given up: an end is sent until somebody answers, and the fence decides what it is
// worth then. Only the drain's deadline ends that; what is unwritten then runs again elsewhere.

/// Writes the ends of jobs.
final class AckBatcher: Sendable {
    private let tools: WorkerTools
    private let queue: JobQueue
    private let released: @Sendable (TenantID) -> Void
    private let coalescer: Coalescer<Ack>

    /// - Parameter released: told the tenant of each job whose end is written, or can't be written any more.
    init(_ tools: WorkerTools, released: @escaping @Sendable (TenantID) -> Void) {
        self.tools = tools
        self.released = released
        queue = JobQueue(tools.store)
        coalescer = Coalescer(limit: tools.configuration.batch)
    }

    /// Hands in an end.
    func add(_ ack: Ack) { coalescer.add(ack) }

    /// Lets `run` return once all is written.
    func close() { coalescer.close() }

    /// Writes until `close`, or until cancelled.
    func run() async { await coalescer.run { await send($0) } }

    private func send(_ acks: [Ack]) async {
        var finished: [(Ack, Finished)] = []
        var handedBack: [Ack] = []
        var others: [Ack] = []
        for ack in acks {
            switch ack.ending {
            case .finished(let result, let riders, let letGo):
                finished.append((ack, Finished(ack.lease, result: result, riders: riders, letGo: letGo)))
            case .handBack: handedBack.append(ack)
            case .retry, .overrun, .park: others.append(ack)
            case .committed, .lost: await done(ack, .done)
            }
        }
        await withTaskGroup(of: Void.self) { group in
            if !finished.isEmpty { await self.finish(finished) }
            if !handedBack.isEmpty { await self.handBack(handedBack) }
            for ack in others { group.addTask { await self.park(ack) } }
        }
    }

    // MARK: Writing

    private func finish(_ all: [(Ack, Finished)]) async {
        for (owner, acks) in Dictionary(grouping: all, by: { $0.0.lease.owner }) {
            let outcomes = await untilAnswered { queue in
                try await queue.finish(acks.map { $0.1 }, by: owner)
            }
            for (index, (ack, _)) in acks.enumerated() { await done(ack, outcomes?[index]) }
        }
    }

    private func handBack(_ all: [Ack]) async {
        for (owner, acks) in Dictionary(grouping: all, by: { $0.lease.owner }) {
            let count = await untilAnswered { queue in try await queue.handBack(acks.map(\.lease), by: owner) }
            for ack in acks { await done(ack, count.map { _ in .done }) }
        }
    }

    private func park(_ ack: Ack) async {
        let outcome = await untilAnswered { queue in
            switch ack.ending {
            case .retry(_, let delay): try await queue.park(ack.lease, for: delay, .backoff)
            case .park(let delay, .tenantBudget): try await queue.hold(ack.lease, for: delay)
            case .overrun(let delay): try await queue.park(ack.lease, for: delay, .overrun)
            case .park(let delay, let reason): try await queue.park(ack.lease, for: delay, reason)
            case .finished, .handBack, .committed, .lost: FencedOutcome.done
            }
        }
        await done(ack, outcome)
    }

    /// Tries until Redis answers; nil when the task was cancelled before.
    private func untilAnswered<Answer: Sendable>(
        _ attempt: (JobQueue) async throws -> Answer
    ) async -> Answer? {
        var pause = Pause()
        while true {
            do {
                let answer = try await attempt(queue)
                tools.outages.succeeded(.ack)
                return answer
            } catch {
                if Task.isCancelled { return nil }
                if let error = error as? StoreError { tools.outages.failed(.ack, error) }
                try? await tools.reactor.sleep(for: pause.next(random: tools.random()))
            }
        }
    }

    /// nil: nobody knows.
    private func done(_ ack: Ack, _ outcome: FencedOutcome?) async {
        if ack.freesSlot { released(ack.lease.lane.tenant) }
        var ending = ack.ending
        if outcome == .fencedOut {
            ending = .lost
            // Its run ended before the keeper noticed, and the keeper counts only those that go on.
            tools.metrics.lost.increment()
            tools.log.event(
                .warning, "the end of a job was refused: its lease had passed on",
                [
                    .jobID: .of(ack.claimed.record.id), .tenantID: .of(ack.lease.lane.tenant),
                    .fence: .of(ack.lease.fence),
                ])
        }
        tools.metrics.ended(
            ack.lease.kind, ending, riders: ack.claimed.riders.count, after: ack.began.duration(to: .now))
        await tools.hooks.reached(.ended(ack.lease.lane, ack.lease.kind))
    }
}
