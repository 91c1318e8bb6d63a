package import Foundation

/// An event as consumers see it: in `outlook:events:*`, in changes and from the gateway. Fields that don't apply are
/// absent from its JSON, never null.
package struct CalendarEvent: Sendable, Equatable {
    package enum Status: String, Sendable, Codable { case confirmed, cancelled }
    package enum Kind: String, Sendable, Codable { case single, occurrence, exception }

    /// The dates of an all-day event as written; `end` is exclusive.
    package struct Days: Sendable, Equatable {
        package var start: CalendarDate
        package var end: CalendarDate
        package init(start: CalendarDate, end: CalendarDate) {
            self.start = start
            self.end = end
        }
    }

    package var id: EventID
    /// For an all-day event: midnight of the mailbox's zone that begins `allDay.start`.
    package var start: Date
    package var end: Date
    package var title: String
    /// nil for timed events.
    package var allDay: Days?
    package var status: Status
    package var showAs: ShowAs
    /// Whether the event makes the resource unavailable.
    package var blocks: Bool
    package var kind: Kind
    package var series: EventID?
    package var booking: BookingID?
    package var location: String?
    package var isPrivate: Bool
    package var lastModified: Date?

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
