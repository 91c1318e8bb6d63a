package import Foundation

/// What is stored of a connection: the mapping of a resource to a calendar, and where its synchronisation stands. No
/// token is in it; those lie sealed under `credential`.
package struct Connection: Sendable, Equatable {
    /// Whether it works.
    package enum State: String, Sendable, Codable {
        /// Connected; syncs run.
        case active
        /// The consent is dead: no call until a new connect.
        case reconnectRequired = "reconnect_required"
    }

    /// Tenant and resource.
    package var id: ConnectionID
    /// Grows with each connect; private keys of an older generation are rubbish.
    package var generation: Int
    /// Whether syncs run.
    package var state: State
    /// What the connect asked for: `primary` or an id.
    package var requestedCalendar: CalendarID
    /// The real id.
    package var calendar: CalendarID
    /// As its owner named it.
    package var calendarName: String
    /// Lower-cased address of the calendar's owner; empty when Graph said none.
    package var owner: String
    /// Lower-cased address of the owner of the mailbox's default calendar: the one identity of the mailbox at the URL
    /// that is called, by whatever alias or id that was named. Empty where it isn't known. With a shared calendar under
    /// `/me` it differs from `owner`.
    package var mailboxOwner = ""
    /// False: read-only, no booking can be pushed.
    package var canEdit: Bool
    /// As the connect named it; nil: the mailbox of the token.
    package var mailbox: MailboxID?
    /// Under which the sealed tokens lie.
    package var credential: CredentialID
    /// As of the last connect.
    package var settings: ConnectionSettings
    /// IANA name of the mailbox's zone, in which all-day events are days.
    package var timeZone: String
    /// Where the next incremental round begins; nil: a full round is due.
    package var deltaToken: DeltaToken?
    /// The range of the round that `deltaToken` belongs to.
    package var roundStart: Date?
    /// See `roundStart`.
    package var roundEnd: Date?
    /// When a sync last succeeded.
    package var lastSyncAt: Date?
    /// When the next periodic sync is due; nil for `manual`.
    package var nextSyncAt: Date?
    /// Why the last sync failed; nil after a success.
    package var lastError: JobError?
    /// When the mirror's window was last moved over the stored events.
    package var windowRolledAt: Date?
    /// Whether the calendar may hold events of bookings of which nothing is stored: of an earlier life of the
    /// connection, or of records that were forgotten. Then a booking that is new is first looked for by its mark: one
    /// call more.
    package var hasEarlierEvents = false
    /// Whether bookings may have events in other calendars of the mailbox, to which the connection was mapped before.
    package var hasFormerEvents = false
    /// When records of bookings that nobody needs any more were last looked for.
    package var recordsTidiedAt: Date?

    /// A fresh connection, never synced.
    package init(
        id: ConnectionID, generation: Int, state: State = .active, requestedCalendar: CalendarID, calendar: CalendarID,
        calendarName: String, owner: String, canEdit: Bool, mailbox: MailboxID?, credential: CredentialID,
        settings: ConnectionSettings, timeZone: String
    ) {
        self.id = id
        self.generation = generation
        self.state = state
        self.requestedCalendar = requestedCalendar
        self.calendar = calendar
        self.calendarName = calendarName
        self.owner = owner
        self.canEdit = canEdit
        self.mailbox = mailbox
        self.credential = credential
        self.settings = settings
        self.timeZone = timeZone
    }
}
