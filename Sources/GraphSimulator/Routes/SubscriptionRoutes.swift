/// `/subscriptions`.
struct SubscriptionRoutes {
    let router: GraphRouter

    func answer(rest: [String]) throws(GraphFailure) -> Answer {
        throw GraphFailure(501, "NotImplemented", "This operation target is not yet supported.")
    }
}
