import Hummingbird
import Reactor

/// `/livez` and `/readyz`: for a load balancer in front of several gateways.
struct HealthCalls: Sendable {
    let feed: ResultFeed
    let stopping: Gate

    var routes: [Routes.Route] {
        [
            Routes.Route("livez", "/livez", ["GET": { _ in .text(200, "alive\n") }]),
            Routes.Route("readyz", "/readyz", ["GET": { _ in ready() }]),
        ]
    }

    private func ready() -> Response {
        if stopping.isOpen { return .text(503, "stopping\n") }
        return feed.isFollowing ? .text(200, "ready\n") : .text(503, "Redis is away\n")
    }
}
