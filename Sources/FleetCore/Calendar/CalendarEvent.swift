package import Foundation

/// An event as consumers see it: in `outlook:events:*`, in changes and from the gateway. Fields that don't apply are
/// absent from its JSON, never null.
package struct CalendarEvent: Sendable, Equatable {
    /// Whether it takes place.
    package enum Status: String, Sendable, Codable { case confirmed, cancelled }
    /// How it stands to a series.
    package enum Kind: String, Sendable, Codable { case single, occurrence, exception }

    /// The dates of an all-day event as written; `end` is exclusive.
    package struct Days: Sendable, Equatable {
        /// First day.
        package var start: CalendarDate
        /// The day after the last one.
        package var end: CalendarDate
        /// From the first day to the day before `end`.
        package init(start: CalendarDate, end: CalendarDate) {
            self.start = start
            self.end = end
        }
    }

    /// Outlook's id.
    package var id: EventID
    /// For an all-day event: midnight of the mailbox's zone that begins `allDay.start`.
    package var start: Date
    /// For an all-day event: the midnight that begins `allDay.end`.
    package var end: Date
    /// Cut at 1 KiB; `Private` where that is to be hidden; empty where there is none.
    package var title: String
    /// nil for timed events.
    package var allDay: Days?
    /// Called off or not.
    package var status: Status
    /// As Outlook shows it.
    package var showAs: ShowAs
    /// Whether the event makes the resource unavailable.
    package var blocks: Bool
    /// `type` on the wire.
    package var kind: Kind
    /// The series' master; nil for singles.
    package var series: EventID?
    /// The booking of ours that it was made for.
    package var booking: BookingID?
    /// Cut at 1 KiB; nil where there is none, and for private events.
    package var location: String?
    /// Sensitivity private or confidential.
    package var isPrivate: Bool
    /// When somebody last changed it, as Graph says.
    package var lastModified: Date?

    /// An event as given; nothing is checked or derived.
    package init(
        id: EventID, start: Date, end: Date, title: String, allDay: Days? = nil, status: Status = .confirmed,
        showAs: ShowAs = .busy, blocks: Bool = true, kind: Kind = .single, series: EventID? = nil,
        booking: BookingID? = nil, location: String? = nil, isPrivate: Bool = false, lastModified: Date? = nil
    ) {
        self.id = id
        self.start = start
        self.end = end
        self.title = title
        self.allDay = allDay
        self.status = status
        self.showAs = showAs
        self.blocks = blocks
        self.kind = kind
        self.series = series
        self.booking = booking
        self.location = location
        self.isPrivate = isPrivate
        self.lastModified = lastModified
    }
}
