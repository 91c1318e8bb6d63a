/// `calendarView/delta`: rounds of pages over a fixed window.
struct DeltaRoutes {
    let router: GraphRouter
    let view: CalendarView

    private static let defaultPageSize = 10
    private static let unsupported = [
        "$top", "$select", "$filter", "$orderby", "$search", "$expand", "$skip", "$count",
    ]

    private var world: World { router.world }
    private var call: HTTPCall { router.call }
    private var renderer: EventRenderer { EventRenderer(view: view, preferences: router.preferences) }
    private var folderKey: UInt64 { SyncStates.folderKey(mailbox: view.owner, folder: view.store) }

    func answer() throws(GraphFailure) -> Answer {
        for name in Self.unsupported where call.option(name) != nil {
            throw GraphFailure(
                400, "ErrorInvalidUrlQuery",
                "The following parameters are not supported with change tracking over the 'Events' resource: '\(name)'."
            )
        }
        // Both kinds of token carry everything that the round began with.
        if call.query.count > 1, ["$skiptoken", "$deltatoken"].contains(where: { call.option($0) != nil }) {
            throw GraphFailure(
                400, "ErrorInvalidUrlQuery", "A token can't be combined with other query parameters: it holds them.")
        }
        do {
            return page(try currentToken())
        } catch {
            throw located(error)
        }
    }

    /// With the way to start over in `Location`, as Graph gives it with a 410.
    private func located(_ failure: GraphFailure) -> GraphFailure {
        guard failure.status == 410, failure.code == LossSpelling.resyncRequired.rawValue else { return failure }
        var located = failure
        located.headers.append(("Location", "\(call.base)\(call.path)?$deltatoken="))
        return located
    }

    // MARK: Tokens

    /// The token of the page to give: the request's, or the first of a round that begins here.
    private func currentToken() throws(GraphFailure) -> SyncToken {
        if let text = call.option("$skiptoken") {
            let token = try parse(text)
            guard token.round > 0 else { throw Self.invalid }
            guard world.sync.rounds[token.round] != nil else {
                throw SyncStates.lost(.notFound, token: token, highest: token.generation)
            }
            return token
        }
        if let text = call.option("$deltatoken") {
            if text.lowercased() == "latest" {
                throw .invalidRequest("The delta token 'latest' is not supported for this resource.")
            }
            let token = try parse(text)
            guard token.round == 0 else { throw Self.invalid }
            return begin(after: token)
        }
        return beginInitial(try EventRoutes.window(call))
    }

    private static let invalid = GraphFailure(400, "ErrorInvalidSyncStateData", "The sync state data is invalid.")

    private func parse(_ whole: String) throws(GraphFailure) -> SyncToken {
        var text = whole
        if world.dialects.has(.oddTokens) {
            let (raw, read) = Dialects.oddEnding
            guard call.target.hasSuffix(raw), text.hasSuffix(read) else {
                throw GraphFailure(400, "SyncStateInvalid", "Badly formed token.")
            }
            text.removeLast(read.count)
        }
        if let loss = router.loss {
            let token = world.sync.token(text)
            throw SyncStates.lost(loss, token: token, highest: (token?.generation ?? 0) + 8)
        }
        guard let token = world.sync.token(text) else {
            throw GraphFailure(400, "SyncStateInvalid", "Badly formed token.")
        }
        guard token.folder == folderKey else { throw Self.invalid }
        try world.sync.check(token, floor: view.store.log.floor, version: view.store.log.version)
        return token
    }

    // MARK: Rounds

    private func beginInitial(_ window: Window) -> SyncToken {
        var units = view.store.singles(in: window).map { DeltaUnit.item($0.number) }
        units += seriesUnits(view.store.series.filter { !$0.occurrences(in: window).isEmpty })
        // Any order is legal, so none may be relied on.
        units.shuffle(using: &world.random)
        units += lateMasters(units)
        let round = DeltaRound(units: units, isInitial: true, upTo: view.store.log.version)
        return SyncToken(
            folder: folderKey, window: window, version: 0, generation: 100 + Int(world.random.next() % 100),
            chain: world.random.next(), epoch: world.sync.epoch(of: folderKey), round: world.sync.add(round))
    }

    private func begin(after token: SyncToken) -> SyncToken {
        let log = view.store.log
        var units: [DeltaUnit] = []
        for number in log.items(after: token.version) {
            if let item = view.store.items[number] {
                units += item.isSeries ? seriesUnits([item]) : [.item(number)]
            } else if let gone = log.tombstones[number] {
                units.append(.removal(item: number, customID: gone.customID, day: nil, reason: gone.reason))
            }
        }
        for lost in log.lostOccurrences where lost.version > token.version && view.store.items[lost.item] != nil {
            guard view.store.items[lost.item]?.occurrence(on: lost.day) == nil else { continue }
            units.append(.removal(item: lost.item, customID: nil, day: lost.day, reason: .deleted))
        }
        units += lateMasters(units)
        let round = DeltaRound(units: units, isInitial: false, upTo: log.version)
        var next = token
        next.round = world.sync.add(round)
        return next
    }

    private func seriesUnits(_ series: [EventItem]) -> [DeltaUnit] {
        series.map { .item($0.number) }
    }

    private func lateMasters(_ units: [DeltaUnit]) -> [DeltaUnit] {
        guard view.owner.behaviour.masters == .last else { return [] }
        return units.compactMap { unit in
            guard case .item(let number) = unit, view.store.items[number]?.isSeries == true else { return nil }
            return .master(number)
        }
    }

    // MARK: Pages

    private func page(_ token: SyncToken) -> Answer {
        guard let round = world.sync.rounds[token.round] else { return Answer(500) }
        let size = min(
            router.preferences.maximumPageSize ?? Self.defaultPageSize, world.maximumPageSize)
        var values: [JSON] = []
        let isFirst = call.option("$skiptoken") == nil
        let isEmptyFirst = isFirst && world.dialects.has(.emptyPages)
        var position = token.position
        if world.dialects.has(.repeats), position > 0 {
            values += self.values(round.units[position - 1], token: token, round: round)
        }
        let full = values.count + size
        while position < round.units.count, values.count < full, router.pageFault != .empty, !isEmptyFirst {
            values += self.values(round.units[position], token: token, round: round)
            position += 1
        }
        if router.pageFault == .loop { position = token.position }
        if router.pageFault == .duplicate { values += values }
        if router.pageFault == .older { values += values.map(Self.older) }
        if world.dialects.has(.shuffled) { values.shuffle(using: &world.random) }
        let isEmptyLast = world.dialects.has(.emptyPages) && position > token.position
        var next = token
        var object = JSONObject([("@odata.context", .string("\(router.root)/$metadata#Collection(event)"))])
        let goesOn = position < round.units.count || isEmptyFirst || isEmptyLast
        if goesOn || router.pageFault == .empty || router.pageFault == .loop {
            next.position = position
            object["@odata.nextLink"] = .string(link("$skiptoken", next))
        } else {
            (next.round, next.position) = (0, 0)
            next.version = round.upTo
            next.generation += 1
            world.sync.issued(next)
            object["@odata.deltaLink"] = .string(link("$deltatoken", next))
        }
        object["value"] = .array(values)
        let preferences = ["odata.track-changes"] + router.preferences.applied
        return Answer(
            200, json: .object(object), headers: [("Preference-Applied", preferences.joined(separator: ", "))])
    }

    private func link(_ name: String, _ token: SyncToken) -> String {
        let ending = world.dialects.has(.oddTokens) ? Dialects.oddEnding.raw : ""
        var path = call.path
        if world.dialects.has(.otherPaths) {
            let id = FormCoding.encode(
                view.mailbox.ids.text(OutlookReference(kind: .calendar, folder: view.folder.number, item: 0)))
            path = "/v1.0/users('\(view.mailbox.id)')/calendars('\(id)')/calendarView/microsoft.graph.delta()"
        }
        return "\(call.base)\(path)?\(name)=\(world.sync.text(token))\(ending)"
    }

    /// What a unit shows now: its item may have changed since the round began.
    private func values(_ unit: DeltaUnit, token: SyncToken, round: DeltaRound) -> [JSON] {
        switch unit {
        case .removal(let number, let customID, let day, let reason):
            let id = day.map { renderer.occurrenceID(number: number, day: $0) }
            return [renderer.removal(id: id ?? renderer.id(number: number, customID: customID), reason: reason)]
        case .master(let number):
            guard let item = view.store.items[number], !item.occurrences(in: token.window).isEmpty else { return [] }
            return [full(renderer.event(item))]
        case .item(let number):
            // Gone since: the next round tells.
            guard let item = view.store.items[number] else { return [] }
            let values = item.isSeries ? series(item, in: token, round: round) : single(item, in: token.window)
            if values.isEmpty, !round.isInitial {
                // What changed outside the window is reported as removed, even if it never was inside.
                return [renderer.removal(id: renderer.id(of: item), reason: .deleted)]
            }
            return values
        }
    }

    private func single(_ item: EventItem, in window: Window) -> [JSON] {
        guard window.overlaps(start: item.content.start.instant, end: item.content.end.instant) else { return [] }
        return [full(renderer.event(item))]
    }

    private func series(_ item: EventItem, in token: SyncToken, round: DeltaRound) -> [JSON] {
        let occurrences = item.occurrences(in: token.window)
        guard !occurrences.isEmpty else { return [] }
        let behaviour = view.owner.behaviour
        let isMasterOnly = behaviour.seriesDelta == .masterOnly && !round.isInitial
        var values: [JSON] = []
        for occurrence in occurrences where !isMasterOnly || occurrence.isException {
            values.append(
                occurrence.isException
                    ? full(renderer.event(occurrence, of: item)) : renderer.skeleton(occurrence, of: item))
        }
        if behaviour.masters == .withSeries { values.append(full(renderer.event(item))) }
        return values
    }

    private func full(_ value: JSON) -> JSON {
        guard var object = value.object else { return value }
        object.members.insert(.init(name: "@odata.type", value: "#microsoft.graph.event"), at: 0)
        return .object(object)
    }

    /// The same event as it might have been before: older, and with another subject.
    private static func older(_ value: JSON) -> JSON {
        guard var object = value.object, let text = object["lastModifiedDateTime"]?.string,
            let modified = Instant(iso: text)
        else { return value }
        object["lastModifiedDateTime"] = .string(modified.adding(seconds: -60).iso)
        object["@odata.etag"] = "W/\"older\""
        object["changeKey"] = "older"
        object["subject"] = .string("(older) " + (object["subject"]?.string ?? ""))
        return .object(object)
    }
}
