/// A mailbox: whose it is, its calendars, its settings, and what is wrong with it on purpose.
final class Mailbox {
    /// The user's id in the directory, a GUID.
    let id: String
    let directory: String
    /// The user principal name.
    var principalName: String
    /// The mail address.
    var address: String
    var displayName: String
    /// `user`, `room`, `shared` or `personal`.
    let kind: Kind
    /// The zone of the mailbox; empty if none was ever set.
    var timeZone: String
    var locale = "en-US"
    let ids: OutlookIDs
    var behaviour = Behaviour()
    private(set) var folders: [CalendarFolder] = []
    private var nextFolder = 1
    /// transactionId to item: never forgotten, as Exchange is not known to forget it.
    var transactions: [String: Int] = [:]
    /// Ids that replace the usual one.
    var customIDs: [String: Int] = [:]
    /// What was mailed from or to this mailbox.
    var mail: [MailRecord] = []

    enum Kind: String, Sendable {
        case user, room, shared, personal
    }

    /// What a test may make this mailbox do.
    struct Behaviour: Sendable {
        /// Every call answers 404 MailboxNotEnabledForRESTAPI.
        var isRestDisabled = false
        /// An application access policy keeps apps out: 403, "Access to OData is disabled."
        var isClosedToApps = false
        /// getSchedule isn't supported (personal accounts).
        var hasSchedule = true
        /// IANA names are refused in bodies.
        var refusesIANA = false
        /// How a change of a series shows in a delta round.
        var seriesDelta = SeriesDelta.resend
        /// Where masters are in a delta round.
        var masters = Masters.withSeries
        /// POST /subscriptions is refused with this.
        var subscriptionRefusal: SubscriptionRefusal?
    }

    /// How a changed series shows in an incremental delta round.
    enum SeriesDelta: String, Sendable {
        /// The master and the occurrences that are left, without a word about those that went: what was observed.
        case resend
        /// As `resend`, and the occurrences that went as `@removed`.
        case removed
        /// The master alone.
        case masterOnly
    }

    /// Where the masters of series are in a delta round.
    enum Masters: String, Sendable {
        /// On the page of their occurrences.
        case withSeries
        /// At the end of the round.
        case last
        /// Nowhere.
        case absent
    }

    /// Why a subscription is refused.
    enum SubscriptionRefusal: String, Sendable {
        case extensionError, backendUnknown, quota
    }

    init(
        id: String, directory: String, principalName: String, address: String, displayName: String, kind: Kind,
        timeZone: String, seed: UInt64
    ) {
        self.id = id
        self.directory = directory
        self.principalName = principalName
        self.address = address
        self.displayName = displayName
        self.kind = kind
        self.timeZone = timeZone
        ids = OutlookIDs(mailboxID: id, seed: seed)
        if kind == .personal { behaviour.hasSchedule = false }
    }

    /// The zone in which the mailbox's days are meant; UTC if it has none.
    var zone: Zone { Zone.named(timeZone) ?? .utc }

    var person: Person { Person(name: displayName, address: address) }

    func addFolder(name: String, change: Int) -> CalendarFolder {
        let folder = CalendarFolder(number: nextFolder, name: name, change: change)
        nextFolder += 1
        folders.append(folder)
        return folder
    }

    func removeFolder(_ folder: CalendarFolder) { folders.removeAll { $0.number == folder.number } }

    func folder(number: Int) -> CalendarFolder? { folders.first { $0.number == number } }

    /// The calendar that `/calendar` stands for.
    var defaultFolder: CalendarFolder? { folders.first { $0.isDefault } }
}

/// A message that an event sent out. Nobody reads it; tests count them.
struct MailRecord: Sendable {
    let at: Instant
    /// `invitation`, `update`, `cancellation` or `response`.
    let kind: String
    let subject: String?
    let recipients: [String]

    var json: JSON {
        ["at": .string(at.iso), "kind": .string(kind), "subject": JSON(subject), "recipients": JSON(recipients)]
    }
}
