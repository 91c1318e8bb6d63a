import FleetCore
import FleetStore
import Logging
import Reactor
import Redis
import TestSupport

/// A store in a namespace of its own on the shared server, with a raw client beside it.
struct StoreHarness: Sendable {
    let store: Store
    let redis: RedisClient

    var queue: JobQueue { JobQueue(store) }
    var intake: JobIntake { JobIntake(store) }
    var keys: Keys { store.keys }

    /// Runs `body` with a store on the shared server; or on `server`, for tests that change it; by
    /// `url` where that isn't the way to it.
    static func with(
        server: RedisServer? = nil, url: String? = nil, configure: @Sendable (inout Store.Options) -> Void = { _ in },
        _ body: @escaping @Sendable (StoreHarness) async throws -> Void
    ) async throws {
        let shared: RedisServer
        if let server { shared = server } else { shared = try await SharedRedis.server() }
        let reactor = try Reactor(name: "store-test")
        reactor.start()
        defer { reactor.stop() }
        var configuration = RedisConfiguration(url: try RedisURL(url ?? shared.unixURL))
        configuration.backoffCap = .milliseconds(50)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let client = RedisClient(configuration: configuration, reactor: reactor, logger: logger)
        var options = Store.Options()
        options.patience = .seconds(20)
        configure(&options)
        let store = Store(redis: client, namespace: SharedRedis.nextNamespace(), options: options)
        try await withTaskExecutorPreference(reactor) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await client.run() }
                defer { group.cancelAll() }
                try await client.waitUntilConnected(within: .seconds(10))
                try await body(StoreHarness(store: store, redis: client))
            }
        }
    }
}
