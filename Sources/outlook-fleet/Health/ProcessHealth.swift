import FleetGateway
import FleetWorker

/// What `/livez`, `/readyz` and systemd want to know of a process.
protocol ProcessHealth: Sendable {
    /// Why work can't be expected of it, for people; nil when it can.
    var unreadiness: String? { get }
    /// Whether a supervisor should leave it alone. `now` is the reactor's clock.
    func isLive(now: ContinuousClock.Instant) -> Bool
}

extension WorkerHealth: ProcessHealth {
    func isLive(now: ContinuousClock.Instant) -> Bool { isLive(now: now, limit: .seconds(30)) }
}

extension GatewayHealth: ProcessHealth {}
