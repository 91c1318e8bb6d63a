import FleetCore
import FleetStore

// Whom Graph charges. A mailbox has one identity here, the address of its owner, by whatever alias, object id or `/me`
// it is called: else one mailbox would have several budgets. Which mailbox pays for a shared calendar that is read
// under `/me` isn't documented, so both do.

extension Connection {
    /// The identities of the mailboxes that a call about this connection may be charged to.
    var chargedMailboxes: [String] {
        owner.isEmpty || owner == calledMailbox ? [calledMailbox] : [calledMailbox, owner]
    }

    /// The identity of the mailbox whose path is called.
    var calledMailbox: String {
        let known = mailboxOwner.isEmpty && requestedCalendar == .primary ? owner : mailboxOwner
        return known.isEmpty ? ChargedMailbox.unknown(credential, mailbox) : known
    }
}

enum ChargedMailbox {
    private static let strangersPrefix = "? "

    /// A mailbox of which nobody knows yet whose it is, as the first call of a connect must be charged: it may be any
    /// of the tenant's, and counts in all of them.
    static func stranger(_ credential: CredentialID, _ mailbox: MailboxID?) -> String {
        strangersPrefix + unknown(credential, mailbox)
    }

    /// What stands for a mailbox whose owner Graph doesn't tell: the credential, and the name by which it is called.
    /// Not an address, so it can't be taken for one.
    static func unknown(_ credential: CredentialID, _ mailbox: MailboxID?) -> String {
        "\(credential.rawValue)/\(mailbox?.rawValue.lowercased() ?? "me")"
    }

    /// As the budgets know it.
    static func key(_ identity: String, of tenant: TenantID) -> String {
        identity.hasPrefix(strangersPrefix)
            ? Budgets.key(ofStranger: identity, of: tenant) : Budgets.key(ofMailbox: identity)
    }
}
