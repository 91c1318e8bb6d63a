import FleetStore
import Logging
import Reactor
import Redis
import Telemetry

// With Wiring+Worker, the only files that know every room: commands say what they want, these put the parts together.

/// Builds what commands need.
enum Wiring {
    /// How long a command waits for Redis before it says that it is away. A worker waits for as long as it takes.
    static let patience = Duration.seconds(3)

    /// Runs a body on a reactor of its own.
    /// - Parameter name: of the loop's thread.
    static func withReactor<Value: Sendable>(
        named name: String = "command", _ body: @escaping @Sendable (Reactor) async throws -> Value
    ) async throws -> Value {
        let reactor = try Reactor(name: name)
        reactor.start()
        defer { reactor.stop() }
        return try await withTaskExecutorPreference(reactor) { try await body(reactor) }
    }

    /// Runs a command's body with the fleet's state.
    /// - Throws: ``ProgramError``, 69 when Redis is away, 78 when it refuses us.
    static func withStore<Value: Sendable>(
        _ shared: SharedFlags.Values, _ body: @escaping @Sendable (Store) async throws -> Value
    ) async throws -> Value {
        var options = Store.Options()
        options.patience = patience
        return try await withRedis(shared) { [options] redis in
            try await body(Store(redis: redis, namespace: shared.namespace, options: options))
        }
    }

    /// Runs a command's body on a reactor with a connection to Redis, and takes both down again.
    /// - Throws: ``ProgramError``, 69 when Redis is away, 78 when it refuses us.
    static func withRedis<Value: Sendable>(
        _ shared: SharedFlags.Values, _ body: @escaping @Sendable (RedisClient) async throws -> Value
    ) async throws -> Value {
        let quiet = Logger(label: "command") { _ in SwiftLogNoOpLogHandler() }
        var configuration = RedisConfiguration(url: shared.redis)
        configuration.clientName = "outlook-fleet-cli"
        configuration.announcesOutages = false
        do {
            return try await withReactor { [configuration] reactor in
                try await run(RedisClient(configuration: configuration, reactor: reactor, logger: quiet), body)
            }
        } catch let error as RedisError {
            throw ProgramError(redis: error, at: shared.redis)
        } catch let error as StoreError {
            throw ProgramError(store: error, at: shared.redis)
        }
    }

    private static func run<Value: Sendable>(
        _ client: RedisClient, _ body: @escaping @Sendable (RedisClient) async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                await client.run()
                return nil
            }
            group.addTask {
                try await client.waitUntilConnected(within: patience)
                return try await body(client)
            }
            defer { group.cancelAll() }
            while let ended = try await group.next() {
                if let value = ended { return value }
            }
            throw ProgramError(.internal, "the connection to Redis ended by itself")
        }
    }
}

extension ProgramError {
    /// What Redis's troubles mean for a command, and what to do.
    init(redis error: RedisError, at url: RedisURL) {
        switch error.kind {
        case .configuration, .authentication, .noPermission, .tls, .wrongNode:
            self.init(.configuration, "\(url): \(error); see --redis")
        case .wrongType:
            self.init(.configuration, "\(url): \(error); is --namespace shared with something else?")
        case .malformedReply, .replyTooLarge, .reply, .noScript:
            self.init(.internal, "\(url): \(error)")
        case .cancelled:
            self.init(.tryAgain, "interrupted")
        case .notConnected, .outcomeUnknown, .timedOut, .overloaded, .unreachable, .loading, .readOnly, .masterDown,
            .busy, .outOfMemory, .cannotPersist, .unavailable:
            self.init(.unavailable, "\(url): \(error); is Redis up, and --redis right?")
        }
    }
}

extension ProgramError {
    /// The same for the store's calls; those that fail through Redis mean what Redis's trouble means.
    init(store error: StoreError, at url: RedisURL) {
        if let underlying = error.underlying {
            self.init(redis: underlying, at: url)
        } else if error.code == .cancelled {
            self.init(.tryAgain, "interrupted")
        } else {
            self.init(.internal, "\(url): \(error)")
        }
    }
}
