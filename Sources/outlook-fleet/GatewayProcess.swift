import FleetGateway
import Glibc
import HTTP
import Logging
import Metrics
import Reactor
import Redis
import Telemetry

/// Runs one gateway in this process.
struct GatewayProcess: Sendable {
    /// How long requests under way may take after a signal to stop.
    private static let drainTime = Duration.seconds(10)

    let settings: GatewaySettings
    let parts: GatewayProcessParts
    let logger: Logger

    /// From settings to the end.
    /// - Throws: ``ProgramError``, 78 for what is wrong with files or the address.
    static func run(_ settings: GatewaySettings) async throws {
        LoggingSystem.bootstrapFleet(level: settings.logs.level, format: settings.logs.format)
        MetricsSystem.bootstrap(MetricsRegistry())
        let logger = Logger(label: "gateway")
        try await Wiring.withReactor(named: "gateway") { reactor in
            let parts = try Wiring.gatewayParts(settings, reactor: reactor, logger: logger)
            let process = GatewayProcess(settings: settings, parts: parts, logger: logger)
            do {
                try await process.run()
            } catch {
                await parts.http.close()
                throw error
            }
            await parts.http.close()
        }
    }

    /// What ends.
    private enum Ended: Sendable {
        case gateway, other
    }

    private func run() async throws {
        let signals = try UnixSignals.stream([SIGTERM, SIGINT, SIGHUP], on: parts.reactor)
        do {
            try await withThrowingTaskGroup(of: Ended.self) { group in
                defer { group.cancelAll() }
                for client in [parts.redis, parts.followingRedis] {
                    group.addTask {
                        await client.run()
                        return .other
                    }
                }
                group.addTask {
                    try await heed(signals)
                    return .gateway
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

    /// Returns when the time for requests under way is over.
    private func heed(_ signals: AsyncStream<Int32>) async throws {
        for await signal in signals {
            guard signal != SIGHUP else {
                readKeysAgain()
                continue
            }
            logger.event(.notice, "asked to stop", [.signal: .text(signal == SIGINT ? "SIGINT" : "SIGTERM")])
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
