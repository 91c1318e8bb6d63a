/// A customer of Sched: the unit of fairness and of rate limiting. 1-128 of `A-Z a-z 0-9 . _ -`.
package struct TenantID: Identifier {
    /// As it stands on the wire.
    package let rawValue: String
    /// Wraps a text that is known to be one; checks nothing.
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// What is booked: a room, a doctor, a teacher. 1-256 of `A-Z a-z 0-9 . _ : @ + -`.
package struct ResourceID: Identifier {
    /// As it stands on the wire.
    package let rawValue: String
    /// Wraps a text that is known to be one; checks nothing.
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// Outlook's id of a calendar, or `primary` for the mailbox's default one. 1-512 printable ASCII without space.
package struct CalendarID: Identifier {
    /// As it stands on the wire.
    package let rawValue: String
    /// Wraps a text that is known to be one; checks nothing.
    package init(rawValue: String) { self.rawValue = rawValue }

    /// The word that stands for a mailbox's default calendar in payloads; Graph knows no such id.
    package static let primary = CalendarID("primary")
}

/// An Exchange mailbox as a payload names it: a user's object id or an address.
package struct MailboxID: Identifier {
    /// As it stands on the wire.
    package let rawValue: String
    /// Wraps a text that is known to be one; checks nothing.
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// A job's id: the producer's (1-128 printable) or one of ours. Unique per tenant.
package struct JobID: Identifier {
    /// As it stands on the wire.
    package let rawValue: String
    /// Wraps a text that is known to be one; checks nothing.
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// An appointment that Sched owns. 1-128 printable.
package struct BookingID: Identifier {
    /// As it stands on the wire.
    package let rawValue: String
    /// Wraps a text that is known to be one; checks nothing.
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// Outlook's id of an entry in a calendar (an immutable id); case-sensitive.
package struct EventID: Identifier {
    /// As it stands on the wire.
    package let rawValue: String
    /// Wraps a text that is known to be one; checks nothing.
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// A link that Graph handed out to go on with a round (`@odata.nextLink`) or to begin the next (`@odata.deltaLink`).
/// Opaque: handed back as it came.
package struct DeltaToken: Identifier {
    /// As it stands on the wire.
    package let rawValue: String
    /// Wraps a text that is known to be one; checks nothing.
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// A stored credential: the tokens that one consent gave, shared by all connections made with it. Ours, random.
package struct CredentialID: Identifier {
    /// As it stands on the wire.
    package let rawValue: String
    /// Wraps a text that is known to be one; checks nothing.
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// Graph's id of a subscription to a mailbox's changes.
package struct SubscriptionID: Identifier {
    /// As it stands on the wire.
    package let rawValue: String
    /// Wraps a text that is known to be one; checks nothing.
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// What a mailbox is known by in the fleet: the lower-cased address of its owner; where Graph doesn't say it, the
/// credential that reads it.
package struct MailboxKey: Identifier {
    /// As it stands on the wire.
    package let rawValue: String
    /// Wraps a text that is known to be one; checks nothing.
    package init(rawValue: String) { self.rawValue = rawValue }
}
