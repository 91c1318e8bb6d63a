/// Events of one calendar: lists, views, one event.
struct EventRoutes {
    let router: GraphRouter
    let view: CalendarView

    static let propertiesName = "singleValueExtendedProperties"
    /// A calendarView may span no more than this many days.
    private static let maximumDays = 1825

    private var world: World { router.world }
    private var call: HTTPCall { router.call }
    private var renderer: EventRenderer { EventRenderer(view: view, preferences: router.preferences) }
    private var context: String { "users('\(view.mailbox.id)')/calendar/events" }

    // MARK: Lists

    /// Single events and masters: no occurrences.
    func collection() throws(GraphFailure) -> Answer {
        switch call.method {
        case "GET":
            var items = view.store.all
            if let text = call.option("$filter") {
                let filter = try ODataFilter(text)
                items = items.filter { filter.mayMatch($0.content) }
            }
            let found = items
            return try ListPage(router: router, context: context, kind: .events)
                .answer(count: found.count, isByStart: false) { index in
                    withProperties(renderer.event(found[index]), found[index].content)
                }
        case "POST": return try create()
        default: throw .methodNotAllowed
        }
    }

    /// Single events, occurrences and exceptions that overlap a window, by start.
    func calendarView() throws(GraphFailure) -> Answer {
        let window = try self.window()
        if window.to.ticks - window.from.ticks > Int64(Self.maximumDays) * WallTime.ticksPerDay {
            throw .invalidRequest(
                "Your request can't be completed. The range between the start and end dates is greater than the "
                    + "allowed range. Maximum number of days: \(Self.maximumDays)")
        }
        let entries = Self.entries(of: view.store, in: window)
        return try ListPage(router: router, context: "users('\(view.mailbox.id)')/calendarView", kind: .calendarView)
            .answer(count: entries.count, isByStart: true) { index in
                let (item, occurrence) = entries[index]
                let value = occurrence.map { renderer.event($0, of: item) } ?? renderer.event(item)
                return withProperties(value, occurrence?.content ?? item.content)
            }
    }

    /// Occurrences and exceptions of one series.
    func instances(_ target: EventTarget) throws(GraphFailure) -> Answer {
        guard call.method == "GET" else { throw .methodNotAllowed }
        guard target.item.isSeries, target.occurrence == nil else {
            throw .invalidRequest("Your request can't be completed. The event is no series.")
        }
        let occurrences = target.item.occurrences(in: try window())
        return try ListPage(
            router: router, context: "users('\(view.mailbox.id)')/events('x')/instances", kind: .calendarView
        ).answer(count: occurrences.count, isByStart: false) { renderer.event(occurrences[$0], of: target.item) }
    }

    /// What a window shows, by start; ties by item, so that pages don't depend on chance.
    static func entries(of store: CalendarFolder, in window: Window) -> [(item: EventItem, occurrence: Occurrence?)] {
        var entries: [(item: EventItem, occurrence: Occurrence?)] = store.singles(in: window).map { ($0, nil) }
        let series = store.series
        guard !series.isEmpty else { return entries }
        for item in series { entries += item.occurrences(in: window).map { (item, $0) } }
        return entries.sorted { left, right in
            let start = { (entry: (item: EventItem, occurrence: Occurrence?)) in
                (entry.occurrence?.start ?? entry.item.content.start.instant).ticks
            }
            return (start(left), left.item.number) < (start(right), right.item.number)
        }
    }

    private func window() throws(GraphFailure) -> Window { try Self.window(call) }

    static func window(_ call: HTTPCall) throws(GraphFailure) -> Window {
        guard let from = call.option("startDateTime"), let to = call.option("endDateTime") else {
            throw GraphFailure(
                400, "ErrorInvalidParameter",
                "This request requires a time window specified by the query string parameters StartDateTime and "
                    + "EndDateTime.")
        }
        guard let start = Instant(iso: from), let end = Instant(iso: to) else {
            throw GraphFailure(
                400, "ErrorInvalidParameter",
                "The value '\(Instant(iso: from) == nil ? from : to)' of a parameter is not a valid date.")
        }
        guard start < end else {
            throw GraphFailure(400, "ErrorInvalidParameter", "The start of the time window must be before its end.")
        }
        return Window(from: start, to: end)
    }

    // MARK: One event

    func single(_ target: EventTarget) throws(GraphFailure) -> Answer {
        switch call.method {
        case "GET":
            return router.entity(try read(target), context: context + "/$entity")
        case "PATCH":
            return router.entity(try update(target), context: context + "/$entity")
        case "DELETE":
            try delete(target)
            return Answer(204)
        default: throw .methodNotAllowed
        }
    }

    private func read(_ target: EventTarget) throws(GraphFailure) -> JSON {
        let selection = Selection(call)
        try selection.check(known: EventInput.properties)
        var value = selection.cut(render(target))
        guard var object = value.object else { return value }
        let item = target.item
        if target.occurrence == nil, item.isSeries {
            if selection.names("cancelledOccurrences") {
                object["cancelledOccurrences"] = JSON(
                    item.deletedDays.sorted().map { renderer.occurrenceName(item, $0) })
            }
            if call.option("$expand")?.contains("exceptionOccurrences") ?? false {
                object["exceptionOccurrences"] = .array(
                    item.exceptions.keys.sorted().compactMap { item.occurrence(on: $0) }
                        .map { renderer.event($0, of: item) })
            }
        }
        if let expand = call.option("$expand"), expand.hasPrefix(Self.propertiesName) {
            object[Self.propertiesName] = try expanded(expand, target.content)
        }
        value = .object(object)
        return value
    }

    private func expanded(_ expand: String, _ content: EventContent) throws(GraphFailure) -> JSON {
        try Self.expanded(expand, Self.propertyList(content))
    }

    /// `singleValueExtendedProperties($filter=id eq '...' or id eq '...')`; without a filter Graph gives none.
    static func expanded(_ expand: String, _ properties: [JSON]) throws(GraphFailure) -> JSON {
        guard let open = expand.firstRange(of: "($filter="), expand.last == ")" else { return [] }
        let filter = try ODataFilter(String(expand[open.upperBound...].dropLast()))
        var values: [JSON] = []
        for value in properties where try filter.matches(value) { values.append(value) }
        return .array(values)
    }

    static func propertyList(_ content: EventContent) -> [JSON] {
        content.properties.keys.sorted().map { ["id": .string($0), "value": JSON(content.properties[$0])] }
    }

    /// The event with its extended properties, for filters.
    private func withProperties(_ value: JSON, _ content: EventContent) -> JSON {
        guard !content.properties.isEmpty, var object = value.object else { return value }
        object[Self.propertiesName] = .array(Self.propertyList(content))
        return .object(object)
    }

    private func render(_ target: EventTarget) -> JSON {
        target.occurrence.map { renderer.event($0, of: target.item) } ?? renderer.event(target.item)
    }

    // MARK: Writing

    private func requireWrite() throws(GraphFailure) {
        guard view.canWrite else { throw .accessDenied }
    }

    private func create() throws(GraphFailure) -> Answer {
        try requireWrite()
        let body = try router.body()
        if let id = try body.string("transactionId"), let number = view.owner.transactions[id] {
            return try duplicate(number)
        }
        let input = EventInput(
            reader: body, isNew: true, isLenient: false, refusesIANA: view.owner.behaviour.refusesIANA)
        let item = try world.createEvent(in: view, input: input)
        let location =
            "\(router.root)/users('\(view.mailbox.id)')/events('\(FormCoding.encode(renderer.id(of: item)))')"
        return router.entity(
            renderer.event(item), status: 201, context: context + "/$entity", headers: [("Location", location)])
    }

    private func duplicate(_ number: Int) throws(GraphFailure) -> Answer {
        let existing = view.owner.folders.lazy.compactMap { $0.items[number] }.first
        if world.duplicateTransaction == .existing, let existing {
            return router.entity(renderer.event(existing), status: 201, context: context + "/$entity")
        }
        var failure = GraphFailure(
            world.duplicateTransaction == .conflict ? 409 : 400, "ErrorDuplicateTransactionId",
            "Your request can't be completed. The TransactionId value in the request has already been used to create "
                + "a different event.")
        if let existing { failure.extra = [("@event.existingEventId", .string(renderer.id(of: existing)))] }
        throw failure
    }

    private func update(_ target: EventTarget) throws(GraphFailure) -> JSON {
        try requireWrite()
        try checkMatch(target)
        let body = try router.body()
        let input = EventInput(
            reader: body, isNew: false, isLenient: false, refusesIANA: view.owner.behaviour.refusesIANA)
        try world.updateEvent(target, input: input)
        guard let occurrence = target.occurrence else { return renderer.event(target.item) }
        guard let changed = target.item.occurrence(on: occurrence.day) else { throw .itemNotFound }
        return renderer.event(changed, of: target.item)
    }

    func delete(_ target: EventTarget) throws(GraphFailure) {
        try requireWrite()
        try checkMatch(target)
        world.deleteEvent(target)
    }

    private func checkMatch(_ target: EventTarget) throws(GraphFailure) {
        guard let match = call.header("if-match"), match != "*" else { return }
        if match != renderer.etag(target.content) { throw .conflict }
    }
}
