package import FleetCore
import Synchronization

// The seam where the fleet's budgets hook in. A request asks before it is sent (`admit`), says when it is over
// (`finished`), and tells what Graph said about its limits (`throttled`). The client does all three for every call, so
// nobody else needs to; a `$batch` asks once for all its parts, and tells of each part that Graph refuses.

/// Whom a call is charged to.
package struct GraphCallScope: Hashable, Sendable {
    /// The customer.
    package var tenant: TenantID
    /// The mailboxes' identities that Microsoft may charge: one as a rule, two for a shared calendar read under `/me`.
    package var mailboxes: [String]

    /// A scope.
    package init(tenant: TenantID, mailboxes: [String]) {
        self.tenant = tenant
        self.mailboxes = mailboxes
    }
}

/// What one request asks of the budgets.
package struct CallAsk: Hashable, Sendable {
    /// Whom it is charged to.
    package var scope: GraphCallScope
    /// Budget units: 1, or a `$batch`'s parts; the envelope is free.
    package var units: Int
    /// How many requests each of the mailboxes may see at once because of it: 1; of a `$batch` whose parts don't depend
    /// on each other up to 4, as Graph sends that many at a time.
    package var places: Int
    /// The longest that the request can last; its places are given back after that even if nobody says so.
    package var timeout: Duration
    /// What the same run has spent before: units that are spent again if it has to begin anew.
    package var spent: Int

    /// What a request asks.
    package init(_ scope: GraphCallScope, units: Int, places: Int, timeout: Duration, spent: Int = 0) {
        self.scope = scope
        self.units = units
        self.places = places
        self.timeout = timeout
        self.spent = spent
    }
}

/// The permission to send one request now.
package struct CallGrant: Sendable {
    /// What was asked.
    package let ask: CallAsk
    /// Names the places that it holds.
    package let id: String
    /// Not sent by then it is void: it was counted at its moment, and Graph counts arrivals. Nil: good for ever.
    package let goodUntil: ContinuousClock.Instant?

    /// A grant.
    package init(_ ask: CallAsk, id: String = "", goodUntil: ContinuousClock.Instant? = nil) {
        self.ask = ask
        self.id = id
        self.goodUntil = goodUntil
    }

    /// Whether it may be used at this moment.
    package func isGood(at now: ContinuousClock.Instant) -> Bool { goodUntil.map { now <= $0 } ?? true }
}

/// What Graph said about its limits.
package struct CallThrottle: Hashable, Sendable {
    /// For how long; nil if it didn't say.
    package var retryAfter: Duration?
    /// Too many at once, not too many in ten minutes: over in a moment, whatever the header says.
    package var isConcurrencyLimit: Bool

    /// A throttle.
    package init(retryAfter: Duration?, isConcurrencyLimit: Bool) {
        self.retryAfter = retryAfter
        self.isConcurrencyLimit = isConcurrencyLimit
    }
}

/// More was asked for than the limits ever allow at once: a smaller batch may pass.
package struct CallTooLarge: Error, Hashable, Sendable, CustomStringConvertible {
    /// The most units and places that one call may ask for.
    package let atMost: Int

    /// With the most that passes.
    package init(atMost: Int) { self.atMost = atMost }

    /// `a call of more than 4 parts is beyond the configured limits`
    package var description: String { "a call of more than \(atMost) parts is beyond the configured limits" }
}

/// Asked before each request to Graph; told when Graph throttles.
package protocol CallAdmission: Sendable {
    /// Returns when the request may be sent. Every grant must be given back by `finished`, once.
    ///
    /// - Throws: `CallTooLarge`; `CancellationError`; whatever ends the run when the budget has no room soon, which the
    ///   client passes on untouched.
    func admit(_ ask: CallAsk) async throws -> CallGrant

    /// The request that was admitted has ended, whatever its outcome, or was never sent: its places are free.
    func finished(_ grant: CallGrant)

    /// Graph said "too many" to a request of this scope.
    ///
    /// - Returns: for how long the scope is closed now, the whole fleet's knowledge taken together; nil where nobody
    ///   knows better than Graph.
    func throttled(_ scope: GraphCallScope, _ throttle: CallThrottle) async -> Duration?
}

/// Lets everything through.
package struct UnlimitedAdmission: CallAdmission {
    /// No limits.
    package init() {}
    /// Returns at once.
    package func admit(_ ask: CallAsk) -> CallGrant { CallGrant(ask) }
    /// Does nothing.
    package func finished(_ grant: CallGrant) {}
    /// Knows nothing.
    package func throttled(_ scope: GraphCallScope, _ throttle: CallThrottle) -> Duration? { nil }
}

/// Counts the budget units of one run: `graph_calls` of its result.
package final class GraphCallCounter: Sendable {
    private let units = Atomic<Int>(0)

    /// At zero.
    package init() {}

    /// So far.
    package var count: Int { units.load(ordering: .relaxed) }

    func add(_ cost: Int) { units.add(cost, ordering: .relaxed) }
}
