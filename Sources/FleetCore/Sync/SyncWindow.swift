package import Foundation

// Two ranges of time. The window is what consumers see, and moves with the clock. The range is what a round of pages
// covers; it is frozen in the delta token, so a round asks for 30 days more than the window, and what lies beyond the
// window is kept privately until time brings it in. So a fresh full round is due monthly, not daily.

/// The part of a calendar that the mirror shows: from `past` before now to `future` after it.
package struct SyncWindow: Sendable, Equatable {
    /// First instant shown.
    package var start: Date
    /// First instant no longer shown.
    package var end: Date

    /// The window as it stands at a moment.
    package init(now: Date, settings: ConnectionSettings) {
        start = now.addingTimeInterval(-Double(settings.windowPastSeconds))
        end = now.addingTimeInterval(Double(settings.windowFutureSeconds))
    }

    /// Whether something from `start` to `end` reaches into the window. What only touches its edge doesn't; what has no
    /// length counts by its one instant.
    package func overlaps(start: Date, end: Date) -> Bool {
        start < self.end && (end > self.start || (start == end && start >= self.start))
    }

    /// Whether the event is shown.
    package func shows(_ event: CalendarEvent) -> Bool { overlaps(start: event.start, end: event.end) }
}

extension Connection {
    /// The window of its mirror as it was last moved over the events; nil where there is no mirror.
    package var mirroredWindow: SyncWindow? {
        guard settings.direction != .push, let rolled = windowRolledAt else { return nil }
        return SyncWindow(now: rolled, settings: settings)
    }
}

/// What a round of delta pages covers.
package struct RoundRange: Sendable, Equatable {
    private static let day = 86_400.0
    /// How far a round reaches beyond the window.
    private static let ahead = 30 * day

    /// `startDateTime` of the round.
    package var start: Date
    /// `endDateTime` of the round.
    package var end: Date

    /// A range as it is stored.
    package init(start: Date, end: Date) {
        self.start = start
        self.end = end
    }

    /// The range of a round that begins now, in whole days of UTC: the window, a day before it (all-day events float:
    /// Graph places them in UTC, we in the mailbox's zone) and 30 days after it.
    package static func planned(now: Date, settings: ConnectionSettings) -> RoundRange {
        let window = SyncWindow(now: now, settings: settings)
        let start = (window.start.timeIntervalSince1970 / day).rounded(.down) * day - day
        let end = (window.end.timeIntervalSince1970 / day).rounded(.up) * day + ahead
        return RoundRange(start: Date(timeIntervalSince1970: start), end: Date(timeIntervalSince1970: end))
    }

    /// Whether the window outgrows the range, so that only a fresh round shows all of it: because of time, or because a
    /// connect widened the window. `reserve` is how early, see ``reserve(of:)``.
    package func isOutgrown(now: Date, settings: ConnectionSettings, reserve: TimeInterval) -> Bool {
        let window = SyncWindow(now: now, settings: settings)
        return window.start < start || window.end > end.addingTimeInterval(-reserve)
    }

    /// How long before the range ends a connection asks for a fresh one: 2 to 10 days, always the same for the same
    /// connection, so that connections made together aren't renewed together.
    package static func reserve(of connection: ConnectionID) -> TimeInterval {
        // FNV-1a, 32 bits: Swift's own hashes change with every process.
        var hash: UInt32 = 2_166_136_261
        for byte in connection.description.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return 2 * day + Double(hash % 691_200)
    }

    /// Whether something from `start` to `end` reaches into the range; touching counts, for a doubtful edge must not
    /// make something look deleted.
    func covers(start: Date, end: Date) -> Bool { start <= self.end && end >= self.start }
}
