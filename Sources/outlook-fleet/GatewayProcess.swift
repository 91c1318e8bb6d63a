import FleetGateway
import Foundation
import Glibc
import Logging
import Reactor
import Redis
import Telemetry

/// Runs one gateway in this process.
struct GatewayProcess: Sendable {
    /// How long requests under way may take after a signal to stop.
    private static let drainTime = Duration.seconds(10)

    let settings: GatewaySettings
    let parts: GatewayProcessParts
    let registry: MetricsRegistry
    let logger: Logger

    /// From settings to the end.
    /// - Throws: ``ProgramError``, 78 for what is wrong with files or the address.
    static func run(_ settings: GatewaySettings) async throws {
        try await Wiring.withService(named: "gateway", logs: settings.logs) { service in
            let parts = try Wiring.gatewayParts(settings, reactor: service.reactor, logger: service.logger)
            let process = GatewayProcess(
                settings: settings, parts: parts, registry: service.registry, logger: service.logger)
            return (parts.http, process.run)
        }
    }

    /// What ends.
    private enum Ended: Sendable {
        case gateway, other
    }

    private func run() async throws {
        let signals = try UnixSignals.stream([SIGTERM, SIGINT, SIGHUP], on: parts.reactor)
        let manager = ServiceManager(environment: ProcessInfo.processInfo.environment)
        do {
            try await withThrowingTaskGroup(of: Ended.self) { group in
                defer { group.cancelAll() }
                try await startHealthServer(in: &group)
                for client in [parts.redis, parts.followingRedis] {
                    group.addTask {
                        await client.run()
                        return .other
                    }
                }
                group.addTask {
                    try await heed(signals, manager)
                    return .gateway
                }
                if let manager {
                    group.addTask {
                        let health = parts.gateway.health
                        try await ServiceReport(manager: manager, health: health, reactor: parts.reactor).run()
                        return .other
                    }
                }
                group.addTask {
                    try await RedisGreeting(redis: parts.redis, namespace: settings.shared.namespace).wait()
                    return .other
                }
                group.addTask {
                    try await parts.gateway.run { port in
                        logger.event(
                            .notice, "gateway listens",
                            [
                                .endpoint: .text("\(settings.gateway.listen.host):\(port)"),
                                .version: .text(Version.text), .processID: .number(getpid()),
                            ])
                    }
                    return .gateway
                }
                while let ended = try await group.next() {
                    if ended == .gateway { return }
                }
            }
        } catch let fault as GatewayFault {
            throw ProgramError(.configuration, fault.description)
        }
        logger.event(.notice, "gateway ended")
    }

    private func startHealthServer(in group: inout ThrowingTaskGroup<Ended, any Error>) async throws {
        guard case .at(let host, let port) = settings.gateway.metricsListen else { return }
        let health = parts.gateway.health
        let samples = ProcessSamples(reactor: parts.reactor, redis: parts.redis, health: health, ready: .gatewayReady)
        let server = HealthServer(
            host: host, port: port, health: health, reactor: parts.reactor, registry: registry, samples: samples,
            fleet: FleetSamples(store: parts.store))
        try await server.start(in: &group, ending: .other, logger: logger)
    }

    /// Returns when the time for requests under way is over.
    private func heed(_ signals: AsyncStream<Int32>, _ manager: ServiceManager?) async throws {
        for await signal in signals {
            guard signal != SIGHUP else {
                readKeysAgain()
                continue
            }
            logger.event(.notice, "asked to stop", [.signal: .text(signal == SIGINT ? "SIGINT" : "SIGTERM")])
            manager?.tell("STOPPING=1", "STATUS=finishing what is under way")
            parts.gateway.stop()
            try await parts.reactor.sleep(for: Self.drainTime)
            return
        }
    }

    /// A file that is wrong changes nothing: the gateway goes on with the keys that it has.
    private func readKeysAgain() {
        do throws(ProgramError) {
            let keys = try Wiring.tenantKeys(settings.gateway)
            parts.gateway.replace(keys)
            logger.event(.notice, "tenant keys read again", [.count: .number(keys.count)])
        } catch {
            logger.event(.error, "tenant keys can't be used; the old ones stay", [.error: .text(error.message)])
        }
    }
}
