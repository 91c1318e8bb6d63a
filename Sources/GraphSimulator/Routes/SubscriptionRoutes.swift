/// `/subscriptions` but for the making of one: list, read, renew, reauthorize, delete.
struct SubscriptionRoutes {
    let router: GraphRouter

    private var book: SubscriptionBook { router.world.subscriptions }
    private var now: Instant { router.world.now }

    func answer(rest: [String]) throws(GraphFailure) -> Answer {
        guard let id = rest.first else {
            guard router.call.method == "GET" else { throw .methodNotAllowed }
            let values = book.live(at: now).filter(isOwn).map { $0.json(showsState: false) }
            let context = "\(router.root)/$metadata#subscriptions"
            return Answer(200, json: ["@odata.context": .string(context), "value": .array(values)])
        }
        guard let subscription = book.live(id, at: now), isOwn(subscription) else {
            throw GraphFailure(404, "ResourceNotFound", "The object was not found.")
        }
        switch (router.call.method, rest.count > 1 ? rest[1].lowercased() : "") {
        case ("GET", ""): return router.entity(subscription.json(showsState: false), context: "subscriptions/$entity")
        case ("PATCH", ""): return try renew(subscription)
        case ("DELETE", ""):
            book.remove(id)
            return Answer(204)
        case ("POST", "reauthorize"):
            try requireNotBoth(subscription.renewedAt)
            book.reauthorize(id, at: now)
            return Answer(204)
        default: throw .methodNotAllowed
        }
    }

    /// A renewal reauthorizes, too; Graph doesn't take both within ten minutes. What it answers then isn't documented.
    private func requireNotBoth(_ other: Instant?) throws(GraphFailure) {
        guard let other, other.adding(seconds: 600) > now else { return }
        throw GraphFailure(
            400, "InvalidRequest", "A subscription can't be both renewed and reauthorized within 10 minutes.")
    }

    private func renew(_ subscription: Subscription) throws(GraphFailure) -> Answer {
        try requireNotBoth(subscription.reauthorizedAt)
        let body = try router.body()
        try body.allow(only: ["expirationDateTime"], type: "the changes that a subscription takes")
        let expires = try SubscriptionPlan(router: router).expiration(body)
        book.renew(subscription.id, until: expires, at: now)
        var renewed = subscription
        renewed.expires = expires
        return router.entity(renewed.json(showsState: false), context: "subscriptions/$entity")
    }

    /// Graph shows an app those that it made, a user's token those made with that user's.
    private func isOwn(_ subscription: Subscription) -> Bool {
        guard subscription.app == router.token.app else { return false }
        switch router.token.subject {
        case .user(let id, _): return subscription.user == id
        case .app(let directory, _): return subscription.user == nil && subscription.directory == directory
        }
    }
}
