package import FleetCore
package import Foundation

/// The fleet at one moment, by Redis's clock. Lists are capped; what was cut says `isSampled`.
package struct FleetStatus: Sendable, Equatable {
    /// When this was true.
    package let now: Date
    /// Payloads that no worker has taken yet, by list; nil where the key holds another type.
    package let ingress: [IngressList: Int?]
    /// Payloads that a worker reads just now.
    package let reading: Int
    /// Lanes with a job: those that run, are ready or wait for a time.
    package let lanes: Int
    /// Lanes whose job waits for a worker. Those of held tenants don't: they count as parked.
    package let ready: Int
    /// Jobs that run.
    package let running: Int
    /// Jobs behind the first of their lane; estimated beyond 1,000 such lanes.
    package let behind: Int
    /// Entries that wait for a time: parked lanes, periods, held tenants, syncs with not_before.
    package let due: Int
    /// Tenants that are held back: paused, throttled, over their budget.
    package let held: Int
    /// Connections.
    package let connections: Int
    /// The results stream.
    package let results: StreamStatus
    /// The changes stream.
    package let changes: StreamStatus
    /// Dead letters.
    package let dead: Int
    /// Payloads put aside for a newer worker.
    package let newer: Int
    /// How many workers are registered.
    package let workerCount: Int
    /// At most 200 of them.
    package let workers: [WorkerStatus]
    /// Those that run or wait for something, as many as were asked for: those that run most first.
    package let tenants: [TenantLoad]
    /// True where there is more than the lists show, or a long list was looked at in part.
    package let isSampled: Bool
    /// What the budgets have been used for, where that was asked (`statusWithBudgets`).
    package var budgets: BudgetReport?

    /// Lanes whose job waits for a time: its own, or that of its tenant.
    package var parked: Int { max(0, lanes - ready - running) }
    /// Payloads on the lists, and those that a worker reads just now.
    package var untaken: Int { ingress.values.reduce(0) { $0 + ($1 ?? 0) } + reading }
    /// Jobs that nobody runs and that wait for nothing but a worker.
    package var waiting: Int { untaken + ready + behind }
    /// Jobs that all workers together ended in a second, lately.
    package var jobsPerSecond: Double { workers.reduce(0) { $0 + ($1.report?.jobsPerSecond ?? 0) } }
}

/// A worker that is registered.
package struct WorkerStatus: Sendable, Equatable {
    /// The name under which it registered.
    package let name: String
    /// When its leases end unless it renews; nil while it is being reaped.
    package let deadline: Date?
    /// Jobs that it runs.
    package let leases: Int
    /// What it said of itself with its last renewal; nil for a worker of a version that says nothing.
    package let report: WorkerReport?
}

/// A tenant that runs or waits for something.
package struct TenantLoad: Sendable, Equatable {
    /// Which.
    package let tenant: TenantID
    /// Lanes that run.
    package let running: Int
    /// Lanes whose job waits for a worker, or for the end of the hold.
    package let ready: Int
    /// Lanes, and syncs with not_before, that wait for a time.
    package let parked: Int
    /// When the next of these comes back; nil where none waits for a time.
    package let nextDue: Date?
    /// Why that one waits.
    package let reason: WaitReason?
    /// Until when the whole tenant is held back: paused, throttled or over its budget.
    package let heldUntil: Date?
    /// Since when its longest waiting job waits, about; nil where none does.
    package let waitingSince: Date?
}

/// Why a lane waits for a time.
package enum WaitReason: String, Sendable, CaseIterable {
    /// A failure that may be cured by trying again.
    case backoff
    /// The tenant's budget or pause.
    case tenantBudget = "tenant_budget"
    /// The mailbox's budget, its places, or Graph's Retry-After.
    case mailboxBudget = "mailbox_budget"
    /// `not_before`.
    case notBefore = "not_before"
    /// Whatever else.
    case other

    /// From the column of a job at rest (includes/record.lua).
    init(letter: String?) {
        switch letter {
        case "f": self = .backoff
        case "t": self = .tenantBudget
        case "m": self = .mailboxBudget
        case "-", "n", nil: self = .notBefore
        default: self = .other
        }
    }
}

/// One of the two public streams.
package struct StreamStatus: Sendable, Equatable {
    /// Entries that it holds; nil where the key holds another type.
    package let length: Int?
    /// Entries that it ever got.
    package let added: Int
    /// Id of the first; nil in an empty stream.
    package let first: String?
    /// Id of the last that it ever got; nil where there was none.
    package let last: String?
    /// Its consumer groups, at most 20.
    package let groups: [GroupStatus]
}

/// A consumer group of a stream.
package struct GroupStatus: Sendable, Equatable {
    /// Its name.
    package let name: String
    /// How many consumers it knows, dead ones too.
    package let consumers: Int
    /// Entries given out and not acknowledged.
    package let pending: Int
    /// Id of the last entry that was given out.
    package let lastDelivered: String
    /// How far that is behind the last entry of the stream, in time: Redis's own count of entries can be wrong.
    package let behind: Duration
    /// Since when none of its consumers has asked for anything; nil if it has none.
    package let idle: Duration?
}
