import FleetStore
import Foundation

/// Ends a run that would wait longer than a moment for a budget: its job gives its slot back and waits with its
/// progress, counting no attempt.
struct BudgetWait: Error, Sendable, Equatable {
    /// Until asking makes sense again.
    let length: Duration
    /// Who is short.
    let cause: BudgetCause

    /// What waits: the job alone, or all of its tenant's.
    var reason: ParkReason {
        switch cause {
        case .tenant, .paused: .tenantBudget
        // The app's budget is everybody's: holding one tenant for it would be unfair to that one.
        case .app, .mailbox, .places: .mailboxBudget
        }
    }
}
