/// Reads the body of a POST /subscriptions, as strictly as Graph.
struct SubscriptionPlan {
    let router: GraphRouter

    private static let members: Set<String> = [
        "changeType", "notificationUrl", "lifecycleNotificationUrl", "resource", "expirationDateTime", "clientState",
        "latestSupportedTlsVersion", "includeResourceData", "encryptionCertificate", "encryptionCertificateId",
    ]
    private static let maximumClientState = 128

    /// The subscription that is asked for, not yet validated at its URLs.
    func subscription() throws(GraphFailure) -> Subscription {
        let body = try router.body()
        try body.allow(only: Self.members, type: "microsoft.graph.subscription")
        let changeType = try required("changeType", body)
        let kinds = try self.kinds(changeType)
        let url = try self.url("notificationUrl", body)
        guard let url else { throw Self.invalid("notificationUrl is required.") }
        let lifecycle = try self.url("lifecycleNotificationUrl", body)
        let resource = try required("resource", body)
        let target = try self.target(resource)
        let state = try body.string("clientState")
        if let state, state.utf8.count > Self.maximumClientState {
            throw Self.invalid("The clientState is longer than \(Self.maximumClientState) characters.")
        }
        if try body.bool("includeResourceData") ?? false {
            throw Self.invalid("Notifications with resource data are not supported by this simulator.")
        }
        let tls = try body.string("latestSupportedTlsVersion") ?? "v1_2"
        guard ["v1_0", "v1_1", "v1_2", "v1_3"].contains(tls) else { throw Self.invalid("latestSupportedTlsVersion") }
        let expires = try expiration(body)
        var user: String?
        if case .user(let id, _) = router.token.subject { user = id }
        return Subscription(
            id: router.world.random.guid(), app: router.token.app, user: user,
            directory: router.world.mailbox(target.mailbox)?.directory ?? "", resource: resource, target: target,
            kinds: kinds, changeType: changeType, notificationURL: url, lifecycleURL: lifecycle, clientState: state,
            tlsVersion: tls, isImmutable: router.preferences.isImmutable, expires: expires,
            authorized: router.world.now)
    }

    private func required(_ name: String, _ body: BodyReader) throws(GraphFailure) -> String {
        guard let text = try body.string(name), !text.isEmpty else { throw Self.invalid("\(name) is required.") }
        return text
    }

    private func kinds(_ text: String) throws(GraphFailure) -> Set<ChangeKind> {
        var kinds: Set<ChangeKind> = []
        for word in text.split(separator: ",").map({ $0.trimmingASCIISpace() }) {
            guard let kind = ChangeKind(rawValue: word), kinds.insert(kind).inserted else {
                throw Self.invalid("'\(text)' is not a supported changeType.")
            }
        }
        if kinds.isEmpty { throw Self.invalid("changeType is required.") }
        return kinds
    }

    private func url(_ name: String, _ body: BodyReader) throws(GraphFailure) -> String? {
        guard let text = try body.string(name) else { return nil }
        guard text.hasPrefix("https://") || (Self.isLoopback(text) && router.world.options.allowsLoopbackHTTP) else {
            throw Self.invalid("\(name): only https URLs are accepted.")
        }
        return text
    }

    /// Whether a URL is plain `http:` to this machine.
    static func isLoopback(_ url: String) -> Bool {
        ["http://127.0.0.1", "http://localhost", "http://[::1]"].contains { url.hasPrefix($0) }
    }

    // MARK: Lifetime

    /// The expiration that is granted for what the body asks for.
    func expiration(_ body: BodyReader) throws(GraphFailure) -> Instant {
        let text = try required("expirationDateTime", body)
        guard let asked = Instant(iso: text) else { throw Self.invalid("expirationDateTime is no date.") }
        let now = router.world.now
        let minutes = (asked.seconds - now.seconds) / 60
        if minutes <= 0 { throw Self.invalid("Subscription expiration can't be in the past.") }
        // A minute's grace: the clocks of two machines.
        if minutes > Double(SubscriptionBook.maximumMinutes) + 1 {
            throw Self.invalid(
                "Subscription expiration can only be \(SubscriptionBook.maximumMinutes) minutes in the future.")
        }
        let earliest = now.adding(seconds: Double(SubscriptionBook.minimumMinutes) * 60)
        let latest = router.world.subscriptions.grantMinutes.map { now.adding(seconds: Double($0) * 60) }
        return min(max(asked, earliest), latest ?? max(asked, earliest))
    }

    // MARK: Resource

    /// `me/events`, `users/{id}/events`, and both with `calendar/` or `calendars/{id}/` before `events`.
    private func target(_ resource: String) throws(GraphFailure) -> Subscription.Target {
        let call = HTTPCall(method: "GET", target: "/" + resource.drop { $0 == "/" }, headers: [], body: [], base: "")
        var segments = call.segments
        let mailbox: Mailbox
        switch segments.first?.lowercased() {
        case "me":
            guard case .user(let id, _) = router.token.subject, let own = router.world.mailbox(id) else {
                throw Self.refused("The resource '\(resource)' needs a user's token.")
            }
            mailbox = own
            segments.removeFirst()
        case "users" where segments.count > 1:
            guard let named = router.world.mailbox(segments[1]) else {
                throw GraphFailure(404, "ResourceNotFound", "Resource could not be discovered.")
            }
            mailbox = named
            segments.removeFirst(2)
        default: throw Self.invalid("'\(resource)' is not a supported resource.")
        }
        try authorize(mailbox)
        guard segments.last?.lowercased() == "events" else {
            throw Self.invalid("'\(resource)' is not a supported resource.")
        }
        switch (segments.first?.lowercased(), segments.count) {
        case ("events", 1): return Subscription.Target(mailbox: mailbox.id, folder: nil)
        case ("calendar", 2):
            return Subscription.Target(mailbox: mailbox.id, folder: mailbox.defaultFolder?.number)
        case ("calendars", 3):
            let reference = try mailbox.ids.reference(segments[1])
            guard let folder = mailbox.folder(number: reference.folder) else { throw .itemNotFound }
            if folder.link != nil { throw Self.refused("Access to the shared calendar is denied.") }
            return Subscription.Target(mailbox: mailbox.id, folder: folder.number)
        default: throw Self.invalid("'\(resource)' is not a supported resource.")
        }
    }

    /// A user's token subscribes to that user's own mailbox only; an app's to those of its directory.
    private func authorize(_ mailbox: Mailbox) throws(GraphFailure) {
        if case .user(let id, _) = router.token.subject, id != mailbox.id {
            throw Self.refused("Access to the mailbox of another user is denied.")
        }
        if case .app(let directory, _) = router.token.subject, mailbox.directory != directory {
            throw GraphFailure(404, "ResourceNotFound", "Resource could not be discovered.")
        }
        try router.authorize(mailbox, write: false)
        switch mailbox.behaviour.subscriptionRefusal {
        case .extensionError: throw Self.refused("Access is denied by policy.")
        case .backendUnknown:
            throw GraphFailure(
                503, "ExtensionError",
                "Operation: Create; Exception: [Status Code: ServiceUnavailable; "
                    + "Reason: backend Unknown]")
        case .quota: throw Self.refused("The subscription quota of the mailbox is used up.")
        case nil: break
        }
        let taken = router.world.subscriptions.live(at: router.world.now).filter { $0.target.mailbox == mailbox.id }
        if taken.count >= SubscriptionBook.maximumPerMailbox {
            throw Self.refused("The subscription quota of the mailbox is used up.")
        }
    }

    private static func invalid(_ message: String) -> GraphFailure { GraphFailure(400, "InvalidRequest", message) }

    private static func refused(_ reason: String) -> GraphFailure {
        GraphFailure(
            403, "ExtensionError", "Operation: Create; Exception: [Status Code: Forbidden; Reason: \(reason)]")
    }
}
