import FleetCore
import FleetStore
import Foundation
import Graph
import Logging
import Reactor
import Synchronization
import Telemetry

/// Runs the jobs that take time, each to its ending.
struct JobRunner: Sendable {
    let tools: RunTools

    /// Runs a job until it is over, told to stop, or too long at it. Never throws: whatever happens is an ending.
    func run(_ runnable: RunnableJob, _ held: HeldJob) async -> Ending {
        let run = RunContext(runnable, tools: tools)
        let reactor = tools.worker.reactor
        let began = ContinuousClock.now
        await tools.worker.hooks.reached(.runBegan(run.lane))
        let limit = await reactor.onLoop {
            reactor.schedule(after: tools.worker.configuration.runLimit) { held.stop(.tooLong) }
        }
        let ending = await held.run {
            do {
                try await perform(runnable, run)
                return Ending.committed(succeeded: true)
            } catch {
                return await self.outcome(of: error, runnable, run, held)
            }
        }
        await reactor.onLoop { reactor.cancel(limit) }
        tools.worker.turns.add(run.lane.tenant, calls: run.counter.count)
        report(ending, run, began.duration(to: .now))
        return ending
    }

    private func perform(_ runnable: RunnableJob, _ run: RunContext) async throws {
        switch (runnable.job?.request, runnable.connection) {
        case (.connect(let request), let before):
            try await ConnectRun(run: run, request: request, before: before).perform()
        case (.disconnect(let request), let connection?):
            try await DisconnectRun(run: run, connection: connection, removesEvents: request.removeEvents).perform()
        case (.sync(let request), let connection?):
            try await SyncRun(run: run, connection: connection, request: request).perform()
        case (nil, let connection?):
            try await SyncRun(run: run, connection: connection, request: nil).perform()
        case (_, nil): preconditionFailure("a job without a connection ends at first look")
        }
    }

    // MARK: Failing

    private func outcome(
        of error: any Error, _ runnable: RunnableJob, _ run: RunContext, _ held: HeldJob
    ) async -> Ending {
        let record = run.claimed.record
        if let error = error as? StoreError, error.code == .unreadable {
            run.log.event(
                .warning, "stored state can't be read; the job waits", [.error: .text(error.description)])
        }
        if let error = error as? StoreError, error.code == .wrongType {
            run.log.event(
                .warning, "a key of this connection holds a foreign type; the job waits",
                [
                    // With Redis's own words: they name the key.
                    .error: .text(String(reflecting: error)),
                    .hint: "move the key away: what stood there is lost, and a full sync brings the events back",
                ])
        }
        let verdict = tools.judge.verdict(
            on: error, record, jobMaximum: run.job?.maximumAttempts, stop: held.stopReason)
        if let code = verdict.obstacle { await run.tellSilence(of: runnable.connection, code) }
        switch verdict {
        case .lost: return .lost
        case .handBack: return .handBack
        case .park(let wait, let reason): return .park(wait, reason)
        case .overrun(let wait):
            run.log.event(.warning, "a run was stopped at its time limit", [.seconds: .seconds(wait)])
            return .overrun(after: wait)
        case .retry(let error, let wait):
            run.log.event(
                .notice, "a run failed and will be tried again",
                [.code: .text(error.code.rawValue), .error: .text(error.message), .seconds: .seconds(wait)])
            return .retry(error, after: wait)
        case .giveUp(let final):
            do {
                return try await GiveUp(run: run, connection: runnable.connection, cause: error, error: final).end()
            } catch {
                // What was to be written couldn't be: as with any other trouble, later.
                let trouble = tools.judge.verdict(
                    on: error, record, jobMaximum: run.job?.maximumAttempts, stop: held.stopReason)
                if case .park(let wait, let reason) = trouble { return .park(wait, reason) }
                return trouble == .lost ? .lost : .handBack
            }
        }
    }

    private func report(_ ending: Ending, _ run: RunContext, _ length: Duration) {
        switch ending {
        case .park(let wait, let reason):
            run.log.event(.info, "a run waits", [.reason: .text("\(reason)"), .seconds: .seconds(wait)])
        case .handBack: run.log.event(.info, "a job was handed back")
        case .lost: run.log.event(.warning, "a run ended without its lease")
        case .committed(succeeded: true):
            run.log.event(.info, "job done", [.seconds: .seconds(length), .count: .number(run.counter.count)])
        case .finished, .committed, .retry, .overrun: break
        }
    }
}
