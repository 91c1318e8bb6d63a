package import Foundation

/// An event read straight from the calendar, with what conflicts and own writes need and delta pages don't have.
package struct FreshEvent: Sendable, Equatable {
    /// What Graph says it is.
    package enum Kind: Sendable, Equatable { case single, occurrence, exception, master }

    /// Everything that a mirror would know of it; complete for occurrences, too.
    package var event: RemoteEvent
    /// What Graph says it is.
    package var kind: Kind
    /// For `If-Match`.
    package var etag: String?
    /// When it was made. Nil in reads of a range: Graph doesn't give it there together with a selection; ask for the
    /// one event.
    package var createdAt: Date?
    /// Our mark, or a copy of it; nil where there is none, and in the answers of writes, which don't show it.
    package var mark: EventMark?

    /// An event as read.
    package init(
        event: RemoteEvent, kind: Kind = .single, etag: String? = nil, createdAt: Date? = nil, mark: EventMark? = nil
    ) {
        self.event = event
        self.kind = kind
        self.etag = etag
        self.createdAt = createdAt
        self.mark = mark
    }

    /// What a round of pages would have of it.
    package var item: RemoteItem { kind == .master ? .master(event) : .event(event) }
}

/// What a range of a calendar holds at this moment.
package struct FreshRange: Sendable, Equatable {
    /// Single events, occurrences and exceptions that touch the range; no masters.
    package var events: [FreshEvent]
    /// Items that can't be read, and so can't be said to block.
    package var malformedCount: Int

    /// A range as read.
    package init(events: [FreshEvent], malformedCount: Int = 0) {
        self.events = events
        self.malformedCount = malformedCount
    }
}
