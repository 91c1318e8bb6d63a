import FleetCore
import FleetGateway
import FleetStore
import Graph
import HTTP
import Logging
import Reactor
import Redis
import Telemetry

/// The parts of a gateway process that have a life of their own.
struct GatewayProcessParts: Sendable {
    let reactor: Reactor
    let redis: RedisClient
    let followingRedis: RedisClient
    let store: Store
    let http: HTTPClient
    let gateway: Gateway
}

extension Wiring {
    /// How long a call waits for Redis before it answers 503.
    private static let gatewayPatience = Duration.seconds(2)

    /// Builds a gateway from its settings. Reads the files; opens no connection.
    /// - Throws: ``ProgramError`` 78 with the file that is missing or can't be used.
    static func gatewayParts(
        _ settings: GatewaySettings, reactor: Reactor, logger: Logger
    ) throws -> GatewayProcessParts {
        let keys = try sealingKeys(settings.keysFile)
        let tenantKeys = try tenantKeys(settings.gateway)
        let operatorKey = try operatorKey(settings.gateway)
        func client(_ name: String, quiet: Bool) -> RedisClient {
            var configuration = RedisConfiguration(url: settings.shared.redis)
            configuration.clientName = name
            configuration.commandTimeout = gatewayPatience
            configuration.announcesOutages = !quiet
            return RedisClient(configuration: configuration, reactor: reactor, logger: Logger(label: "redis"))
        }
        let redis = client("outlook-fleet-gateway", quiet: false)
        let following = client("outlook-fleet-gateway-results", quiet: true)
        var options = Store.Options()
        options.patience = gatewayPatience
        let store = Store(redis: redis, namespace: settings.shared.namespace, options: options)
        let http = HTTPClient(reactor: reactor)
        let secret = try settings.graph.clientSecretFile.map { path throws(ProgramError) in try ClientSecret.read(path)
        }
        let endpoint = try GraphEndpoint(graphURL: settings.graph.graphURL, loginURL: settings.graph.loginURL)
        let clock = FleetClock()
        let login = LoginClient(
            http: http, endpoint: endpoint,
            registration: .init(clientID: settings.graph.clientID ?? "", clientSecret: secret),
            timeout: settings.graph.requestTimeout, now: { clock.now })
        var parts = Gateway.Parts(
            redis: redis, followingRedis: following, store: store, sealer: Sealer(keys), tenantKeys: tenantKeys,
            operatorKey: operatorKey, login: login, loginURL: endpoint.loginURL, clientID: settings.graph.clientID)
        parts.clock = clock
        let gateway = Gateway(configuration: configuration(settings), parts: parts, logger: logger)
        return GatewayProcessParts(
            reactor: reactor, redis: redis, followingRedis: following, store: store, http: http, gateway: gateway)
    }

    /// - Throws: ``ProgramError`` 78 with the file, the line and what is wrong.
    static func tenantKeys(_ flags: GatewayFlags.Values) throws(ProgramError) -> TenantKeys {
        guard let path = flags.tenantKeysFile else {
            throw ProgramError(
                .configuration,
                "--tenant-keys-file is missing: (umask 077; outlook-fleet tenant key ID > tenant.keys) makes one")
        }
        do throws(GatewayFault) {
            return try TenantKeys(file: path)
        } catch {
            throw ProgramError(.configuration, error.description)
        }
    }

    private static func operatorKey(_ flags: GatewayFlags.Values) throws(ProgramError) -> OperatorKey? {
        guard let path = flags.operatorKeyFile else { return nil }
        do throws(GatewayFault) {
            return try OperatorKey(file: path)
        } catch {
            throw ProgramError(.configuration, error.description)
        }
    }

    private static func configuration(_ settings: GatewaySettings) -> GatewayConfiguration {
        var configuration = GatewayConfiguration()
        configuration.host = settings.gateway.listen.host
        configuration.port = settings.gateway.listen.port
        configuration.publicURL = settings.gateway.publicURL
        configuration.returnURL = settings.gateway.returnURL
        if let certificate = settings.gateway.certificateFile, let key = settings.gateway.tlsKeyFile {
            configuration.tls = .init(certificateFile: certificate, keyFile: key)
        }
        return configuration
    }
}
