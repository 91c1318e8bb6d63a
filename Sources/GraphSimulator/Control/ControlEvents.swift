/// A person at Outlook: creates, changes, moves and deletes events, one occurrence or "this and following".
///
/// Bodies are Graph's JSON of an event, taken leniently (impossible times pass), and these members beside:
/// `isCancelled`, `isOrganizer`, `response`, `organizer`, `uid`, `createdDateTime`, `lastModifiedDateTime`,
/// `wireZone` (zone in which start and end are answered), `raw` (members that replace those of answers),
/// `omit` (members left out of answers), `caseTwinOf` (an event whose id this one's is but for the case of a letter).
struct ControlEvents {
    let router: ControlRouter
    let mailbox: Mailbox

    private var world: World { router.world }

    func answer(_ rest: [String]) throws -> Answer {
        guard let id = rest.first else { throw ControlFailure.missing("event id") }
        let target = try self.target(id)
        switch (router.method, rest.count > 1 ? rest[1] : "") {
        case ("GET", ""): return Answer(200, json: json(target))
        case ("PATCH", ""): return try update(target)
        case ("DELETE", ""):
            world.deleteEvent(target)
            return Answer(200, json: [:])
        case ("POST", "move"): return try move(target)
        case ("POST", "touch"):
            world.change(target.item, in: target.view) { world.touch(&$0.content) }
            return Answer(200, json: json(target))
        case ("POST", "respond"): return try respond(target)
        case ("POST", "split"): return try split(target)
        case (_, "occurrences") where rest.count > 2: return try occurrence(rest[2], of: target)
        default: throw router.notAllowed()
        }
    }

    private func target(_ id: String) throws -> EventTarget {
        let reference: OutlookReference
        if let number = mailbox.customIDs[id] {
            reference = OutlookReference(kind: .event, folder: 0, item: number, isImmutable: true)
        } else {
            reference = try mailbox.ids.reference(id)
        }
        for folder in mailbox.folders {
            guard let view = world.view(of: folder, in: mailbox), let item = view.store.items[reference.item] else {
                continue
            }
            guard let day = reference.day else { return EventTarget(view: view, item: item, occurrence: nil) }
            guard let occurrence = item.occurrence(on: day) else { throw ControlFailure.missing("such occurrence") }
            return EventTarget(view: view, item: item, occurrence: occurrence)
        }
        throw ControlFailure.missing("such event")
    }

    // MARK: Creating and changing

    func create(in view: CalendarView) throws -> Answer {
        let body = try router.body()
        let item = try world.createEvent(in: view, input: input(body, isNew: true))
        view.store.change(item) { item in apply(body, to: &item.content) }
        if let twin = body["caseTwinOf"]?.string {
            item.customID = try Self.caseTwin(of: twin)
            item.customID.map { mailbox.customIDs[$0] = item.number }
        }
        return Answer(200, json: json(EventTarget(view: view, item: item, occurrence: nil)))
    }

    private func update(_ target: EventTarget) throws -> Answer {
        let body = try router.body()
        try world.updateEvent(target, input: input(body, isNew: false))
        if let day = target.occurrence?.day {
            target.view.store.change(target.item) { item in
                guard var exception = item.exceptions[day] else { return }
                apply(body, to: &exception.content)
                item.exceptions[day] = exception
            }
        } else {
            target.view.store.change(target.item) { item in apply(body, to: &item.content) }
        }
        return Answer(200, json: json(renewed(target)))
    }

    private func renewed(_ target: EventTarget) -> EventTarget {
        let occurrence = target.occurrence.flatMap { target.item.occurrence(on: $0.day) }
        return EventTarget(view: target.view, item: target.item, occurrence: occurrence)
    }

    private func input(_ body: JSONObject, isNew: Bool) -> EventInput {
        EventInput(reader: BodyReader(body, place: "body"), isNew: isNew, isLenient: true, refusesIANA: false)
    }

    /// What only a control request can set.
    private func apply(_ body: JSONObject, to content: inout EventContent) {
        if let value = body["isCancelled"]?.bool { content.isCancelled = value }
        if let value = body["isOrganizer"]?.bool { content.isOrganizer = value }
        if let value = body["response"]?.string { content.response = value }
        if let value = body["uid"]?.string { content.uid = value }
        if let value = body["wireZone"] { content.wireZone = value.string }
        if let mail = body["organizer"]?["emailAddress"], let address = mail["address"]?.string {
            content.organizer = Person(name: mail["name"]?.string ?? address, address: address)
        }
        if let time = body["createdDateTime"]?.string.flatMap(Instant.init(iso:)) { content.created = time }
        if let time = body["lastModifiedDateTime"]?.string.flatMap(Instant.init(iso:)) { content.modified = time }
        for member in body["raw"]?.object?.members ?? [] { content.raw.updateValue(member.value, forKey: member.name) }
        for name in body["omit"]?.array?.compactMap(\.string) ?? [] { content.raw.updateValue(nil, forKey: name) }
    }

    /// The id with the case of its last letter but the padding turned round.
    private static func caseTwin(of id: String) throws -> String {
        var characters = Array(id)
        let isUsable = { (character: Character) in character.isASCII && character.isLetter }
        guard let index = characters.lastIndex(where: isUsable) else {
            throw ControlFailure("caseTwinOf has no letter")
        }
        let letter = characters[index]
        characters[index] = Character(letter.isUppercase ? letter.lowercased() : letter.uppercased())
        return String(characters)
    }

    // MARK: Other acts

    private func move(_ target: EventTarget) throws -> Answer {
        let name = try router.string(try router.body(), "calendar")
        let folder = try ControlCalendars(router: router, mailbox: mailbox).folder(name)
        world.moveEvent(target.item, from: target.view, to: folder)
        guard let view = world.view(of: folder, in: mailbox) else { throw ControlFailure.missing("calendar") }
        return Answer(200, json: json(EventTarget(view: view, item: target.item, occurrence: nil)))
    }

    private func respond(_ target: EventTarget) throws -> Answer {
        let body = try router.body()
        let answer = try router.string(body, "response")
        Meetings(world: world).respond(target, answer: answer, isSent: body["send"]?.bool ?? true)
        return Answer(200, json: json(renewed(target)))
    }

    private func occurrence(_ date: String, of target: EventTarget) throws -> Answer {
        guard let day = Day(text: date), let occurrence = target.item.occurrence(on: day) else {
            throw ControlFailure.missing("occurrence on \(date)")
        }
        let one = EventTarget(view: target.view, item: target.item, occurrence: occurrence)
        switch router.method {
        case "GET": return Answer(200, json: json(one))
        case "PATCH": return try update(one)
        case "DELETE":
            world.deleteEvent(one)
            return Answer(200, json: [:])
        default: throw router.notAllowed()
        }
    }

    /// "This and following": the old series ends the day before, a new one goes on from that date.
    private func split(_ target: EventTarget) throws -> Answer {
        let body = try router.body()
        guard let day = body["from"]?.string.flatMap(Day.init(text:)), let occurrence = target.item.occurrence(on: day),
            let rule = target.item.content.recurrence
        else { throw ControlFailure.missing("occurrence on that date") }
        var range = rule.range
        range.startDate = day
        if range.kind == .numbered {
            range.numberOfOccurrences = rule.days(from: day, through: rule.lastDay).count
        }
        var content = target.item.content.moved(to: occurrence.content.start.wall)
        content.recurrence = Recurrence(pattern: rule.pattern, range: range)
        content.uid = MeetingUID.make(&world.random)
        content.created = world.now
        content.transactionID = nil
        world.touch(&content)
        let change = body["change"]?.object ?? JSONObject()
        _ = try input(change, isNew: false).apply(to: &content)
        world.change(target.item, in: target.view) { item in
            item.content.recurrence = rule.ending(on: day + -1)
            item.exceptions = item.exceptions.filter { $0.key < day }
            world.touch(&item.content)
        }
        let item = world.insertEvent(content, in: target.view.owner, folder: target.view.store)
        return Answer(
            200,
            json: [
                "old": json(renewed(target)), "new": json(EventTarget(view: target.view, item: item, occurrence: nil)),
            ])
    }

    // MARK: Showing

    /// The event in Graph's form, with its immutable id beside.
    private func json(_ target: EventTarget) -> JSON {
        var preferences = Preferences()
        let renderer = EventRenderer(view: target.view, preferences: preferences)
        preferences.isImmutable = true
        let immutable = EventRenderer(view: target.view, preferences: preferences)
        let value = target.occurrence.map { renderer.event($0, of: target.item) } ?? renderer.event(target.item)
        guard var object = value.object else { return value }
        let id = target.occurrence.map { immutable.id(of: target.item, on: $0.day) } ?? immutable.id(of: target.item)
        object["immutableId"] = .string(id)
        object["id"] = .string(
            target.occurrence.map { renderer.id(of: target.item, on: $0.day) } ?? renderer.id(of: target.item))
        return .object(object)
    }
}
