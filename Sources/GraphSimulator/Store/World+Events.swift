// What happens to events, whoever does it: an app through Graph, or a person through a control request.

extension World {
    /// Creates an event in a calendar and invites whom it names.
    func createEvent(in view: CalendarView, input: EventInput) throws(GraphFailure) -> EventItem {
        var content = blankContent(of: view.owner)
        _ = try input.apply(to: &content)
        content.modified = content.created.adding(seconds: 0.35)
        if !content.attendees.isEmpty, content.organizer == view.owner.person { content.isOrganizer = true }
        let item = insertEvent(content, in: view.owner, folder: view.store)
        if content.isOrganizer { Meetings(world: self).invite(to: item, from: view.owner) }
        return item
    }

    /// Puts an event with a new number into a calendar, without more ado.
    func insertEvent(_ content: EventContent, in mailbox: Mailbox, folder: CalendarFolder) -> EventItem {
        let item = EventItem(number: nextItemNumber(), content: content)
        folder.insert(item)
        if let transaction = content.transactionID { mailbox.transactions[transaction] = item.number }
        subscriptions.changed(.created, item: item, mailbox: mailbox, folder: folder, world: self)
        return item
    }

    /// An event of now, half an hour long, with everything else at its default.
    func blankContent(of owner: Mailbox) -> EventContent {
        let now = self.now
        let zone = Zone.utc
        let start = EventTime(wall: zone.wall(at: now), zone: zone)
        let end = EventTime(wall: zone.wall(at: now.adding(seconds: 1800)), zone: zone)
        return EventContent(
            created: now, modified: now, change: nextChange(), uid: MeetingUID.make(&random), subject: "", start: start,
            end: end, originalStartZone: "UTC", originalEndZone: "UTC", organizer: owner.person)
    }

    /// Changes a single event, a whole series or one occurrence, which so becomes an exception.
    func updateEvent(_ target: EventTarget, input: EventInput) throws(GraphFailure) {
        let item = target.item
        var content = target.content
        let before = content
        let names = try input.apply(to: &content)
        touch(&content)
        if let occurrence = target.occurrence {
            if !input.isLenient { try checkNeighbours(of: occurrence, item: item, moved: content) }
            let overridden = names.union(item.exceptions[occurrence.day]?.overridden ?? [])
            change(item, in: target.view) { item in
                item.exceptions[occurrence.day] = SeriesException(content: content, overridden: overridden)
                item.content.change = content.change
                item.content.modified = content.modified
            }
        } else {
            change(item, in: target.view) { item in
                if item.isSeries { self.carry(content, names: names, into: item) }
                item.content = content
            }
        }
        Meetings(world: self).announceUpdate(of: item, before: before, names: names, from: target.view.owner)
    }

    /// Deletes a single event, a series or one occurrence; the organizer's attendees are told.
    func deleteEvent(_ target: EventTarget) {
        Meetings(world: self).announceCancellation(of: target)
        if let occurrence = target.occurrence {
            deleteOccurrence(occurrence.day, of: target.item, in: target.view)
        } else {
            removeEvent(target.item, from: target.view, reason: .deleted)
        }
    }

    func deleteOccurrence(_ day: Day, of item: EventItem, in view: CalendarView) {
        change(item, in: view) { item in
            item.exceptions[day] = nil
            item.deletedDays.insert(day)
            touch(&item.content)
        }
    }

    func removeEvent(_ item: EventItem, from view: CalendarView, reason: RemovalReason) {
        view.store.remove(item, reason: reason)
        subscriptions.changed(.deleted, item: item, mailbox: view.owner, folder: view.store, world: self)
    }

    /// Moves an event to another calendar of the same mailbox: its regular id changes, its immutable id doesn't.
    func moveEvent(_ item: EventItem, from source: CalendarView, to folder: CalendarFolder) {
        removeEvent(item, from: source, reason: .changed)
        touch(&item.content)
        folder.insert(item)
        subscriptions.changed(.created, item: item, mailbox: source.owner, folder: folder, world: self)
    }

    /// A new change key and time of change.
    func touch(_ content: inout EventContent) {
        content.change = nextChange()
        content.modified = max(now, Instant(ticks: content.modified.ticks + 1))
    }

    /// Changes an item in place, with all that follows from a change.
    func change(_ item: EventItem, in view: CalendarView, _ body: (EventItem) -> Void) {
        let horizon = view.owner.behaviour.seriesDelta == .removed && item.isSeries ? lossHorizon : nil
        view.store.change(item, horizon: horizon, body)
        subscriptions.changed(.updated, item: item, mailbox: view.owner, folder: view.store, world: self)
    }

    /// The time in which occurrences that vanish are noted one by one: a series may have no end.
    private var lossHorizon: Window {
        Window(from: now.adding(seconds: -2 * 365 * 86_400), to: now.adding(seconds: 3 * 365 * 86_400))
    }

    /// What a change of a series does to its exceptions: a new rule or time drops them, as Exchange does; anything
    /// else reaches those that didn't have their own.
    private func carry(_ content: EventContent, names: Set<String>, into item: EventItem) {
        if !names.isDisjoint(with: ["start", "end", "recurrence", "isAllDay"]),
            content.start != item.content.start || content.end != item.content.end
                || content.recurrence?.pattern != item.content.recurrence?.pattern
        {
            item.exceptions = [:]
            item.deletedDays = []
            return
        }
        for (day, exception) in item.exceptions {
            var merged = exception.content
            for name in names.subtracting(exception.overridden) { EventMembers.copy(name, from: content, to: &merged) }
            merged.change = content.change
            item.exceptions[day]?.content = merged
        }
    }

    /// An occurrence may not be moved onto or past its neighbours.
    private func checkNeighbours(of occurrence: Occurrence, item: EventItem, moved: EventContent) throws(GraphFailure) {
        guard moved.start != occurrence.content.start, let recurrence = item.content.recurrence else { return }
        let day = occurrence.day
        let around = recurrence.days(from: day + -800, through: day + 800).filter { !item.deletedDays.contains($0) }
        let previous = around.last { $0 < day }.flatMap { item.occurrence(on: $0) }
        let next = around.first { $0 > day }.flatMap { item.occurrence(on: $0) }
        let movedDay = moved.start.wall.day
        if let previous, movedDay <= previous.content.start.wall.day { throw Self.crossing }
        if let next, movedDay >= next.content.start.wall.day { throw Self.crossing }
    }

    private static let crossing = GraphFailure(
        400, "ErrorOccurrenceCrossingBoundary",
        "Modified occurrence is crossing or overlapping adjacent occurrence.")
}

/// Copies one named member of an event to another.
enum EventMembers {
    static func copy(_ name: String, from source: EventContent, to target: inout EventContent) {
        switch name {
        case "subject": target.subject = source.subject
        case "body": (target.bodyType, target.bodyContent) = (source.bodyType, source.bodyContent)
        case "location", "locations": target.locations = source.locations
        case "attendees": target.attendees = source.attendees
        case "categories": target.categories = source.categories
        case "importance": target.importance = source.importance
        case "sensitivity": target.sensitivity = source.sensitivity
        case "showAs": target.showAs = source.showAs
        case "isReminderOn": target.isReminderOn = source.isReminderOn
        case "reminderMinutesBeforeStart": target.reminderMinutes = source.reminderMinutes
        case "responseRequested": target.responseRequested = source.responseRequested
        case "isOnlineMeeting":
            target.isOnlineMeeting = source.isOnlineMeeting
            target.onlineMeetingProvider = source.onlineMeetingProvider
        default: break
        }
    }
}
