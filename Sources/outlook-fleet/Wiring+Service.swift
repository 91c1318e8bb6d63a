import HTTP
import Logging
import Metrics
import Reactor
import Telemetry

/// What a worker and a gateway have before their parts.
struct Service: Sendable {
    let reactor: Reactor
    let registry: MetricsRegistry
    let logger: Logger
}

extension Wiring {
    /// Sets up logs, metrics and a reactor, builds a process of parts, runs it, and closes its HTTP client whatever
    /// came of it. Once per process.
    ///
    /// - Parameter name: of the loop's thread and the log's label.
    static func withService(
        named name: String, logs: LogFlags.Values,
        _ build: @escaping @Sendable (Service) throws -> (http: HTTPClient, run: @Sendable () async throws -> Void)
    ) async throws {
        LoggingSystem.bootstrapFleet(level: logs.level, format: logs.format)
        let registry = MetricsRegistry()
        MetricsSystem.bootstrap(registry)
        FleetMetric.buildInfo.gauge([("version", Version.text)]).record(1)
        try await withReactor(named: name) { reactor in
            let (http, run) = try build(Service(reactor: reactor, registry: registry, logger: Logger(label: name)))
            do {
                try await run()
            } catch {
                await http.close()
                throw error
            }
            await http.close()
        }
    }
}
