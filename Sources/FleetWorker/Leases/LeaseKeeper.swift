import FleetStore
import Foundation
import Logging
import Metrics
import Reactor
import Telemetry

/// Registers the worker, keeps its lease, and notices when it is lost.
///
/// One script renews everything at a third of the lease's length. If the owner was reaped meanwhile (the process was
/// frozen, or cut off from Redis for longer than the lease), every run is cancelled, since whatever they write is
/// refused, and the worker goes on under a fresh name: a reaped one is dead for good.
struct LeaseKeeper: Sendable {
    let tools: WorkerTools
    let held: HeldJobs
    /// A name that was never used.
    let makeName: @Sendable () -> String

    private var length: Duration { tools.configuration.lease }
    private var queue: JobQueue { JobQueue(tools.hastyStore) }
    private var report: WorkerReport {
        tools.metrics.throughput.report(
            version: tools.configuration.version, slots: tools.configuration.concurrency, now: tools.clock.now)
    }

    /// Keeps the lease until the task is cancelled. Signs nothing off.
    func run() async {
        var pause = Pause()
        while !Task.isCancelled {
            do {
                try await signOffAbandoned()
                if let owner = tools.owners.current {
                    try await renew(owner)
                } else {
                    try await register()
                }
                tools.outages.succeeded(.renew)
                pause.reset()
                try await rest()
            } catch let error as StoreError {
                tools.metrics.renewalFailed.increment()
                tools.outages.failed(.renew, error)
                try? await tools.reactor.sleep(for: pause.next(random: tools.random()))
            } catch {
                return
            }
        }
    }

    /// A third of the lease; shorter while there is no name.
    private func rest() async throws {
        let end = ContinuousClock.now.advanced(by: length / 3)
        while tools.owners.current != nil, .now < end {
            try await tools.reactor.sleep(for: min(.milliseconds(500), ContinuousClock.now.duration(to: end)))
        }
    }

    private func register() async throws {
        let name = makeName()
        let sent = ContinuousClock.now
        guard let owner = try await queue.register(name: name, lease: length, report: report) else { return }
        tools.lease.renewed(sent: sent, lease: length)
        tools.owners.set(owner)
        tools.health.started()
        tools.log.event(.info, "registered", [.worker: .of(owner)])
    }

    private func renew(_ owner: Owner) async throws {
        let sent = ContinuousClock.now
        switch try await queue.renew(owner, lease: length, report: report) {
        case .renewed(_, let now, _):
            tools.clock.read(now)
            tools.lease.renewed(sent: sent, lease: length)
            tools.metrics.renewed.increment()
            await tools.hooks.reached(.renewed)
        case .lost: try await lost(owner)
        }
    }

    private func lost(_ owner: Owner) async throws {
        guard tools.owners.drop(owner) else { return }
        tools.lease.lost()
        let count = held.stop(.leaseLost)
        tools.metrics.lost.increment(by: count)
        tools.log.event(
            .warning, "the lease was lost: this worker was frozen or cut off for longer than it lasts",
            [.worker: .of(owner), .jobs: .number(count), .seconds: .seconds(length)])
        try await register()
        await tools.hooks.reached(.ownerReplaced)
    }

    /// Gives back what a name may hold without our knowledge.
    private func signOffAbandoned() async throws {
        for owner in tools.owners.takeAbandoned() {
            do {
                // All that runs was claimed under it: no other name is registered before this is done.
                held.stop(.leaseLost)
                let count = try await queue.signOff(owner)
                tools.log.event(
                    .notice, "took another name: a claim's answer was lost",
                    [.worker: .of(owner), .jobs: .number(count)])
            } catch {
                tools.owners.abandon(owner)
                throw error
            }
        }
    }
}
