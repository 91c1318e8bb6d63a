/// Subscriptions behind the scenes: dropping them, lifecycle events, what was delivered.
struct ControlSubscriptions {
    let router: ControlRouter

    private var book: SubscriptionBook { router.world.subscriptions }

    func answer(_ rest: [String]) throws -> Answer {
        guard let id = rest.first else {
            return Answer(200, json: .array(book.live(at: router.world.now).map(json)))
        }
        guard let subscription = book.all[id] else { throw ControlFailure.missing("subscription \(id)") }
        switch (router.method, rest.count > 1 ? rest[1] : "") {
        case ("GET", ""): return Answer(200, json: json(subscription))
        case ("DELETE", ""):
            book.remove(id)
            if router.call.option("silent") == nil {
                book.lifecycle("subscriptionRemoved", of: subscription, at: router.world.now)
            }
            return Answer(200, json: [:])
        case ("POST", "lifecycle"):
            let event = try router.string(try router.body(), "event")
            book.lifecycle(event, of: subscription, at: router.world.now)
            if event == "subscriptionRemoved" { book.remove(id) }
            return Answer(200, json: [:])
        default: throw router.notAllowed()
        }
    }

    func notifications() throws -> Answer {
        if router.method == "DELETE" { book.forgetRecords() }
        let states = book.endpointStates(at: router.world.now).map { ($0.url, JSON.string($0.state.rawValue)) }
        return Answer(
            200,
            json: [
                "waiting": JSON(book.queue.count), "sent": .array(book.records.map(\.json)),
                "endpoints": .object(JSONObject(states)),
            ])
    }

    private func json(_ subscription: Subscription) -> JSON {
        var object = subscription.json().object ?? JSONObject()
        object["mailbox"] = JSON(router.world.mailbox(subscription.target.mailbox)?.address)
        return .object(object)
    }
}
