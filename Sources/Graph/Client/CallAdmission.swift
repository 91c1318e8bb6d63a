package import FleetCore
import Synchronization

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

/// Asked before each request to Graph; told when Graph throttles. The seam where the fleet's budgets hook in.
package protocol CallAdmission: Sendable {
    /// Returns when the request may be sent now.
    ///
    /// - Parameter cost: budget units; a `$batch` costs its parts.
    /// - Throws: whatever ends the run when the budget has no room soon; the client passes it on untouched.
    func admit(_ scope: GraphCallScope, cost: Int) async throws

    /// The request that was admitted has ended, whatever its outcome: its places are free.
    func finished(_ scope: GraphCallScope, cost: Int) async

    /// Graph said "too many" to a request of this scope, and for how long; nil if it didn't say. `isConcurrencyLimit`:
    /// too many at once, not too many in ten minutes.
    func throttled(_ scope: GraphCallScope, retryAfter: Duration?, isConcurrencyLimit: Bool) async
}

/// Lets everything through.
package struct UnlimitedAdmission: CallAdmission {
    /// No limits.
    package init() {}
    /// Returns at once.
    package func admit(_ scope: GraphCallScope, cost: Int) {}
    /// Does nothing.
    package func finished(_ scope: GraphCallScope, cost: Int) {}
    /// Does nothing.
    package func throttled(_ scope: GraphCallScope, retryAfter: Duration?, isConcurrencyLimit: Bool) {}
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
