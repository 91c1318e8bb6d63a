/// An occurrence that differs from its series.
struct SeriesException: Sendable {
    var content: EventContent
    /// Names of the members that differ; changes of the series reach only the others.
    var overridden: Set<String>
}

/// One stored item of a calendar: a single event, or a series with its exceptions.
///
/// A class, so that a change touches it in place; it never leaves the world's lock.
final class EventItem {
    /// Unique over all mailboxes, and never used again.
    let number: Int
    var content: EventContent
    /// Occurrences that were changed, by the date on which the rule has them.
    var exceptions: [Day: SeriesException] = [:]
    /// Occurrences that were deleted.
    var deletedDays: Set<Day> = []
    /// An id in place of the usual one, for ids that clash but for their case.
    var customID: String?

    init(number: Int, content: EventContent) {
        self.number = number
        self.content = content
    }

    var isSeries: Bool { content.recurrence != nil }

    /// Whether it shows, or is, what Exchange would have refused.
    var isOdd: Bool {
        ([content] + exceptions.values.map(\.content)).contains { content in
            !content.raw.isEmpty || content.end.instant < content.start.instant
        }
    }
}

/// An occurrence or exception, found by expanding a series.
struct Occurrence {
    /// The date by the rule, in the series' zone: what makes its id.
    let day: Day
    let content: EventContent
    let isException: Bool
    /// When the rule has it.
    let originalStart: Instant

    var start: Instant { content.start.instant }
    var end: Instant { content.end.instant }
}

/// A stretch of time; the end doesn't belong to it.
struct Window: Hashable, Sendable {
    var from: Instant
    var to: Instant

    /// Whether something overlaps the window. An event without length counts at its moment; one that ends before it
    /// begins counts at its start.
    func overlaps(start: Instant, end: Instant) -> Bool {
        start < to && (end > from || (end <= start && start >= from))
    }
}

// MARK: - Expansion

extension EventItem {
    /// The occurrences and exceptions that overlap a window, in order of the dates of the rule.
    ///
    /// Exceptions that were moved into the window are in, those moved out of it are not.
    func occurrences(in window: Window) -> [Occurrence] {
        guard let recurrence = content.recurrence else { return [] }
        // The time zone can shift a moment by up to 14 hours against UTC, and an occurrence can last for days.
        let length = Int(content.wallLength / WallTime.ticksPerDay) + 2
        let first = WallTime(ticks: window.from.ticks).day + -length
        let last = WallTime(ticks: window.to.ticks).day + 2
        var result: [Occurrence] = []
        for day in recurrence.days(from: first, through: last)
        where exceptions[day] == nil && !deletedDays.contains(day) {
            let occurrence = regular(on: day)
            if window.overlaps(start: occurrence.start, end: occurrence.end) { result.append(occurrence) }
        }
        if !exceptions.isEmpty {
            for day in exceptions.keys {
                guard let occurrence = occurrence(on: day),
                    window.overlaps(start: occurrence.start, end: occurrence.end)
                else { continue }
                result.append(occurrence)
            }
            result.sort { $0.day < $1.day }
        }
        return result
    }

    /// The occurrence of a date; `nil` where the rule has none or it was deleted.
    func occurrence(on day: Day) -> Occurrence? {
        guard let recurrence = content.recurrence, !deletedDays.contains(day),
            !recurrence.days(from: day, through: day).isEmpty
        else { return nil }
        guard let exception = exceptions[day] else { return regular(on: day) }
        return Occurrence(
            day: day, content: exception.content, isException: true, originalStart: regular(on: day).start)
    }

    /// What the rule alone has on a date, which must be one of the rule's.
    func regular(on day: Day) -> Occurrence {
        let content = content.moved(to: WallTime(day: day, ticksOfDay: content.start.wall.ticksOfDay))
        return Occurrence(day: day, content: content, isException: false, originalStart: content.start.instant)
    }
}
