import FleetCore

// Whom Graph charges. A mailbox has one identity here, the address of its owner, by whatever alias, object id or `/me`
// it is called: else one mailbox would have several budgets. Which mailbox pays for a shared calendar that is read
// under `/me` isn't documented, so both do.

extension Connection {
    /// The identities of the mailboxes that a call about this connection may be charged to.
    var chargedMailboxes: [String] {
        let known = mailboxOwner.isEmpty && requestedCalendar == .primary ? owner : mailboxOwner
        let called = known.isEmpty ? ChargedMailbox.unknown(credential, mailbox) : known
        return owner.isEmpty || owner == called ? [called] : [called, owner]
    }
}

enum ChargedMailbox {
    private static let newcomersPrefix = "new "

    /// What all first connects of a tenant share beside their mailbox: the places of one mailbox, and no budget. Nobody
    /// knows yet whose mailboxes they are, and a dozen consents of one person would else have places each.
    static func newcomers(of tenant: TenantID) -> String { newcomersPrefix + tenant.rawValue }

    /// Whether this is no mailbox, but newcomers.
    static func isNewcomers(_ identity: String) -> Bool { identity.hasPrefix(newcomersPrefix) }

    /// What stands for a mailbox whose owner isn't known (yet): the credential, and the name by which it is called. Not
    /// an address, so it can't be taken for one.
    static func unknown(_ credential: CredentialID, _ mailbox: MailboxID?) -> String {
        "\(credential.rawValue)/\(mailbox?.rawValue.lowercased() ?? "me")"
    }
}
