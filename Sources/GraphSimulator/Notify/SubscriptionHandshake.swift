/// `POST /subscriptions`: read, validated at its URLs while the request waits, then made.
///
/// The subscriber is asked before it gets the 201, for a subscription whose id it can't know yet.
struct SubscriptionHandshake: Sendable {
    let pipeline: Pipeline
    let call: HTTPCall

    private enum Step: Sendable {
        case refused(Answer)
        case ask(Subscription, tokens: [(url: String, token: String)])
    }

    func answer() async -> Answer {
        switch pipeline.simulator.locked({ plan($0) }) {
        case .refused(let answer): return answer
        case .ask(let subscription, let tokens):
            for (url, token) in tokens where await !Notifier.isValid(url, token: token) {
                return pipeline.simulator.locked { $0.answer(Self.notValidated, call) }
            }
            return pipeline.simulator.locked { make(subscription, $0) }
        }
    }

    private static let notValidated = GraphFailure(
        400, "ValidationError",
        "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.")

    private func plan(_ world: World) -> Step {
        do throws(GraphFailure) {
            let router = GraphRouter(
                world: world, call: call, token: try world.authenticate(call),
                preferences: try Preferences(call.headers("prefer")))
            let subscription = try SubscriptionPlan(router: router).subscription()
            if let failure = duplicate(of: subscription, world) { throw failure }
            let urls = [subscription.notificationURL, subscription.lifecycleURL].compactMap(\.self)
            return .ask(subscription, tokens: urls.map { ($0, Self.token(world)) })
        } catch {
            return .refused(world.answer(error, call))
        }
    }

    /// Holds characters that have to be encoded in a URL, as Graph's do.
    private static func token(_ world: World) -> String {
        "Validation: Testing client application reachability for subscription Request-Id: \(world.random.guid())"
    }

    private func duplicate(of subscription: Subscription, _ world: World) -> GraphFailure? {
        guard world.subscriptions.live(at: world.now).contains(where: { $0.identity == subscription.identity }) else {
            return nil
        }
        return GraphFailure(409, "Conflict", "Subscription already exists for this resource and changeType.")
    }

    private func make(_ subscription: Subscription, _ world: World) -> Answer {
        if let failure = duplicate(of: subscription, world) { return world.answer(failure, call) }
        world.subscriptions.add(subscription)
        let context = JSON.string(call.base + "/v1.0/$metadata#subscriptions/$entity")
        var object = subscription.json().object ?? JSONObject()
        object.members.insert(.init(name: "@odata.context", value: context), at: 0)
        return world.stamped(Answer(201, json: .object(object)), call)
    }
}

extension HTTPCall {
    /// Whether it makes a subscription: the one request that waits for requests of our own.
    var makesSubscription: Bool {
        method == "POST" && segments.count == 2 && segments[0] == "v1.0" && segments[1].lowercased() == "subscriptions"
    }
}
