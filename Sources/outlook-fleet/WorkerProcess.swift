import FleetWorker
import Foundation
import Glibc
import Logging
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
        try await Wiring.withService(named: "worker", logs: settings.logs) { service in
            let parts = try Wiring.workerParts(settings, reactor: service.reactor, logger: service.logger)
            let process = WorkerProcess(
                settings: settings, parts: parts, registry: service.registry, logger: service.logger)
            return (parts.http, process.run)
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

    private func startHealthServer(in group: inout ThrowingTaskGroup<Ended, any Error>) async throws {
        guard case .at(let host, let port) = settings.endpoints.metricsListen else { return }
        let health = parts.worker.health
        let samples = ProcessSamples(reactor: parts.reactor, redis: parts.redis, health: health, ready: .workerReady)
        let server = HealthServer(
            host: host, port: port, health: health, reactor: parts.reactor, registry: registry, samples: samples,
            fleet: FleetSamples(store: parts.store))
        try await server.start(in: &group, ending: .other, logger: logger)
    }

    /// Says that work begins, once Redis is there and fit.
    private func greetRedis() async throws {
        try await RedisGreeting(redis: parts.redis, namespace: settings.shared.namespace).wait()
        logger.event(
            .notice, "worker started",
            [
                .version: .text(Version.text), .processID: .number(getpid()), .endpoint: .of(settings.shared.redis),
                .concurrency: .number(settings.work.concurrency),
            ])
    }
}
