/// Calendars and calendar groups.
struct CalendarRoutes {
    let router: GraphRouter
    let mailbox: Mailbox

    private var method: String { router.call.method }

    // MARK: Collections

    func collection() throws(GraphFailure) -> Answer {
        switch method {
        case "GET":
            try router.authorize(mailbox, write: false)
            let values = mailbox.folders.compactMap { folder in
                (try? router.view(folder, of: mailbox)).map(json)
            }
            return try ListPage(router: router, context: "users('\(mailbox.id)')/calendars", kind: .calendars)
                .answer(values)
        case "POST":
            try router.authorize(mailbox, write: true)
            return try create()
        default: throw .methodNotAllowed
        }
    }

    private func create() throws(GraphFailure) -> Answer {
        let body = try router.body()
        try body.allow(only: Self.properties, type: "microsoft.graph.calendar")
        guard let name = try body.string("name"), !name.isEmpty else {
            throw .invalidProperty("At least one property failed validation. A calendar needs a name.")
        }
        guard !mailbox.folders.contains(where: { $0.name == name }) else {
            throw GraphFailure(409, "ErrorFolderExists", "A folder with the specified name already exists.")
        }
        let folder = mailbox.addFolder(name: name, change: router.world.nextChange())
        if let color = try body.string("color") { folder.color = color }
        let view = try router.view(folder, of: mailbox)
        return router.entity(json(view), status: 201, context: "users('\(mailbox.id)')/calendars/$entity")
    }

    func groups() throws(GraphFailure) -> Answer {
        guard method == "GET" else { throw .methodNotAllowed }
        try router.authorize(mailbox, write: false)
        let group: JSON = [
            "id": .string(mailbox.ids.text(OutlookReference(kind: .group, folder: 0, item: 0))),
            "name": "My Calendars", "classId": "0006f0b7-0000-0000-c000-000000000046",
            "changeKey": .string(mailbox.ids.changeKey(0)),
        ]
        return try ListPage(router: router, context: "users('\(mailbox.id)')/calendarGroups", kind: .calendars)
            .answer([group])
    }

    // MARK: One calendar

    func single(_ view: CalendarView) throws(GraphFailure) -> Answer {
        switch method {
        case "GET":
            let value = try Selection(router.call).apply(to: json(view), known: Self.properties)
            return router.entity(value, context: "users('\(mailbox.id)')/calendars/$entity")
        case "PATCH":
            let body = try router.body()
            try body.allow(only: Self.properties, type: "microsoft.graph.calendar")
            if let name = try body.string("name") { view.folder.name = name }
            if let color = try body.string("color") { view.folder.color = color }
            view.folder.change = router.world.nextChange()
            return router.entity(json(view), context: "users('\(mailbox.id)')/calendars/$entity")
        case "DELETE":
            guard !view.folder.isDefault else {
                throw GraphFailure(400, "ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted.")
            }
            mailbox.removeFolder(view.folder)
            return Answer(204)
        default: throw .methodNotAllowed
        }
    }

    static let properties: Set<String> = [
        "id", "name", "color", "hexColor", "groupClassId", "isDefaultCalendar", "changeKey", "canShare",
        "canViewPrivateItems", "canEdit", "allowedOnlineMeetingProviders", "defaultOnlineMeetingProvider",
        "isTallyingResponses", "isRemovable", "owner",
    ]

    /// The calendar as Graph writes it.
    func json(_ view: CalendarView) -> JSON {
        let folder = view.folder
        return [
            "id": .string(Self.id(view)),
            "name": .string(folder.name),
            "color": .string(folder.color),
            "hexColor": .string(folder.hexColor),
            "groupClassId": "0006f0b7-0000-0000-c000-000000000046",
            "isDefaultCalendar": .bool(folder.isDefault),
            "changeKey": .string(mailbox.ids.changeKey(folder.change)),
            "canShare": .bool(folder.canShare && folder.link == nil),
            "canViewPrivateItems": .bool(view.seesPrivate),
            "canEdit": .bool(view.canWrite),
            "allowedOnlineMeetingProviders": mailbox.kind == .personal ? [] : ["teamsForBusiness"],
            "defaultOnlineMeetingProvider": mailbox.kind == .personal ? "unknown" : "teamsForBusiness",
            "isTallyingResponses": .bool(folder.isDefault),
            "isRemovable": .bool(folder.isRemovable && !folder.isDefault),
            "owner": ["name": .string(view.owner.displayName), "address": .string(view.owner.address)],
        ]
    }

    /// Calendar ids have one form: the immutable preference doesn't touch them.
    static func id(_ view: CalendarView) -> String {
        view.mailbox.ids.text(OutlookReference(kind: .calendar, folder: view.folder.number, item: 0))
    }
}
