/// What happened to an event.
enum ChangeKind: String, CaseIterable, Sendable {
    case created, updated, deleted
}

/// A subscription to changes of one mailbox or calendar.
struct Subscription: Sendable {
    /// What it watches.
    struct Target: Hashable, Sendable {
        let mailbox: String
        /// Number of a calendar; nil is the whole mailbox.
        let folder: Int?
    }

    let id: String
    let app: String
    /// The user who made it, or nil for an app on its own.
    let user: String?
    let directory: String
    /// As the client wrote it.
    let resource: String
    let target: Target
    let kinds: Set<ChangeKind>
    /// As the client wrote them.
    let changeType: String
    let notificationURL: String
    let lifecycleURL: String?
    let clientState: String?
    let tlsVersion: String
    let isImmutable: Bool
    var expires: Instant
    /// When the rights that it hangs on were last shown: made, renewed or reauthorized.
    var authorized: Instant
    /// Whether Graph has asked for them again since.
    var isAsked = false
    /// The last renewal and the last reauthorization.
    var renewedAt: Instant?
    var reauthorizedAt: Instant?

    /// What makes two subscriptions the same to Graph.
    var identity: [String] { [app, user ?? "", changeType, resource.lowercased()] }

    func json(showsState: Bool = true) -> JSON {
        [
            "id": .string(id), "resource": .string(resource), "applicationId": .string(app),
            "changeType": .string(changeType), "clientState": showsState ? JSON(clientState) : .null,
            "notificationUrl": .string(notificationURL), "notificationQueryOptions": nil,
            "lifecycleNotificationUrl": JSON(lifecycleURL), "expirationDateTime": .string(expires.iso),
            "creatorId": .string(user ?? app), "includeResourceData": nil,
            "latestSupportedTlsVersion": .string(tlsVersion), "encryptionCertificate": nil,
            "encryptionCertificateId": nil, "notificationUrlAppId": nil,
        ]
    }
}

/// One thing to tell one subscriber.
struct Delivery: Sendable {
    let subscription: String
    let url: String
    let item: JSON
    /// When it may be sent at the earliest, and until when it is tried.
    var due: Instant
    let expires: Instant
    var attempts = 0
}

/// A POST to a subscriber, as the log keeps it.
struct DeliveryRecord: Sendable {
    let at: Instant
    let url: String
    let items: [JSON]
    /// 0 if there was no answer.
    let status: Int

    var json: JSON {
        ["at": .string(at.iso), "url": .string(url), "items": .array(items), "status": JSON(status)]
    }
}
