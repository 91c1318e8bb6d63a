package import FleetCore
package import Foundation
import Redis

/// A worker's fenced claim on a lane. Whoever holds an older fence than the stored one changes nothing.
package struct Lease: Sendable, Hashable {
    /// Who holds it.
    package let owner: Owner
    /// The lane: the connection whose job runs.
    package let lane: ConnectionID
    /// Grows with every claim.
    package let fence: Fence
    /// Of the job; tells scripts what to tidy up at its end.
    package let kind: JobKind
}

/// A leased job, with all that a run needs to begin.
package struct ClaimedJob: Sendable {
    /// The right to run it.
    package let lease: Lease
    /// The job at rest; `attempts`, `crashes` and `deferrals` are those before this start. A job whose crashes have
    /// reached `--max-crashes`, or whose `expiresAt` has passed, goes out like any other: finish it as failed.
    package let record: JobRecord
    /// Its connection's record at the moment of the claim; nil if the lane isn't connected.
    package let storedConnection: StoredConnection?
    /// Waiting syncs that this run serves too, in their order: finish each with a result of its own, or leave a rest of
    /// them waiting. Their payload and tokens are empty.
    package let riders: [JobRecord]
}

/// What a claim brought.
package struct Claim: Sendable {
    /// Redis's clock at the claim.
    package let now: Date
    /// When the next parked job, period or held tenant comes back; nil if nothing waits for a time.
    package let nextDue: Date?
    /// At most as many as asked for, in the order of their turn.
    package let jobs: [ClaimedJob]
    /// Lanes whose job this worker can't read: a newer worker wrote it. They were handed back with a delay.
    package let unreadable: [ConnectionID]
}

/// How many jobs to claim, and of whom.
package struct ClaimRequest: Sendable {
    /// The most it may bring; 1-1,000. 64 is the right size: larger ones hold Redis longer and save little.
    package var limit: Int
    /// The most it may bring of a tenant that `allowance` doesn't name.
    package var perTenant: Int
    /// The most it may bring of these; 0 passes a tenant by.
    package var allowance: [TenantID: Int]
    /// What jobs cost that ended since the last claim, at most 256 tenants: those whose jobs need more than a turn is
    /// worth get fewer turns. Lost where the claim fails: a hint, not a book.
    package var charges: [TenantID: TurnCharge]

    /// Up to `limit` jobs; by default of whichever tenants.
    package init(
        limit: Int, perTenant: Int? = nil, allowance: [TenantID: Int] = [:], charges: [TenantID: TurnCharge] = [:]
    ) {
        precondition((1...1000).contains(limit), "a claim is for 1 to 1,000 jobs")
        self.limit = limit
        self.perTenant = perTenant ?? limit
        self.allowance = allowance
        self.charges = charges
    }
}

/// What some jobs of one tenant cost.
package struct TurnCharge: Sendable, Equatable {
    /// Requests to Graph, each part of a batch counted.
    package var calls: Int
    /// Turns in which that was.
    package var jobs: Int

    /// So many calls in so many turns.
    package init(calls: Int, jobs: Int) {
        self.calls = calls
        self.jobs = jobs
    }
}

/// The answer to a claim.
package enum ClaimReply: Sendable {
    case jobs(Claim)
    /// The owner was reaped: all that it held is lost.
    case notRegistered
}

/// The answer to a renewal.
package enum RenewReply: Sendable, Equatable {
    /// Prolonged until then, by Redis's clock; the owner holds so many leases.
    case renewed(until: Date, now: Date, leases: Int)
    /// The owner was reaped: all that it held is lost.
    case lost
}

/// What a reap did.
package struct ReapReport: Sendable, Equatable {
    /// Whose jobs were taken back; nil when nobody is late.
    package let owner: String?
    /// How many jobs came back.
    package let jobs: Int
    /// Call again at once.
    package let isMore: Bool
    /// Lanes with jobs that stood nowhere and were put back: somebody wrote into the namespace.
    package let found: Int
}

/// Why a leased job waits.
package enum ParkReason: Sendable, Equatable {
    /// A failure that may be cured by trying again: counts an attempt.
    case backoff
    /// The run was given up at its time limit: counts an attempt and a crash.
    case overrun
    /// The tenant's budget or pause.
    case tenantBudget
    /// The mailbox's budget, its places, or Graph's Retry-After.
    case mailboxBudget
    /// Its connection's credential is being refreshed, or the like.
    case other

    var letter: String {
        switch self {
        case .backoff: "f"
        case .overrun: "x"
        case .tenantBudget: "t"
        case .mailboxBudget: "m"
        case .other: "o"
        }
    }

    /// What parkJob.lua counts.
    var counts: RedisValue {
        switch self {
        case .backoff: "f"
        case .overrun: "c"
        case .tenantBudget, .mailboxBudget, .other: "d"
        }
    }
}

/// Whether a fenced step was taken.
package enum FencedOutcome: Sendable, Equatable {
    case done
    /// The lease has passed on: nothing was changed, stop.
    case fencedOut
}
