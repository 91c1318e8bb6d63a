/// Calendars of one mailbox, their contents, and who may see them.
struct ControlCalendars {
    let router: ControlRouter
    let mailbox: Mailbox

    private var world: World { router.world }

    func answer(_ rest: [String]) throws -> Answer {
        guard let name = rest.first else {
            switch router.method {
            case "GET": return Answer(200, json: .array(mailbox.folders.map(json)))
            case "POST": return try create()
            default: throw router.notAllowed()
            }
        }
        let folder = try self.folder(name)
        switch (router.method, rest.count > 1 ? rest[1] : "") {
        case ("GET", ""): return Answer(200, json: json(folder))
        case ("PATCH", ""):
            try apply(router.body(), to: folder)
            folder.change = world.nextChange()
            return Answer(200, json: json(folder))
        case ("DELETE", ""):
            mailbox.removeFolder(folder)
            return Answer(200, json: [:])
        case ("POST", "share"): return try share(folder)
        case ("GET", "view"): return try Truth(world: world, view: view(folder)).answer(router.call)
        case ("POST", "events"):
            return try ControlEvents(router: router, mailbox: mailbox).create(in: view(folder))
        case ("POST", "seed"): return try ControlSeed(router: router, view: view(folder)).answer()
        case ("POST", "lose-sync-state"): return try loseSyncState(folder)
        default: throw router.notAllowed()
        }
    }

    // MARK: Finding

    /// A calendar by `default`, id or name.
    func folder(_ name: String) throws -> CalendarFolder {
        if name == "default", let folder = mailbox.defaultFolder { return folder }
        if let reference = try? mailbox.ids.reference(name), let folder = mailbox.folder(number: reference.folder) {
            return folder
        }
        guard let folder = mailbox.folders.first(where: { $0.name == name }) else {
            throw ControlFailure.missing("calendar \(name)")
        }
        return folder
    }

    func view(_ folder: CalendarFolder) throws -> CalendarView {
        guard let view = world.view(of: folder, in: mailbox) else {
            throw ControlFailure("the calendar isn't shared any more")
        }
        return view
    }

    func id(_ folder: CalendarFolder) -> String {
        mailbox.ids.text(OutlookReference(kind: .calendar, folder: folder.number, item: 0))
    }

    // MARK: Changing

    private func create() throws -> Answer {
        let body = try router.body()
        let name = try router.string(body, "name")
        let count = body["count"]?.integer ?? 1
        let folders = try (1...max(1, count)).map { index in
            let folder = mailbox.addFolder(name: count > 1 ? "\(name) \(index)" : name, change: world.nextChange())
            try apply(body, to: folder, isNew: true)
            return folder
        }
        return Answer(200, json: count > 1 ? .array(folders.map(json)) : json(folders[0]))
    }

    private func apply(_ body: JSONObject, to folder: CalendarFolder, isNew: Bool = false) throws {
        if let name = body["name"]?.string, !isNew { folder.name = name }
        if let value = body["canEdit"]?.bool { folder.canEdit = value }
        if let value = body["color"]?.string { folder.color = value }
        if let value = body["isDefault"]?.bool, value {
            for other in mailbox.folders { other.isDefault = false }
            folder.isDefault = true
        }
    }

    private func share(_ folder: CalendarFolder) throws -> Answer {
        let body = try router.body()
        let sharee = try router.mailbox(try router.string(body, "with"))
        if body["role"]?.isNull == true {
            folder.roles[sharee.id] = nil
            return Answer(200, json: [:])
        }
        folder.roles[sharee.id] = body["role"]?.string ?? "read"
        let isSame = { (other: CalendarFolder) in
            other.link?.ownerID == self.mailbox.id && other.link?.folder == folder.number
        }
        let entry =
            sharee.folders.first(where: isSame)
            ?? sharee.addFolder(name: "\(mailbox.displayName): \(folder.name)", change: world.nextChange())
        entry.link = CalendarFolder.Link(ownerID: mailbox.id, folder: folder.number)
        return Answer(200, json: ControlCalendars(router: router, mailbox: sharee).json(entry))
    }

    private func loseSyncState(_ folder: CalendarFolder) throws -> Answer {
        let text = try router.body()["spelling"]?.string ?? LossSpelling.notFound.rawValue
        guard let spelling = LossSpelling(rawValue: text) else {
            throw ControlFailure("spelling is one of \(LossSpelling.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let view = try self.view(folder)
        world.sync.lose(folder: SyncStates.folderKey(mailbox: view.owner, folder: view.store), spelling: spelling)
        return Answer(200, json: [:])
    }

    // MARK: Showing

    func json(_ folder: CalendarFolder) -> JSON {
        let store = world.view(of: folder, in: mailbox)?.store
        return [
            "id": .string(id(folder)), "name": .string(folder.name), "isDefault": .bool(folder.isDefault),
            "canEdit": .bool(folder.canEdit), "isShared": .bool(folder.link != nil),
            "items": JSON(store?.items.count ?? 0),
        ]
    }
}
