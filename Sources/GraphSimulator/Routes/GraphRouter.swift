/// Answers one Graph request whose token is good: finds mailbox and calendar by the path, checks permissions, and hands
/// over to the file of the route's group.
struct GraphRouter {
    let world: World
    let call: HTTPCall
    let token: AccessToken
    let preferences: Preferences
    /// What a fault wants of a page of this answer.
    var pageFault: PageFault?
    /// How a fault wants the sync state of this request to be lost.
    var loss: LossSpelling?

    /// `{scheme}://{host}/v1.0`.
    var root: String { call.base + "/v1.0" }

    private static let options: Set<String> = [
        "$select", "$filter", "$top", "$skip", "$orderby", "$expand", "$count", "$search", "$skiptoken", "$deltatoken",
        "$format",
    ]

    func answer() throws(GraphFailure) -> Answer {
        if let odd = call.query.first(where: { $0.name.hasPrefix("$") && !Self.options.contains($0.name.lowercased()) })
        {
            throw GraphFailure(400, "BadRequest", "The query parameter '\(odd.name)' is not supported.")
        }
        let segments = Array(call.segments.dropFirst())
        switch segments.first?.lowercased() {
        case "me":
            guard case .user(let id, _) = token.subject, let mailbox = world.mailbox(id) else {
                throw GraphFailure(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
            }
            return try mailboxAnswer(mailbox, rest: Array(segments.dropFirst()))
        case "users":
            guard segments.count > 1 else { throw .accessDenied }
            return try mailboxAnswer(try mailbox(segments[1]), rest: Array(segments.dropFirst(2)))
        case "subscriptions":
            return try SubscriptionRoutes(router: self).answer(rest: Array(segments.dropFirst()))
        case "places":
            return try PlaceRoutes(router: self).answer(rest: Array(segments.dropFirst()))
        case nil: throw GraphFailure(404, "BadRequest", "Invalid version.")
        default: throw .unknownSegment(segments[0])
        }
    }

    /// The mailbox that `/users/{name}` means to this caller.
    private func mailbox(_ name: String) throws(GraphFailure) -> Mailbox {
        guard let mailbox = world.mailbox(name), mailbox.directory == callerDirectory else {
            throw GraphFailure(404, "ErrorInvalidUser", "The requested user '\(name)' is invalid.")
        }
        return mailbox
    }

    private var callerDirectory: String? {
        switch token.subject {
        case .user(let id, _): world.mailbox(id)?.directory
        case .app(let directory, _): directory
        }
    }

    private func mailboxAnswer(_ mailbox: Mailbox, rest: [String]) throws(GraphFailure) -> Answer {
        if mailbox.behaviour.isRestDisabled, !rest.isEmpty {
            throw GraphFailure(
                404, "MailboxNotEnabledForRESTAPI",
                "The mailbox is either inactive, soft-deleted, or is hosted on-premise.")
        }
        if mailbox.behaviour.isClosedToApps, case .app = token.subject {
            throw GraphFailure(403, "ErrorAccessDenied", "Access to OData is disabled.")
        }
        let routes = MailboxRoutes(router: self, mailbox: mailbox)
        return try routes.answer(rest: rest)
    }

    // MARK: Permissions

    /// Refuses a caller that may not read, or write, events of a mailbox.
    func authorize(_ mailbox: Mailbox, write: Bool) throws(GraphFailure) {
        let own = write ? ["Calendars.ReadWrite"] : ["Calendars.ReadWrite", "Calendars.Read", "Calendars.ReadBasic"]
        let shared = write ? ["Calendars.ReadWrite.Shared"] : ["Calendars.ReadWrite.Shared", "Calendars.Read.Shared"]
        switch token.subject {
        case .user(let id, let scopes):
            let enough = id == mailbox.id ? own + shared : shared
            if scopes.isDisjoint(with: enough) { throw .accessDenied }
        case .app(_, let roles):
            if roles.isDisjoint(with: own) { throw .accessDenied }
        }
    }

    /// A calendar of the mailbox in the path, as this caller sees it.
    ///
    /// Somebody else's calendar is there only if it was shared with the caller.
    func view(_ folder: CalendarFolder, of mailbox: Mailbox) throws(GraphFailure) -> CalendarView {
        if case .user(let id, _) = token.subject, id != mailbox.id {
            guard let role = folder.roles[id] else {
                throw GraphFailure(
                    404, "ErrorItemNotFound",
                    "The specified object was not found in the store., Default folder Calendar not found.")
            }
            return CalendarView(
                mailbox: mailbox, folder: folder, owner: mailbox, store: folder,
                canWrite: folder.canEdit && ["write", "delegate", "delegateWithPrivate"].contains(role),
                seesPrivate: role == "delegateWithPrivate")
        }
        guard let view = world.view(of: folder, in: mailbox) else { throw .itemNotFound }
        if folder.link != nil, case .user(_, let scopes) = token.subject,
            scopes.isDisjoint(with: ["Calendars.ReadWrite.Shared", "Calendars.Read.Shared"])
        {
            throw .accessDenied
        }
        return view
    }

    func defaultView(of mailbox: Mailbox) throws(GraphFailure) -> CalendarView {
        guard let folder = mailbox.defaultFolder else {
            throw GraphFailure(404, "ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
        }
        return try view(folder, of: mailbox)
    }

    // MARK: Bodies

    /// The JSON object of the body.
    func body() throws(GraphFailure) -> BodyReader {
        let type = call.header("content-type")?.split(separator: ";").first?.trimmingASCIISpace().lowercased()
        guard let type else {
            throw GraphFailure(
                400, "BadRequest",
                "Write requests (excluding DELETE) must contain the Content-Type header declaration.")
        }
        guard type == "application/json" else {
            throw GraphFailure(
                415, "RequestBodyRead", "A supported MIME type could not be found that matches the content type.")
        }
        guard !call.body.isEmpty else {
            throw GraphFailure(400, "BadRequest", "Empty Payload. JSON content expected.")
        }
        let parsed: JSON
        do {
            parsed = try JSONParser.parse(call.body)
        } catch {
            throw GraphFailure(400, "BadRequest", "Unable to read JSON request payload: \(error).")
        }
        guard let object = parsed.object else { throw .badBody("The request body must be a JSON object.") }
        return BodyReader(object, place: "body")
    }

    /// The body of an action: may be missing altogether.
    func actionBody() throws(GraphFailure) -> BodyReader {
        call.body.isEmpty ? BodyReader(JSONObject(), place: "body") : try body()
    }

    // MARK: Answers

    /// An entity with its context in front.
    func entity(_ value: JSON, status: Int = 200, context: String, headers: [(String, String)] = []) -> Answer {
        var object = value.object ?? JSONObject()
        object.members.insert(.init(name: "@odata.context", value: .string("\(root)/$metadata#\(context)")), at: 0)
        return Answer(status, json: .object(object), headers: headers + applied)
    }

    /// The `Preference-Applied` header, if there is anything to confirm.
    var applied: [(String, String)] {
        preferences.applied.isEmpty ? [] : [("Preference-Applied", preferences.applied.joined(separator: ", "))]
    }
}
