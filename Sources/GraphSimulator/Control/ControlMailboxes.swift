/// Directories, mailboxes and calendars.
struct ControlMailboxes {
    let router: ControlRouter

    private var world: World { router.world }

    // MARK: Directories

    func directories() throws -> Answer {
        if router.method == "POST" {
            let body = try router.body()
            let domain = try router.string(body, "domain").lowercased()
            guard world.directory(domain) == nil else {
                throw ControlFailure("the directory \(domain) exists", status: 409)
            }
            let directory = world.addDirectory(
                name: body["name"]?.string ?? domain, domain: domain, id: body["id"]?.string?.lowercased())
            return Answer(200, json: json(directory))
        }
        return Answer(200, json: .array(world.directories.map(json)))
    }

    private func json(_ directory: Directory) -> JSON {
        ["id": .string(directory.id), "name": .string(directory.name), "domain": .string(directory.domain)]
    }

    // MARK: Mailboxes

    func answer(_ rest: [String]) throws -> Answer {
        guard let name = rest.first else {
            switch router.method {
            case "GET": return Answer(200, json: .array(world.mailboxes.map(json)))
            case "POST": return Answer(200, json: json(try create()))
            default: throw router.notAllowed()
            }
        }
        let mailbox = try router.mailbox(name)
        switch rest.count > 1 ? rest[1] : "" {
        case "": return try single(mailbox)
        case "calendars":
            return try ControlCalendars(router: router, mailbox: mailbox).answer(Array(rest.dropFirst(2)))
        case "events": return try ControlEvents(router: router, mailbox: mailbox).answer(Array(rest.dropFirst(2)))
        case "mail":
            if router.method == "DELETE" { mailbox.mail = [] }
            return Answer(200, json: .array(mailbox.mail.map(\.json)))
        default: throw ControlFailure.missing("such control request: see GET /control")
        }
    }

    private func create() throws -> Mailbox {
        let body = try router.body()
        let address = try router.string(body, "address")
        guard world.mailbox(address) == nil else { throw ControlFailure("the mailbox \(address) exists", status: 409) }
        guard let kind = Mailbox.Kind(rawValue: body["kind"]?.string ?? "user") else {
            throw ControlFailure("kind is user, room, shared or personal")
        }
        let mailbox = world.createMailbox(
            address: address, name: body["name"]?.string, directory: body["directory"]?.string, kind: kind,
            timeZone: body["timeZone"]?.string ?? "UTC", id: body["id"]?.string,
            principalName: body["principalName"]?.string, calendarName: body["calendarName"]?.string ?? "Calendar")
        for name in body["calendars"]?.array ?? [] {
            _ = mailbox.addFolder(name: name.string ?? "", change: world.nextChange())
        }
        try apply(body, to: mailbox)
        return mailbox
    }

    private func single(_ mailbox: Mailbox) throws -> Answer {
        switch router.method {
        case "GET": break
        case "PATCH":
            let body = try router.body()
            if let zone = body["timeZone"]?.string { mailbox.timeZone = zone }
            if let name = body["name"]?.string { mailbox.displayName = name }
            try apply(body, to: mailbox)
        case "DELETE":
            world.removeMailbox(mailbox)
            return Answer(200, json: [:])
        default: throw router.notAllowed()
        }
        return Answer(200, json: json(mailbox))
    }

    private func apply(_ body: JSONObject, to mailbox: Mailbox) throws {
        if let value = body["restDisabled"]?.bool { mailbox.behaviour.isRestDisabled = value }
        if let value = body["closedToApps"]?.bool { mailbox.behaviour.isClosedToApps = value }
        if let value = body["hasSchedule"]?.bool { mailbox.behaviour.hasSchedule = value }
        if let value = body["refusesIANA"]?.bool { mailbox.behaviour.refusesIANA = value }
        if let text = body["seriesDelta"]?.string {
            guard let value = Mailbox.SeriesDelta(rawValue: text) else {
                throw ControlFailure("seriesDelta is resend, removed or masterOnly")
            }
            mailbox.behaviour.seriesDelta = value
        }
        if let text = body["masters"]?.string {
            guard let value = Mailbox.Masters(rawValue: text) else {
                throw ControlFailure("masters is withSeries, last or absent")
            }
            mailbox.behaviour.masters = value
        }
        if let value = body["subscriptionRefusal"] {
            mailbox.behaviour.subscriptionRefusal = value.string.flatMap(Mailbox.SubscriptionRefusal.init)
        }
    }

    private func json(_ mailbox: Mailbox) -> JSON {
        let calendars = ControlCalendars(router: router, mailbox: mailbox)
        return [
            "id": .string(mailbox.id), "address": .string(mailbox.address), "name": .string(mailbox.displayName),
            "principalName": .string(mailbox.principalName), "directory": .string(mailbox.directory),
            "kind": .string(mailbox.kind.rawValue), "timeZone": .string(mailbox.timeZone),
            "restDisabled": .bool(mailbox.behaviour.isRestDisabled),
            "closedToApps": .bool(mailbox.behaviour.isClosedToApps),
            "hasSchedule": .bool(mailbox.behaviour.hasSchedule),
            "seriesDelta": .string(mailbox.behaviour.seriesDelta.rawValue),
            "masters": .string(mailbox.behaviour.masters.rawValue),
            "calendars": .array(mailbox.folders.map(calendars.json)),
        ]
    }
}

extension World {
    /// Creates a mailbox with its default calendar. A directory that isn't known by id or domain is made; without one
    /// the address's domain stands for it.
    func createMailbox(
        address: String, name: String? = nil, directory directoryName: String? = nil, kind: Mailbox.Kind = .user,
        timeZone: String = "UTC", id: String? = nil, principalName: String? = nil, calendarName: String = "Calendar"
    ) -> Mailbox {
        let domain = directoryName ?? String(address.split(separator: "@").last ?? "example.com")
        let directoryID =
            kind == .personal
            ? Directory.personalID : (directory(domain) ?? addDirectory(name: domain, domain: domain.lowercased())).id
        let mailbox = Mailbox(
            id: id?.lowercased() ?? random.guid(), directory: directoryID, principalName: principalName ?? address,
            address: address, displayName: name ?? String(address.prefix { $0 != "@" }), kind: kind, timeZone: timeZone,
            seed: options.seed)
        let folder = mailbox.addFolder(name: calendarName, change: nextChange())
        folder.isDefault = true
        add(mailbox)
        return mailbox
    }
}
