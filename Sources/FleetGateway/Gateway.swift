package import FleetStore
package import Graph
package import Logging
import Metrics
import Reactor
package import Redis
import Telemetry

// Hummingbird serves on NIO's threads and Swift's pool, Redis and Microsoft's login are asked on the reactor, as
// everywhere in this house. A request hops onto the loop for each command and back with its reply: some microseconds,
// and a page that takes long to write never holds up the loop. What waits for a result waits on no thread.

/// The HTTP side of the fleet: the product's API, consents, Graph's notifications, the dashboard.
///
/// It keeps nothing that matters: what it knows of jobs is in Redis, so any number of them may stand side by side, and
/// each may be killed.
package final class Gateway: Sendable {
    /// What it works with.
    package struct Parts: Sendable {
        /// For commands.
        package var redis: RedisClient
        /// For the one blocking read of the results; nothing else may use it. Same reactor.
        package var followingRedis: RedisClient
        /// The fleet's state; its patience bounds how long a call waits for Redis.
        package var store: Store
        /// Seals tokens and states of consents.
        package var sealer: Sealer
        /// Who may come.
        package var tenantKeys: TenantKeys
        /// Opens the dashboard; nil: it stays shut.
        package var operatorKey: OperatorKey?
        /// Redeems the codes of consents.
        package var login: LoginClient
        /// Base of Microsoft's login URLs, without a slash at the end.
        package var loginURL: String
        /// Of the app's registration; nil: no consents.
        package var clientID: String?
        /// The fleet's clock, that of `login` too; the gateway reads Redis's into it.
        package var clock = FleetClock()

        /// All of them.
        package init(
            redis: RedisClient, followingRedis: RedisClient, store: Store, sealer: Sealer, tenantKeys: TenantKeys,
            operatorKey: OperatorKey?, login: LoginClient, loginURL: String, clientID: String?
        ) {
            self.redis = redis
            self.followingRedis = followingRedis
            self.store = store
            self.sealer = sealer
            self.tenantKeys = tenantKeys
            self.operatorKey = operatorKey
            self.login = login
            self.loginURL = loginURL
            self.clientID = clientID
        }
    }

    private let configuration: GatewayConfiguration
    private let parts: Parts
    private let logger: Logger
    private let door: Doorkeeper
    private let feed: ResultFeed
    private let directory: JobDirectory
    private let dashboard: DashboardFeed
    private let batcher: NoticeBatcher
    private let address: PublicAddress
    private let stopping: Gate
    private let responder: GatewayResponder
    /// Whether work can be expected of it.
    package let health: GatewayHealth

    /// Puts it together; nothing happens before `run`.
    package init(configuration: GatewayConfiguration, parts: Parts, logger: Logger) {
        self.configuration = configuration
        self.parts = parts
        self.logger = logger
        let reactor = parts.redis.reactor
        let slowness = WrongKeys(reactor: reactor)
        door = Doorkeeper(parts.tenantKeys, slowness: slowness)
        dashboard = DashboardFeed(store: parts.store)
        feed = ResultFeed(parts.followingRedis, unblockedBy: parts.redis, keys: parts.store.keys)
        stopping = Gate()
        health = GatewayHealth(feed: feed, stopping: stopping)
        directory = JobDirectory(parts.store)
        let limits = RequestLimits(
            most: configuration.maximumRequests, mostOfTenant: configuration.maximumRequestsOfTenant)
        let calendars = CalendarCalls(
            door: door, limits: limits, desk: JobDesk(directory: directory, feed: feed, reactor: reactor),
            sealer: parts.sealer, clock: parts.clock, connections: ConnectionStore(parts.store),
            mirror: MirrorReader(parts.store), configuration: configuration)
        address = PublicAddress(configuration.publicURL)
        let consents = ConsentCalls(
            calendars: calendars, login: parts.login, loginURL: parts.loginURL, clientID: parts.clientID,
            address: address, states: UsedStates(parts.store), sealer: parts.sealer, clock: parts.clock,
            configuration: configuration, logger: logger)
        let subscriptions = Subscriptions(parts.store)
        batcher = NoticeBatcher(reactor: reactor, patience: configuration.notificationPatience) { notices in
            try await subscriptions.take(notices)
        }
        let pages = DashboardCalls(
            door: OperatorDoor(parts.operatorKey, slowness: slowness), feed: dashboard, store: parts.store)
        // Earlier ones win: `authorize`, `callback` and `connect` are no calendars.
        let routes =
            HealthCalls(health: health).routes + DocumentCalls().routes + consents.routes + calendars.routes
            + WebhookCalls(batcher: batcher).routes + pages.routes
        responder = GatewayResponder(routes: Routes(routes), limits: limits, reactor: reactor, logger: logger)
    }

    /// From now on these keys count; requests under way go on.
    package func replace(_ keys: TenantKeys) { door.replace(keys) }

    /// Takes no new connections and ends those that are open once they are answered, calls that wait for their job with
    /// 202; then `run` returns.
    package func stop() {
        stopping.open()
        feed.stop()
        dashboard.stop()
    }

    /// Serves until `stop`, or until cancelled.
    ///
    /// - Parameter listening: told the port, before the first request is taken.
    /// - Throws: ``GatewayFault`` when the address or the certificate can't be used.
    package func run(listening: @escaping @Sendable (Int) -> Void) async throws {
        let server = GatewayServer(
            host: configuration.host, port: configuration.port, tls: configuration.tls, responder: responder,
            stopping: stopping)
        let isSecure = configuration.tls != nil
        try await withThrowingTaskGroup(of: Bool.self) { group in
            // Off the loop: what this task starts would else inherit it.
            group.addTask(executorPreference: globalConcurrentExecutor) { [address, configuration] in
                try await server.run { port in
                    address.found(host: configuration.host, port: port, isSecure: isSecure)
                    listening(port)
                }
                return true
            }
            group.addTask { [batcher] in
                await batcher.run()
                return false
            }
            group.addTask { [feed] in
                await feed.run()
                return false
            }
            group.addTask { [dashboard] in
                await dashboard.run()
                return false
            }
            group.addTask { [self] in
                await tick()
                return false
            }
            defer { group.cancelAll() }
            while let isServer = try await group.next() {
                if isServer { return }
            }
        }
    }

    /// Keeps the index of results close to the stream's end, so that a question after a job finds it short, and the
    /// fleet's clock to Redis's; and says that the loop turns.
    private func tick() async {
        let reactor = parts.redis.reactor
        while !Task.isCancelled {
            // An outage is announced by the connection; a question after a job says 503 by itself.
            _ = try? await directory.index()
            if let now = try? await parts.store.now() { parts.clock.read(now) }
            health.turned(at: reactor.now)
            FleetMetric.gatewayInFlight.gauge().record(responder.limits.current)
            try? await reactor.sleep(for: .seconds(1))
        }
    }
}
