import FleetWorker
import Foundation
import Glibc
import HTTP
import Logging
import Metrics
import Reactor
import Redis
import Telemetry

// The life of a worker process:
//
//   1. what can be wrong without Redis is found first: keys, client secret, the health endpoint's port
//   2. the connection to Redis is kept up from here on, however long Redis is away
//   3. the worker runs; SIGTERM or SIGINT begins its drain, a second one hands back at once
//      (systemd, if it started us, hears of each: see ServiceReport)
//   4. the worker returns; whatever else runs is cancelled, and the process ends with 0

/// Runs one worker in this process.
struct WorkerProcess: Sendable {
    let settings: WorkerSettings
    let parts: WorkerParts
    let registry: MetricsRegistry
    let logger: Logger

    /// From settings to the end of the drain.
    /// - Throws: ``ProgramError``, 78 for what is wrong with files, port or Redis's kind.
    static func run(_ settings: WorkerSettings) async throws {
        LoggingSystem.bootstrapFleet(level: settings.logs.level, format: settings.logs.format)
        let registry = MetricsRegistry()
        MetricsSystem.bootstrap(registry)
        FleetMetric.buildInfo.gauge([("version", Version.text)]).record(1)
        let logger = Logger(label: "worker")
        try await Wiring.withReactor(named: "worker") { reactor in
            let parts = try Wiring.workerParts(settings, reactor: reactor, logger: logger)
            let process = WorkerProcess(settings: settings, parts: parts, registry: registry, logger: logger)
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
        case worker, other
    }

    private func run() async throws {
        let signals = try UnixSignals.stream([SIGTERM, SIGINT], on: parts.reactor)
        let manager = ServiceManager(environment: ProcessInfo.processInfo.environment)
        try await withThrowingTaskGroup(of: Ended.self) { group in
            defer { group.cancelAll() }
            try await startHealthServer(in: &group)
            group.addTask {
                await parts.redis.run()
                return .other
            }
            group.addTask {
                for await signal in signals {
                    logger.event(.notice, "asked to stop", [.signal: .text(signal == SIGINT ? "SIGINT" : "SIGTERM")])
                    manager?.tell("STOPPING=1", "STATUS=draining")
                    parts.worker.beginDrain()
                }
                return .other
            }
            if let manager {
                group.addTask {
                    try await ServiceReport(manager: manager, health: parts.worker.health, reactor: parts.reactor).run()
                    return .other
                }
            }
            group.addTask {
                try await greetRedis()
                return .other
            }
            group.addTask {
                await parts.worker.run()
                return .worker
            }
            while let ended = try await group.next() {
                if ended == .worker { return }
            }
        }
        logger.event(.notice, "worker ended")
    }

    /// Returns once the server listens, so that a port in use ends the process before it takes a job.
    private func startHealthServer(in group: inout ThrowingTaskGroup<Ended, any Error>) async throws {
        guard case .at(let host, let port) = settings.endpoints.metricsListen else { return }
        let samples = WorkerSamples(reactor: parts.reactor, redis: parts.redis, health: parts.worker.health)
        let fleet = FleetSamples(store: parts.store)
        let server = HealthServer(
            host: host, port: port, health: parts.worker.health, reactor: parts.reactor, registry: registry,
            samples: samples, fleet: fleet)
        group.addTask {
            try await fleet.run()
            return .other
        }
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        group.addTask {
            defer { listening.finish() }
            try await server.run { listening.yield($0) }
            return .other
        }
        for await port in ports {
            logger.event(.info, "health endpoint listens", [.endpoint: .text("\(host):\(port)")])
            return
        }
        // The stream ended without a port: the task has thrown, and says why.
        _ = try await group.next()
    }

    /// Waits for Redis as long as it takes, refuses a cluster that would scatter the keys, and says that work begins.
    private func greetRedis() async throws {
        let server = try await serverInfo()
        if let refusal = RedisCheck.refusal(server, namespace: settings.shared.namespace) {
            throw ProgramError(.configuration, refusal)
        }
        logger.event(
            .notice, "worker started",
            [
                .version: .text(Version.text), .processID: .number(getpid()), .endpoint: .of(settings.shared.redis),
                .concurrency: .number(settings.work.concurrency),
            ])
    }

    /// What Redis says of itself, once it says something: its troubles are logged by those who work with it.
    private func serverInfo() async throws -> [String: String] {
        while true {
            do throws(RedisError) {
                try await parts.redis.waitUntilConnected(within: .seconds(3600))
                return try await RedisCheck.info("server", parts.redis)
            } catch  where error.kind == .cancelled {
                throw CancellationError()
            } catch  where error.kind == .noPermission {
                return [:]
            } catch {
                try await parts.reactor.sleep(for: .milliseconds(200))
            }
        }
    }
}
