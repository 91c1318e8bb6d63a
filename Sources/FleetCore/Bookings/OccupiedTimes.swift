package import Foundation

/// From an instant to another one.
package struct TimeSpan: Sendable, Equatable {
    /// First instant.
    package var start: Date
    /// First instant no longer in it.
    package var end: Date

    /// A span as given.
    package init(start: Date, end: Date) {
        self.start = start
        self.end = end
    }

    /// What a booking takes up in a mailbox's zone.
    package init(_ time: BookingRequest.Time, zone: MailboxZone) {
        switch time {
        case .timed(let start, let end): self.init(start: start, end: end)
        case .allDay(let start, let end): self.init(start: zone.midnight(of: start), end: zone.midnight(of: end))
        }
    }

    /// What an event of the calendar takes up there.
    package init(_ time: RemoteTime, zone: MailboxZone) { self.init(time.bookingTime, zone: zone) }

    /// With the free time that a booking needs around it: buffers widen the booking, not the events beside it.
    package func widened(_ settings: ConnectionSettings) -> TimeSpan {
        TimeSpan(
            start: start.addingTimeInterval(-Double(settings.bufferBeforeSeconds)),
            end: end.addingTimeInterval(Double(settings.bufferAfterSeconds)))
    }

    /// What only touches doesn't overlap; something without length does where it lies inside.
    package func overlaps(_ other: TimeSpan) -> Bool { start < other.end && other.start < end }

    /// Both, and what lies between.
    package func union(_ other: TimeSpan) -> TimeSpan {
        TimeSpan(start: min(start, other.start), end: max(end, other.end))
    }
}

/// Something that makes a resource unavailable.
package enum Obstacle: Hashable, Sendable {
    /// An event that is in the calendar.
    case event(EventID)
    /// A booking of the same job whose event doesn't exist yet.
    case booking(BookingID)
}

/// What a calendar holds at a moment, as far as it was read, and what a job's earlier bookings make of it.
package struct OccupiedTimes: Sendable {
    private struct Entry {
        var span: TimeSpan
        var blocks: Bool
        /// Of an occurrence: its master.
        var series: EventID?
    }

    private var entries: [Obstacle: Entry] = [:]
    /// Masters of the occurrences among them.
    private var series: Set<EventID> = []

    /// The events of some fresh reads; those that make no sense don't block.
    package init(_ events: [FreshEvent], settings: ConnectionSettings, zone: MailboxZone) {
        let projection = EventProjection(settings: settings, zone: zone)
        for fresh in events where fresh.kind != .master {
            guard case .event(let event, _) = projection.project(fresh.event, booking: nil) else { continue }
            entries[.event(event.id)] = Entry(
                span: TimeSpan(start: event.start, end: event.end), blocks: event.blocks, series: event.series)
            if let master = event.series { series.insert(master) }
        }
    }

    /// What is in the way of a span, in no order. `own` are events that aren't in their own way, nor are occurrences of
    /// theirs.
    package func obstacles(to span: TimeSpan, besides own: Set<EventID>) -> Set<Obstacle> {
        var found: Set<Obstacle> = []
        for (obstacle, entry) in entries where entry.blocks && entry.span.overlaps(span) {
            if !isAny(of: own, obstacle, entry) { found.insert(obstacle) }
        }
        return found
    }

    private func isAny(of events: Set<EventID>, _ obstacle: Obstacle, _ entry: Entry) -> Bool {
        if case .event(let id) = obstacle, events.contains(id) { return true }
        return entry.series.map { events.contains($0) } ?? false
    }

    /// Puts something in its place, or in another one.
    package mutating func put(_ obstacle: Obstacle, at span: TimeSpan, blocks: Bool) {
        entries[obstacle] = Entry(span: span, blocks: blocks)
    }

    /// Takes an event away, and the occurrences of a series with it.
    package mutating func remove(_ event: EventID) {
        entries[.event(event)] = nil
        if series.contains(event) { entries = entries.filter { $0.value.series != event } }
    }
}

extension ShowAs {
    /// The contract's rule for events that are neither cancelled nor declined; in doubt it blocks.
    package func blocks(_ settings: ConnectionSettings) -> Bool {
        switch self {
        case .free, .workingElsewhere: false
        case .tentative: settings.tentativeBlocks
        case .busy, .oof, .unknown: true
        }
    }
}
