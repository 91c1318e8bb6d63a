import FleetCore
import FleetStore
import FleetWorker
import Glibc
import Graph
import HTTP
import Logging
import Reactor
import Redis
import Telemetry

/// The parts of a worker process that have a life of their own.
struct WorkerParts: Sendable {
    let reactor: Reactor
    let redis: RedisClient
    let http: HTTPClient
    let store: Store
    let worker: Worker
}

extension Wiring {
    /// Builds a worker from its settings. Reads the keys and the client's secret; opens no connection.
    /// - Throws: ``ProgramError`` 78 with the file that is missing or can't be used.
    static func workerParts(
        _ settings: WorkerSettings, reactor: Reactor, logger: Logger
    ) throws -> WorkerParts {
        let keys = try sealingKeys(settings.keysFile)
        let secret = try settings.graph.clientSecretFile.map { path throws(ProgramError) in try ClientSecret.read(path)
        }
        if settings.graph.clientID == nil {
            logger.event(
                .warning, "no client id: tokens can't be refreshed",
                [.hint: "set --client-id and --client-secret-file to those of the app registration"])
        }

        let redis = RedisClient(
            configuration: redisConfiguration(settings), reactor: reactor, logger: Logger(label: "redis"))
        let store = Store(
            redis: redis, namespace: settings.shared.namespace, options: storeOptions(settings.work))
        let endpoint = try GraphEndpoint(graphURL: settings.graph.graphURL, loginURL: settings.graph.loginURL)
        let http = HTTPClient(reactor: reactor)
        var limits = GraphClient.Limits()
        limits.timeout = settings.graph.requestTimeout
        // Tokens end by the fleet's clock, not by this machine's, which may be an hour off.
        let clock = FleetClock()
        let login = LoginClient(
            http: http, endpoint: endpoint,
            registration: .init(clientID: settings.graph.clientID ?? "", clientSecret: secret),
            timeout: settings.graph.requestTimeout, now: { clock.now })
        let graph = GraphClient(http: http, endpoint: endpoint, limits: limits, now: { clock.now })
        var parts = Worker.Parts(
            store: store, sealer: Sealer(keys), graph: graph, login: login, makeName: ownerName)
        parts.clock = clock
        parts.webhookURL = settings.endpoints.webhookURL.map(webhook)
        parts.budgets = settings.budgets.limits
        parts.decoder.limits.maximumBytes = settings.work.maxPayload
        let worker = Worker(configuration: try configuration(settings.work), parts: parts, logger: logger)
        return WorkerParts(reactor: reactor, redis: redis, http: http, store: store, worker: worker)
    }

    /// The gateway's route for Graph's notifications, below its public base.
    private static func webhook(_ base: String) -> String {
        var base = base
        while base.hasSuffix("/") { base.removeLast() }
        return base + "/webhooks/graph"
    }

    static func sealingKeys(_ path: String?) throws(ProgramError) -> SealingKeys {
        guard let path else {
            throw ProgramError(
                .configuration,
                "--sealing-keys-file is missing: (umask 077; outlook-fleet keys new > sealing.keys) makes one")
        }
        do throws(SealingKeys.Fault) {
            return try SealingKeys(file: path)
        } catch {
            throw ProgramError(.configuration, error.description)
        }
    }

    private static func redisConfiguration(_ settings: WorkerSettings) -> RedisConfiguration {
        var configuration = RedisConfiguration(url: settings.shared.redis)
        configuration.clientName = "outlook-fleet-worker"
        return configuration
    }

    private static func storeOptions(_ flags: WorkerFlags.Values) -> Store.Options {
        var options = Store.Options()
        options.resultsLength = flags.resultsMaxlen
        options.changesLength = flags.changesMaxlen
        options.idsSeconds = Int(flags.idsTTL / .seconds(1))
        options.maximumPayload = flags.maxPayload
        return options
    }

    private static func configuration(_ flags: WorkerFlags.Values) throws(ProgramError) -> WorkerConfiguration {
        var configuration = WorkerConfiguration()
        configuration.concurrency = flags.concurrency
        configuration.lease = flags.lease
        configuration.drainTimeout = flags.drainTimeout
        configuration.maximumAttempts = flags.maxAttempts
        configuration.maximumCrashes = flags.maxCrashes
        configuration.backoff = flags.backoff
        configuration.backoffCap = flags.backoffCap
        configuration.tenantShare = flags.tenantShare
        configuration.version = Version.text
        // The flags have the same ranges; a range that was narrowed only in the worker's room shows here.
        let faults = configuration.faults
        guard faults.isEmpty else {
            throw ProgramError(.usage, faults.map(\.description).joined(separator: "; "))
        }
        return configuration
    }

    /// `host-pid-random`: never used before, and an operator sees where it runs.
    private static func ownerName() -> String {
        let random = String(UInt32.random(in: .min ... .max), radix: 36)
        return "\(HostName.short)-\(getpid())-\(random)"
    }
}
