import FleetCore
import Foundation

/// What the dashboard shows at one moment. Lists are cut; their totals aren't.
struct DashboardFrame: Sendable {
    struct Queue: Sendable, Equatable {
        /// Payloads that no worker has taken in yet, by list.
        var lists: [(name: String, count: Int)] = []
        /// The first of its line, and waits for nothing but a worker.
        var ready = 0
        /// Behind the first of their connection.
        var behind = 0
        /// Under a lease.
        var running = 0
        /// Until a time: backoff, not_before, a budget, a pause.
        var parked = 0
        var dead = 0
        var connections = 0

        /// Payloads that no worker has taken in yet.
        var pushed: Int { lists.reduce(0) { $0 + $1.count } }

        static func == (left: Queue, right: Queue) -> Bool {
            left.lists.elementsEqual(right.lists) { $0 == $1 } && left.ready == right.ready
                && left.behind == right.behind && left.running == right.running && left.parked == right.parked
                && left.dead == right.dead && left.connections == right.connections
        }
    }

    /// One of the public streams, with those who read it as a group.
    struct Stream: Sendable, Equatable {
        struct Group: Sendable, Equatable {
            var name: String
            var pending: Int
            /// How far it is behind, in time.
            var behind: Duration
        }

        var name: String
        var length: Int
        var groups: [Group]
    }

    struct Tenant: Sendable, Equatable {
        var id: String
        /// `active`, `paused`, `throttled`.
        var state: String
        var connections = 0
        /// Of its connections, those whose consent is dead.
        var reconnects = 0
        var waiting = 0
        var running = 0
        /// Since when its longest waiting job waits.
        var since: Date?
        /// When its wait ends; nil while it doesn't wait, or until somebody resumes it.
        var until: Date?
        /// What it waits for; nil while it doesn't.
        var reason: String?
        /// Used part of its budget, 0 to 1; nil where nothing was counted.
        var budgetUsed: Double?
    }

    struct Worker: Sendable, Equatable {
        var name: String
        var version = ""
        var running: Int
        /// Jobs that it may run at once; nil where it doesn't say.
        var slots: Int?
        var jobsPerSecond: Double?
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
        /// Its entry in the stream of changes.
        var entry: String
        var at: Date
        var type: String
        var connection: String
        var title: String
    }

    var at: Date
    /// Why the figures are old; nil while Redis answers.
    var trouble: String?
    var queue = Queue()
    var streams: [Stream] = []
    /// One a second, oldest first.
    var samples: [RateSample] = []
    /// Those that need somebody first.
    var tenants: [Tenant] = []
    var tenantsTotal = 0
    /// Those in trouble first.
    var connections: [(id: ConnectionID, connection: Connection?)] = []
    /// Of the connections that were looked at, those whose consent is dead, and those whose last sync failed.
    var reconnects = 0
    var failing = 0
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
