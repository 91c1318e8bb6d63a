import FleetStore
import Logging
import Reactor
import Telemetry

/// Says which limits this worker was started with, and warns when somebody's are stricter: those hold then.
struct BudgetAnnouncer: Sendable {
    /// Three announcements may be lost before the others stop minding this worker.
    private static let every = Duration.seconds(20)
    private static let lasts = Duration.seconds(70)

    let tools: WorkerTools
    let budgets: Budgets

    /// Until the task is cancelled.
    func run() async {
        var holding = budgets.limits
        while !Task.isCancelled {
            do {
                let now = try await budgets.announce(for: Self.lasts)
                tools.outages.succeeded(.budgets)
                if now != holding {
                    report(now)
                    holding = now
                }
            } catch {
                tools.outages.failed(.budgets, error)
            }
            // Jittered, so that workers that were started together don't speak together.
            guard (try? await tools.reactor.sleep(for: Self.every * (0.75 + tools.random() / 2))) != nil else { return }
        }
    }

    private func report(_ limits: BudgetLimits) {
        if limits == budgets.limits {
            tools.log.event(.notice, "this worker's limits hold again", [.limit: .text("\(limits)")])
        } else {
            tools.log.event(
                .warning, "workers were started with different limits; the stricter hold",
                [
                    .limit: .text("\(limits)"), .reason: .text("this worker: \(budgets.limits)"),
                    .hint: .text("give all workers the same --tenant-rate, --mailbox-rate, --app-rate"),
                ])
        }
    }
}
