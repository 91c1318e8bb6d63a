/// What lies under `/me` and `/users/{id}`.
struct MailboxRoutes {
    let router: GraphRouter
    let mailbox: Mailbox

    private var method: String { router.call.method }

    func answer(rest: [String]) throws(GraphFailure) -> Answer {
        let tail = Array(rest.dropFirst())
        switch rest.first?.lowercased() {
        case nil: return try user()
        case "calendar": return try calendar(try router.defaultView(of: mailbox), rest: tail)
        case "calendarview", "events":
            return try calendar(try router.defaultView(of: mailbox), rest: rest, isWholeMailbox: true)
        case "calendars":
            guard let id = tail.first else { return try CalendarRoutes(router: router, mailbox: mailbox).collection() }
            return try calendar(try folder(id), rest: Array(tail.dropFirst()))
        case "calendargroups": return try group(rest: tail)
        case "mailboxsettings", "outlook", "translateexchangeids":
            return try SettingsRoutes(router: router, mailbox: mailbox).answer(rest: rest)
        case "findmeetingtimes":
            throw GraphFailure(501, "NotImplemented", "This operation target is not yet supported.")
        default: throw .unknownSegment(rest[0])
        }
    }

    private func user() throws(GraphFailure) -> Answer {
        guard method == "GET" else { throw .methodNotAllowed }
        let value: JSON = [
            "id": .string(mailbox.id), "displayName": .string(mailbox.displayName), "mail": .string(mailbox.address),
            "userPrincipalName": .string(mailbox.principalName),
        ]
        return router.entity(value, context: "users/$entity")
    }

    /// The calendar of an id in this mailbox.
    private func folder(_ id: String) throws(GraphFailure) -> CalendarView {
        try router.authorize(mailbox, write: false)
        let reference = try mailbox.ids.reference(id)
        guard reference.kind == .calendar, let folder = mailbox.folder(number: reference.folder) else {
            throw .itemNotFound
        }
        return try router.view(folder, of: mailbox)
    }

    private func group(rest: [String]) throws(GraphFailure) -> Answer {
        let routes = CalendarRoutes(router: router, mailbox: mailbox)
        guard let id = rest.first else { return try routes.groups() }
        let reference = try mailbox.ids.reference(id)
        guard reference.kind == .group, rest.count > 1, rest[1].lowercased() == "calendars" else { throw .itemNotFound }
        guard rest.count > 2 else { return try routes.collection() }
        return try calendar(try folder(rest[2]), rest: Array(rest.dropFirst(3)))
    }

    /// What lies under a calendar.
    private func calendar(_ view: CalendarView, rest: [String], isWholeMailbox: Bool = false) throws(GraphFailure)
        -> Answer
    {
        try router.authorize(view.mailbox, write: !["GET", "HEAD"].contains(method) && rest.first != "getSchedule")
        let events = EventRoutes(router: router, view: view)
        switch rest.first?.lowercased() {
        case nil: return try CalendarRoutes(router: router, mailbox: mailbox).single(view)
        case "events":
            guard rest.count > 1 else { return try events.collection() }
            if rest[1].lowercased() == "delta" {
                throw GraphFailure(501, "NotImplemented", "This operation target is not yet supported.")
            }
            return try event(rest[1], rest: Array(rest.dropFirst(2)), view: view, isWholeMailbox: isWholeMailbox)
        case "calendarview":
            guard method == "GET" else { throw .methodNotAllowed }
            if rest.count == 1 { return try events.calendarView() }
            guard rest.count == 2, rest[1].lowercased() == "delta" else { throw .unknownSegment(rest[1]) }
            return try DeltaRoutes(router: router, view: view).answer()
        case "getschedule":
            return try ScheduleRoutes(router: router, mailbox: mailbox).answer()
        default: throw .unknownSegment(rest[0])
        }
    }

    private func event(_ id: String, rest: [String], view: CalendarView, isWholeMailbox: Bool) throws(GraphFailure)
        -> Answer
    {
        let target = try EventTarget.find(id, in: view, router: router, isWholeMailbox: isWholeMailbox)
        let routes = EventRoutes(router: router, view: target.view)
        switch rest.first?.lowercased() {
        case nil: return try routes.single(target)
        case "instances": return try routes.instances(target)
        case "cancel": return try MeetingRoutes(router: router, target: target).cancel()
        case "accept": return try MeetingRoutes(router: router, target: target).respond("accepted")
        case "decline": return try MeetingRoutes(router: router, target: target).respond("declined")
        case "tentativelyaccept":
            return try MeetingRoutes(router: router, target: target).respond("tentativelyAccepted")
        case "calendar":
            return try CalendarRoutes(router: router, mailbox: mailbox).single(target.view)
        case "permanentdelete":
            guard method == "POST" else { throw .methodNotAllowed }
            try routes.delete(target)
            return Answer(204)
        default: throw .unknownSegment(rest[0])
        }
    }
}

/// An event that a path names.
struct EventTarget {
    let view: CalendarView
    let item: EventItem
    /// Set if the path names an occurrence.
    let occurrence: Occurrence?

    var content: EventContent { occurrence?.content ?? item.content }

    /// Finds the event of an id: in one calendar, or, under `/me/events`, in any of the mailbox.
    ///
    /// - Throws: ErrorInvalidIdMalformed for what is no event id of this mailbox, ErrorItemNotFound for what isn't
    ///   there, an id from before a move included.
    static func find(_ id: String, in view: CalendarView, router: GraphRouter, isWholeMailbox: Bool)
        throws(GraphFailure) -> EventTarget
    {
        let mailbox = view.mailbox
        let reference: OutlookReference
        if let number = mailbox.customIDs[id] {
            reference = OutlookReference(kind: .event, folder: 0, item: number, isImmutable: true)
        } else {
            reference = try mailbox.ids.reference(id)
        }
        guard reference.kind == .event || reference.kind == .occurrence else { throw .malformedID }
        let folders = isWholeMailbox ? mailbox.folders : [view.folder]
        for folder in folders where reference.isImmutable || folder.number == reference.folder {
            let candidate = folder.number == view.folder.number ? view : try? router.view(folder, of: mailbox)
            guard let candidate, let item = candidate.store.items[reference.item] else { continue }
            guard let day = reference.day else { return EventTarget(view: candidate, item: item, occurrence: nil) }
            guard let occurrence = item.occurrence(on: day) else { throw .itemNotFound }
            return EventTarget(view: candidate, item: item, occurrence: occurrence)
        }
        throw .itemNotFound
    }
}
