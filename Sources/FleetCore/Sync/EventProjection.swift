import Foundation

/// How an item of Graph becomes an event of ours: masked, cut, placed in the mailbox's zone, and judged whether it
/// blocks.
struct EventProjection {
    let settings: ConnectionSettings
    let zone: MailboxZone

    /// What a private event's title reads.
    static let maskedTitle = "Private"

    enum Outcome {
        case event(CalendarEvent, EventDetails)
        /// Can't be shown; the reason completes "... were set aside:".
        case setAside(String)
    }

    func project(_ remote: RemoteEvent, booking: BookingID?) -> Outcome {
        guard let span = span(of: remote.time, isAllDay: nil) else { return .setAside("it ends before it starts") }
        let details = EventDetails(
            isDeclined: remote.response == .declined, modifiedMilliseconds: remote.lastModified?.milliseconds)
        let event = CalendarEvent(
            id: remote.id, start: span.start, end: span.end, title: title(remote.title, isPrivate: remote.isPrivate),
            allDay: span.days, status: remote.isCancelled ? .cancelled : .confirmed, showAs: remote.showAs,
            kind: remote.isException ? .exception : .single, series: remote.series, booking: booking,
            location: location(remote.location, isPrivate: remote.isPrivate), isPrivate: remote.isPrivate,
            lastModified: remote.lastModified?.wholeSeconds)
        return .event(judged(event, details), details)
    }

    /// An occurrence is a skeleton; the rest is its master's. Without a master it keeps what was known of it, or else
    /// blocks without a title: better a slot too many than a double booking.
    func project(
        _ remote: RemoteOccurrence, master: MasterFacts?, known: MirrorState.Known?, booking: BookingID?
    ) -> Outcome {
        guard let span = span(of: remote.time, isAllDay: master?.isAllDay ?? (known?.event.allDay != nil)) else {
            return .setAside("it ends before it starts")
        }
        var event = CalendarEvent(
            id: remote.id, start: span.start, end: span.end, title: "", allDay: span.days, showAs: .unknown,
            kind: .occurrence, series: remote.series, booking: booking)
        var details = EventDetails()
        if let master {
            take(master, into: &event, &details)
        } else if let known {
            event.title = known.event.title
            event.location = known.event.location
            event.showAs = known.event.showAs
            event.isPrivate = known.event.isPrivate
            event.lastModified = known.event.lastModified
            event.status = known.event.status
            details = known.details
        }
        if remote.isCancelled { event.status = .cancelled }
        return .event(judged(event, details), details)
    }

    /// A stored event under today's settings and zone, which may have changed since it was stored. `master` is given
    /// when its series changed.
    func again(_ known: MirrorState.Known, master: MasterFacts?) -> (CalendarEvent, EventDetails) {
        var (event, details) = (known.event, known.details)
        if let days = event.allDay {
            event.start = zone.midnight(of: days.start)
            event.end = zone.midnight(of: days.end)
        }
        if let master, event.kind == .occurrence { take(master, into: &event, &details) }
        event.title = title(event.title, isPrivate: event.isPrivate)
        event.location = location(event.location, isPrivate: event.isPrivate)
        return (judged(event, details), details)
    }

    func facts(of master: RemoteEvent) -> MasterFacts {
        let isAllDay = if case .allDay = master.time { true } else { false }
        return MasterFacts(
            title: title(master.title, isPrivate: master.isPrivate),
            location: location(master.location, isPrivate: master.isPrivate), showAs: master.showAs,
            isPrivate: master.isPrivate, isCancelled: master.isCancelled, isDeclined: master.response == .declined,
            isAllDay: isAllDay, modifiedMilliseconds: master.lastModified?.milliseconds, changeKey: master.changeKey)
    }

    private func take(_ master: MasterFacts, into event: inout CalendarEvent, _ details: inout EventDetails) {
        event.title = master.title
        event.location = master.location
        event.showAs = master.showAs
        event.isPrivate = master.isPrivate
        event.status = master.isCancelled ? .cancelled : .confirmed
        event.lastModified = master.modifiedMilliseconds.map { Date(milliseconds: $0).wholeSeconds }
        details.isDeclined = master.isDeclined
    }

    /// The contract's rule: what is called off, declined, free or done elsewhere doesn't block; in doubt it does.
    private func judged(_ event: CalendarEvent, _ details: EventDetails) -> CalendarEvent {
        var event = event
        if event.status == .cancelled || details.isDeclined {
            event.blocks = false
        } else {
            event.blocks =
                switch event.showAs {
                case .free, .workingElsewhere: false
                case .tentative: settings.tentativeBlocks
                case .busy, .oof, .unknown: true
                }
        }
        return event
    }

    private func title(_ title: String, isPrivate: Bool) -> String {
        isPrivate && !settings.privateTitles ? Self.maskedTitle : Clip.text(title)
    }

    private func location(_ location: String?, isPrivate: Bool) -> String? {
        guard !isPrivate, let location, !location.isEmpty else { return nil }
        return Clip.text(location)
    }

    private struct Span {
        var start: Date
        var end: Date
        var days: CalendarEvent.Days?
    }

    /// nil when it ends before it starts. `isAllDay` decides about bare midnights.
    private func span(of time: RemoteTime, isAllDay: Bool?) -> Span? {
        switch time {
        case .timed(let start, let end): return timed(start, end)
        case .allDay(let start, let end): return allDay(start, end)
        case .midnights(let start, let end, let startUTC, let endUTC):
            return isAllDay == true ? allDay(start, end) : timed(startUTC, endUTC)
        }
    }

    private func timed(_ start: Date, _ end: Date) -> Span? {
        start <= end ? Span(start: start.wholeSeconds, end: end.wholeSeconds) : nil
    }

    private func allDay(_ start: CalendarDate, _ end: CalendarDate) -> Span? {
        guard start <= end else { return nil }
        return Span(
            start: zone.midnight(of: start), end: zone.midnight(of: end),
            days: CalendarEvent.Days(start: start, end: end))
    }
}

extension CalendarEvent {
    /// How consumers see an event that was read complete, a booking's or anybody's; nil if its times make no sense.
    package init?(
        _ remote: RemoteEvent, booking: BookingID?, settings: ConnectionSettings, zone: MailboxZone
    ) {
        let projection = EventProjection(settings: settings, zone: zone)
        guard case .event(let event, _) = projection.project(remote, booking: booking) else { return nil }
        self = event
    }
}

extension Date {
    /// Milliseconds since 1970, rounded down.
    var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded(.down)) }

    /// The reverse.
    init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }

    /// Without its fraction: what the stored JSON keeps, so that an event read back equals the one that was written.
    var wholeSeconds: Date { Date(timeIntervalSince1970: timeIntervalSince1970.rounded(.down)) }
}
