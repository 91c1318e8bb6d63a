import FleetStore
import Foundation

extension FleetStatus {
    /// Why a tenant waits and until when, for eyes; empty where it doesn't.
    func waiting(_ tenant: TenantLoad) -> (why: String, until: String) {
        let hold = budgets?.tenants[tenant.tenant]?.hold
        if let held = tenant.heldUntil {
            let why =
                switch hold {
                case .paused: "paused"
                case .budget: "its budget"
                case nil: "held back"
                }
            return (why, Figures.until(held, from: now))
        }
        if let reason = tenant.reason, let due = tenant.nextDue {
            return (reason.words, Figures.until(due, from: now))
        }
        return (tenant.ready > 0 ? "a slot" : "", "")
    }
}

extension WaitReason {
    /// For eyes.
    var words: String {
        switch self {
        case .backoff: "another try"
        case .tenantBudget: "its budget"
        case .mailboxBudget: "a mailbox"
        case .notBefore: "its time"
        case .other: "something"
        }
    }
}

extension WorkerStatus {
    /// `in 20s`, or what is the matter.
    func leaseEnd(at now: Date) -> String {
        guard let deadline else { return "being taken back" }
        let seconds = deadline.timeIntervalSince(now)
        return seconds < 0 ? "over since \(Figures.length(-seconds))" : "in \(Figures.length(seconds))"
    }
}
