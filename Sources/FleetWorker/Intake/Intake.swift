import FleetCore
import FleetStore
import Foundation
import Logging
import Reactor
import Synchronization
import Telemetry

// take -> read and seal -> store, and the store takes the next batch in the same call. One batch in flight per worker,
// and one in the fleet: stored out of order, two batches would break the order of a connection. When nothing is left,
// intake sleeps until the wake-up. What a worker that died was woken with lies in `taken`: whoever reaps it wakes its
// own intake, and everybody looks once in a while.

/// Moves payloads from the producers' lists into their lanes.
final class Intake: Sendable {
    private let bell = Bell()
    private let tools: WorkerTools
    private let intake: JobIntake
    private let reader: PayloadReader
    /// Told whether pushes should wake this worker: not while it takes in.
    private let listen: @Sendable (Bool) -> Void
    /// Told of stored jobs.
    private let workArrived: @Sendable () -> Void
    /// Slots that this worker will fill itself.
    private let freeSlots: @Sendable () -> Int
    private let wrongLists = Mutex<Set<String>>([])
    private let stopping = Atomic(false)

    init(
        _ tools: WorkerTools, reader: PayloadReader, listen: @escaping @Sendable (Bool) -> Void,
        freeSlots: @escaping @Sendable () -> Int, workArrived: @escaping @Sendable () -> Void
    ) {
        self.tools = tools
        self.reader = reader
        self.listen = listen
        self.freeSlots = freeSlots
        self.workArrived = workArrived
        intake = JobIntake(tools.hastyStore)
    }

    /// Something came in.
    func wake() { bell.ring() }

    /// Takes no further batch; what is in hand is stored, then `run` returns.
    func stop() {
        stopping.store(true, ordering: .relaxed)
        bell.ring()
    }

    private var isStopping: Bool { stopping.load(ordering: .relaxed) || Task.isCancelled }

    /// Takes in until `stop`.
    func run() async {
        var pause = Pause()
        while !isStopping {
            guard let owner = tools.owners.current else {
                try? await tools.reactor.sleep(for: .milliseconds(50))
                continue
            }
            do {
                try await drain(owner)
                pause.reset()
            } catch let error as StoreError {
                tools.outages.failed(.intake, error)
                try? await tools.reactor.sleep(for: pause.next(random: tools.random()))
            } catch {
                return
            }
        }
    }

    /// Batch after batch until nothing waits, then sleeps.
    private func drain(_ owner: Owner) async throws {
        var reply = try await intake.take(owner)
        while true {
            switch reply {
            case .busy(let until):
                tools.outages.succeeded(.intake)
                // Another worker is at it and will take what comes: look again when its time is over.
                let wait = until.timeIntervalSince(tools.clock.now)
                return try await sleep(.seconds(min(max(wait, 0.005), 2)))
            case .batch(let batch):
                note(batch.wrongLists)
                guard !batch.payloads.isEmpty else {
                    // A list that is wrong is looked at again soon: nobody tells us when it is mended.
                    let looks = batch.wrongLists.isEmpty ? 10 : 1
                    return try await sleep(tools.configuration.idleInterval * looks)
                }
                guard let next = try await store(batch, owner) else { return }
                reply = next
            }
        }
    }

    private func store(_ batch: IntakeBatch, _ owner: Owner) async throws -> TakeReply? {
        listen(false)
        let decisions = await reader.decisions(for: batch, now: batch.takenAt)
        let reply = try await intake.store(
            batch, decisions, by: owner, freeSlots: freeSlots(), takingNext: !isStopping)
        guard case .stored(let report, let next) = reply else {
            tools.log.event(.warning, "a batch of payloads was taken over by another worker", [.worker: .of(owner)])
            return nil
        }
        count(report, decisions)
        if report.jobs > 0 { workArrived() }
        await tools.hooks.reached(.stored(jobs: report.jobs))
        return next
    }

    private func sleep(_ limit: Duration) async throws {
        guard !isStopping else { return }
        listen(true)
        _ = try await bell.wait(for: limit, on: tools.reactor)
    }

    private func count(_ report: StoreReport, _ decisions: [IntakeDecision]) {
        tools.metrics.stored(decisions, duplicates: report.duplicates)
        for case .newerVersion(let aside) in decisions {
            tools.log.event(
                .warning, "a payload of a version that this worker doesn't know, or can't unseal, is put aside",
                [.version: .number(aside.version)])
        }
        guard report.rejected > 0 else { return }
        for case .rejected(let result, _) in decisions {
            tools.log.event(
                .info, "payload rejected",
                [.jobID: .of(result.jobID), .code: .text(result.error?.code.rawValue ?? "")])
        }
    }

    /// A list of a foreign type is said when it is first met, and when it is mended; meanwhile this worker isn't ready.
    private func note(_ keys: [String]) {
        if keys.isEmpty {
            tools.outages.succeeded(.intake)
        } else {
            tools.outages.failed(.intake, .wrongType, error: keys.joined(separator: " "))
        }
        let (begun, ended) = wrongLists.withLock { known in
            let now = Set(keys)
            defer { known = now }
            return (now.subtracting(known), known.subtracting(now))
        }
        for key in begun {
            tools.log.event(
                .warning, "an ingress key holds a foreign type; nothing can be taken from it",
                [.key: .text(key), .hint: "delete or rename it: producers LPUSH to a list"])
        }
        for key in ended { tools.log.event(.notice, "an ingress key is usable again", [.key: .text(key)]) }
    }
}
