import Logging
import Reactor
import Redis
import TestSupport

/// Runs `body` on a reactor of its own, with a client that is connected to `url`; stops both afterwards.
func withRedis(
    _ url: String, configure: @Sendable (inout RedisConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (RedisClient, Reactor) async throws -> Void
) async throws {
    var configuration = RedisConfiguration(url: try RedisURL(url))
    configuration.backoffCap = .milliseconds(50)
    configure(&configuration)
    try await withRedis(configuration, logger: .silent) { client, reactor in
        try await client.waitUntilConnected(within: .seconds(10))
        try await body(client, reactor)
    }
}

/// The same without waiting for the connection.
func withRedis(
    _ configuration: RedisConfiguration, logger: Logger,
    _ body: @escaping @Sendable (RedisClient, Reactor) async throws -> Void
) async throws {
    let reactor = try Reactor(name: "test")
    reactor.start()
    defer { reactor.stop() }
    let client = RedisClient(configuration: configuration, reactor: reactor, logger: logger)
    try await withTaskExecutorPreference(reactor) {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await client.run() }
            defer { group.cancelAll() }
            try await body(client, reactor)
        }
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
