import Hummingbird
import Reactor

/// `/livez` and `/readyz` where the calls come: for a load balancer in front of several gateways. A supervisor asks at
/// `--metrics-listen`, which strangers don't reach.
struct HealthCalls: Sendable {
    let health: GatewayHealth

    var routes: [Routes.Route] {
        [
            Routes.Route("livez", "/livez", ["GET": { live($0) }]),
            Routes.Route("readyz", "/readyz", ["GET": { _ in ready() }]),
        ]
    }

    private func live(_ call: GatewayRequest) -> Response {
        health.isLive(now: call.reactor.now) ? .text(200, "alive\n") : .text(503, "the loop hangs\n")
    }

    private func ready() -> Response {
        health.unreadiness.map { .text(503, $0 + "\n") } ?? .text(200, "ready\n")
    }
}
