package import FleetCore
import Redis

/// What one request to Graph asks of the fleet's budgets.
package struct BudgetAsk: Sendable, Hashable {
    /// Never used before in the fleet; names the places.
    package var id: String
    /// The customer.
    package var tenant: TenantID
    /// The keys (`Budgets.key(ofMailbox:)`) of the mailboxes that Graph may charge, each once: one or two. Or one
    /// stranger (`Budgets.key(ofStranger:of:)`).
    package var mailboxes: [String]
    /// Requests that Graph will count.
    package var units: Int
    /// Requests that a mailbox may see at once.
    package var places: Int
    /// The longest that it can last: then its places are free, whoever died.
    package var timeout: Duration

    /// An ask.
    package init(id: String, tenant: TenantID, mailboxes: [String], units: Int, places: Int, timeout: Duration) {
        self.id = id
        self.tenant = tenant
        self.mailboxes = mailboxes
        self.units = units
        self.places = places
        self.timeout = timeout
    }

    func append(to arguments: inout [RedisValue]) {
        arguments += [
            .string(id), .string(tenant.rawValue), .integer(units), .integer(places), .integer(timeout.milliseconds),
        ]
        arguments.append(mailboxes: mailboxes)
    }
}

/// Places that come back.
package struct BudgetRelease: Sendable, Hashable {
    /// Of the ask that got them.
    package var id: String
    /// As it named them.
    package var mailboxes: [String]

    /// A release.
    package init(id: String, mailboxes: [String]) {
        self.id = id
        self.mailboxes = mailboxes
    }

    func append(to arguments: inout [RedisValue]) {
        arguments.append(.string(id))
        arguments.append(mailboxes: mailboxes)
    }
}

/// Whose mailbox a stranger turned out to be.
package struct BudgetLesson: Sendable, Hashable {
    /// Its key as a stranger.
    package var stranger: String
    /// The mailbox's key.
    package var mailbox: String

    /// A lesson.
    package init(stranger: String, mailbox: String) {
        self.stranger = stranger
        self.mailbox = mailbox
    }
}

extension [RedisValue] {
    fileprivate mutating func append(mailboxes: [String]) {
        append(.integer(mailboxes.count))
        self += mailboxes.map { .string($0) }
    }
}

/// Who is short.
package enum BudgetCause: String, Sendable, CaseIterable {
    /// The whole app.
    case app = "a"
    /// The tenant.
    case tenant = "t"
    /// A mailbox: its budget, or Graph closed it.
    case mailbox = "m"
    /// A mailbox's places.
    case places = "p"
    /// An operator paused the tenant.
    case paused = "x"

    /// The metric's word.
    package var word: String {
        switch self {
        case .app: "app"
        case .tenant: "tenant"
        case .mailbox: "mailbox"
        case .places: "places"
        case .paused: "paused"
        }
    }
}

/// The answer to one ask.
package enum BudgetAnswer: Sendable, Hashable {
    /// Send it; the grant is void unless it is sent within this time after asking.
    case go(goodFor: Duration)
    /// Asking will succeed after this time unless others ask meanwhile; for places it is a hint.
    case wait(Duration, BudgetCause)
    /// It will never pass; so many units and places may.
    case tooLarge(atMost: Int)
}
