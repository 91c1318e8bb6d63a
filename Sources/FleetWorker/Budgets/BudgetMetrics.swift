import FleetStore
import Metrics
import Telemetry

/// What the budgets of this worker decide; counters made once.
struct BudgetMetrics: Sendable {
    private let granted = FleetMetric.budgetDecisions.counter([("decision", "granted"), ("cause", "none")])
    private let refused = Dictionary(
        uniqueKeysWithValues: BudgetCause.allCases.map { cause in
            (cause, FleetMetric.budgetDecisions.counter([("decision", "refused"), ("cause", cause.word)]))
        })
    private let wait = FleetMetric.budgetWait.timer()

    func answered(_ answer: BudgetAnswer) {
        switch answer {
        case .go: granted.increment()
        case .wait(_, let cause): refused[cause]?.increment()
        case .tooLarge: break
        }
    }

    /// A call was let through, so long after it asked first.
    func passed(after wait: Duration) { self.wait.record(duration: wait) }
}
