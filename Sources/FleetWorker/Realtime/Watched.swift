import FleetCore
import FleetStore

/// A connection that wants its mailbox watched, as far as that takes.
struct Watched: Sendable {
    let id: ConnectionID
    let credential: CredentialID
    /// What to subscribe to in its name.
    let resource: String
    /// The mailboxes that are charged.
    let charged: [String]

    init(_ connection: Connection) {
        id = connection.id
        credential = connection.credential
        charged = connection.chargedMailboxes
        let owner = connection.owner
        // By its address unless it is certainly the token's own: a calendar under /me may be somebody else's.
        let isOwn = connection.mailbox == nil && (connection.requestedCalendar == .primary || owner.isEmpty)
        resource = isOwn ? "me/events" : "users/\(connection.mailbox?.rawValue ?? owner)/events"
    }
}

extension Watched {
    /// Whoever made a mailbox's subscription, when its connection is gone: enough to end it.
    init(_ maker: CredentialID, of mailbox: MailboxKey) {
        id = ConnectionID(tenant: TenantID("-"), resource: ResourceID("-"))
        credential = maker
        charged = [mailbox.rawValue]
        resource = ""
    }
}

extension Connection {
    /// What is watched for it.
    var mailboxKey: MailboxKey { MailboxKey(owner.isEmpty ? credential.rawValue : owner) }

    /// Whether changes are to be told by Graph: also while the consent is dead, for then it comes back.
    var wantsRealtime: Bool { settings.frequency == .realtime }
}
