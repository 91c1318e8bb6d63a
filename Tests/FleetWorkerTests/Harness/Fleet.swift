import FleetCore
import FleetStore
import FleetWorker
import Foundation
import Graph
import GraphSimulator
import HTTP
import Logging
import Reactor
import Redis
import Synchronization
import Telemetry
import TestSupport

/// A fleet for one test: a namespace of its own on a real redis-server, a simulator of its own, and workers when asked
/// for.
struct Fleet: Sendable {
    let reactor: Reactor
    let redis: RedisClient
    let store: Store
    let http: HTTPClient
    let graph: GraphWorld
    let sealer: Sealer
    let logs: LogRecorder

    var keys: Keys { store.keys }

    /// Runs `body` with a fleet that has no worker yet; on `server` for tests that trouble it.
    static func with(
        server: RedisServer? = nil, options: SimulatorOptions = SimulatorOptions(),
        _ body: @escaping @Sendable (Fleet) async throws -> Void
    ) async throws {
        let shared: RedisServer
        if let server { shared = server } else { shared = try await SharedRedis.server() }
        try await GraphSimulatorServer.withServer(options: options) { simulator in
            let reactor = try Reactor(name: "fleet-test")
            reactor.start()
            defer { reactor.stop() }
            let logs = LogRecorder()
            var configuration = RedisConfiguration(url: try RedisURL(shared.unixURL))
            configuration.backoffCap = .milliseconds(50)
            let redis = RedisClient(configuration: configuration, reactor: reactor, logger: logs.logger)
            let http = HTTPClient(reactor: reactor)
            let fleet = Fleet(
                reactor: reactor, redis: redis, store: Store(redis: redis, namespace: SharedRedis.nextNamespace()),
                http: http, graph: GraphWorld(simulator), sealer: Sealer(try SealingKeys(text: SealingKeys.newLine())),
                logs: logs)
            try await withTaskExecutorPreference(reactor) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await redis.run() }
                    defer { group.cancelAll() }
                    try await redis.waitUntilConnected(within: .seconds(10))
                    try await body(fleet)
                }
            }
            await http.close()
        }
    }

    /// Runs `body` with a fleet and one worker.
    static func withWorker(
        server: RedisServer? = nil, options: SimulatorOptions = SimulatorOptions(),
        _ body: @escaping @Sendable (Fleet) async throws -> Void
    ) async throws {
        try await with(server: server, options: options) { fleet in
            try await fleet.withWorker { _ in try await body(fleet) }
        }
    }

    /// Runs `body` while a worker works; drains it at the end.
    func withWorker<Value: Sendable>(
        hooks: WorkerHooks = WorkerHooks(), clock: FleetClock = FleetClock(), webhookURL: String? = nil,
        budgets: BudgetLimits? = nil,
        configure: @Sendable (inout WorkerConfiguration) -> Void = { _ in },
        configureParts: (inout Worker.Parts) -> Void = { _ in },
        _ body: @escaping @Sendable (Worker) async throws -> Value
    ) async throws -> Value {
        let worker = try makeWorker(
            hooks: hooks, clock: clock, webhookURL: webhookURL, budgets: budgets, configure: configure,
            configureParts: configureParts)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                await worker.run()
                return nil
            }
            group.addTask { try await body(worker) }
            defer { group.cancelAll() }
            var result: Value?
            while let ended = try await group.next() {
                if let ended { result = ended }
                // A second time would mean: at once.
                if worker.health.unreadiness != "draining" { worker.beginDrain() }
            }
            guard let result else { throw CancellationError() }
            return result
        }
    }

    /// A worker that somebody must run.
    func makeWorker(
        hooks: WorkerHooks = WorkerHooks(), clock: FleetClock = FleetClock(), webhookURL: String? = nil,
        budgets: BudgetLimits? = nil,
        configure: @Sendable (inout WorkerConfiguration) -> Void = { _ in },
        configureParts: (inout Worker.Parts) -> Void = { _ in }
    ) throws -> Worker {
        var configuration = WorkerConfiguration()
        configuration.drainTimeout = .seconds(5)
        configuration.backoff = .milliseconds(10)
        configuration.reapInterval = .milliseconds(200)
        configure(&configuration)
        let endpoint = try GraphEndpoint(graphURL: graph.simulator.graphURL, loginURL: graph.simulator.url)
        let login = LoginClient(
            http: http, endpoint: endpoint,
            registration: LoginClient.Registration(
                clientID: SimulatorOptions.defaultClientID,
                clientSecret: Secret(SimulatorOptions.defaultClientSecret)), now: { clock.now })
        var parts = Worker.Parts(
            store: store, sealer: sealer, graph: GraphClient(http: http, endpoint: endpoint, now: { clock.now }),
            login: login, makeName: { "w-" + UUID().uuidString })
        parts.hooks = hooks
        parts.clock = clock
        parts.webhookURL = webhookURL
        parts.budgets = budgets
        configureParts(&parts)
        return Worker(configuration: configuration, parts: parts, logger: logs.logger)
    }
}

/// Keeps log lines for tests.
final class LogRecorder: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func count(containing text: String) -> Int { all.count { $0.contains(text) } }

    var logger: Logger {
        var logger = Logger(label: "worker") { _ in Handler(recorder: self) }
        logger.logLevel = .debug
        return logger
    }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
            let text =
                "\(event.level) \(event.message) " + fields.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            recorder.lines.withLock { $0.append(text) }
        }
    }
}
