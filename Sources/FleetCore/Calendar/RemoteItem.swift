package import Foundation

/// One item of a page that Graph sent, reduced to what the fleet needs. Bodies and attendees are dropped where the page
/// is read, so that 10,000 of these fit into memory and a private text goes no further than it must.
package enum RemoteItem: Sendable, Equatable {
    /// A single event or an exception: complete.
    case event(RemoteEvent)
    /// A series master: its occurrences take title, `showAs` and the like from it; never an event of its own.
    case master(RemoteEvent)
    /// An occurrence: id, series and times only; the rest is its master's.
    case occurrence(RemoteOccurrence)
    /// `@removed`. The id may never have been seen.
    case removed(EventID)
    /// An item that can't be read: set aside and counted, never a reason to stop a calendar.
    case malformed(id: EventID?, reason: String)

    /// The id that it is about; nil where an item that can't be read has none.
    package var id: EventID? {
        switch self {
        case .event(let event), .master(let event): event.id
        case .occurrence(let occurrence): occurrence.id
        case .removed(let id): id
        case .malformed(let id, _): id
        }
    }
}

/// What an occurrence carries on its own.
package struct RemoteOccurrence: Sendable, Equatable {
    /// Graph's id.
    package var id: EventID
    /// Its series' master.
    package var series: EventID
    /// As written.
    package var time: RemoteTime
    /// Set where Graph said so on the occurrence itself.
    package var isCancelled: Bool

    /// An occurrence as read.
    package init(id: EventID, series: EventID, time: RemoteTime, isCancelled: Bool = false) {
        self.id = id
        self.series = series
        self.time = time
        self.isCancelled = isCancelled
    }
}

/// Start and end as Graph wrote them.
package enum RemoteTime: Sendable, Equatable {
    case timed(start: Date, end: Date)
    /// Midnights without a zone; which instants they are depends on the mailbox.
    case allDay(start: CalendarDate, end: CalendarDate)
    /// An occurrence's bare midnights, of which only its master says whether they are all-day dates: both readings.
    case midnights(start: CalendarDate, end: CalendarDate, startUTC: Date, endUTC: Date)
}

/// A single event, an exception or a master, reduced.
package struct RemoteEvent: Sendable, Equatable {
    /// The mailbox owner's answer to the invitation.
    package enum Response: String, Sendable, Codable {
        case none, organizer, tentativelyAccepted, accepted, declined, notResponded
    }

    /// Graph's id.
    package var id: EventID
    /// The series' master; nil for singles and for masters themselves.
    package var series: EventID?
    /// An occurrence that was changed by itself.
    package var isException: Bool
    /// As written.
    package var time: RemoteTime
    /// Empty where Graph said null.
    package var title: String
    /// `location.displayName`; nil where empty.
    package var location: String?
    /// As Graph says; `unknown` for anything newer.
    package var showAs: ShowAs
    /// `sensitivity` is private or confidential.
    package var isPrivate: Bool
    /// Called off.
    package var isCancelled: Bool
    /// `none` where Graph said nothing.
    package var response: Response
    /// Graph's `lastModifiedDateTime`.
    package var lastModified: Date?
    /// Graph's `changeKey`, by which an own write is recognised.
    package var changeKey: String?
    /// Set by whoever created it, to make a repeated create harmless.
    package var transactionID: String?
    /// Original zone of the start, as named by Graph (Windows or IANA); a hint for the mailbox's zone.
    package var originalTimeZone: String?

    /// An event as read.
    package init(
        id: EventID, series: EventID? = nil, isException: Bool = false, time: RemoteTime, title: String = "",
        location: String? = nil, showAs: ShowAs = .busy, isPrivate: Bool = false, isCancelled: Bool = false,
        response: Response = .none, lastModified: Date? = nil, changeKey: String? = nil, transactionID: String? = nil,
        originalTimeZone: String? = nil
    ) {
        self.id = id
        self.series = series
        self.isException = isException
        self.time = time
        self.title = title
        self.location = location
        self.showAs = showAs
        self.isPrivate = isPrivate
        self.isCancelled = isCancelled
        self.response = response
        self.lastModified = lastModified
        self.changeKey = changeKey
        self.transactionID = transactionID
        self.originalTimeZone = originalTimeZone
    }
}
