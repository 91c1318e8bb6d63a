import FleetCore
import Foundation

/// What the dashboard shows at one moment. Lists are cut; their totals aren't.
struct DashboardFrame: Sendable {
    struct Queue: Sendable, Equatable {
        /// Payloads that no worker has taken in yet.
        var pushed = 0
        /// Jobs that could run now, and those behind the first of their connection.
        var waiting = 0
        /// Under a lease.
        var running = 0
        /// Until a time: backoff, not_before, a budget, a pause.
        var parked = 0
        var dead = 0
        var connections = 0
    }

    struct Tenant: Sendable, Equatable {
        var id: String
        /// `active`, `paused`, `throttled`.
        var state: String
        var waiting: Int
        var running: Int
        /// When its wait ends; nil while it doesn't wait, or until somebody resumes it.
        var until: Date?
        /// What it waits for; nil while it doesn't.
        var reason: String?
        /// Used part of its budget, 0 to 1; nil where nothing was counted.
        var budgetUsed: Double?
    }

    struct Worker: Sendable, Equatable {
        var name: String
        var running: Int
        /// When its leases end unless it renews; nil while its jobs are being taken over.
        var deadline: Date?
    }

    struct Letter: Sendable, Equatable {
        /// Its entry in the stream of dead letters: what a retry names.
        var entry: String
        var at: Date
        var tenant: String
        var job: String
        var kind: String
        var code: String
        var message: String
        /// False for a rejected payload: it never was a job.
        var canRetry: Bool
    }

    struct ChangeLine: Sendable, Equatable {
        var at: Date
        var type: String
        var connection: String
        var title: String
    }

    var at: Date
    /// Why the figures are old; nil while Redis answers.
    var trouble: String?
    var queue = Queue()
    /// One a second, oldest first.
    var samples: [RateSample] = []
    var tenants: [Tenant] = []
    var tenantsTotal = 0
    /// Those in trouble first.
    var connections: [(id: ConnectionID, connection: Connection?)] = []
    var workers: [Worker] = []
    var letters: [Letter] = []
    var changes: [ChangeLine] = []
}

/// What one second brought.
struct RateSample: Sendable, Equatable {
    /// Terminal entries of that second.
    var jobs: Double
    /// Those of them that failed; from a sample of the newest entries.
    var failed: Double
    /// Milliseconds from first seen to finished, at the median and at the 95th percentile of that sample; nil without
    /// an entry.
    var median: Double?
    var late: Double?
}
