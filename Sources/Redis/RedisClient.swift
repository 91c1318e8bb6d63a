package import Logging
package import Reactor
import Synchronization
import Telemetry

/// A client of one Redis over one connection, which it keeps up: `run` connects, logs in, and connects again whenever
/// the connection is lost.
///
/// Commands of all tasks share the connection (pipelining): those issued in one turn of the reactor leave in one send,
/// and Redis executes them in the order in which they were issued. A task on the reactor pays under a microsecond a
/// command; one elsewhere pays two hops more. Nothing is repeated by itself: a command under way when the connection is
/// lost fails with `outcomeUnknown`, one issued while there is none with `notConnected`.
///
/// Commands on which Redis waits (`BLMOVE`) hold up all others of their connection: give them a client of their own.
package final class RedisClient: Sendable {
    /// How it was set up.
    package let configuration: RedisConfiguration
    /// The loop that it lives on.
    package let reactor: Reactor
    let connection: RedisConnection
    private let logger: Logger
    private let counters = RedisCounters()
    private let gate = Gate()
    private let lastFailure = Mutex<RedisError?>(nil)
    private let isRunning = Atomic(false)

    /// Sets up; nothing happens before `run`.
    ///
    /// - Parameter logger: for life cycle and outages.
    package init(configuration: RedisConfiguration, reactor: Reactor, logger: Logger) {
        self.configuration = configuration
        self.reactor = reactor
        self.logger = logger
        connection = RedisConnection(reactor: reactor, configuration: configuration, counters: counters)
    }

    /// Keeps the connection up until the task is cancelled; then closes it and returns. One call at a time.
    package func run() async {
        precondition(!isRunning.exchange(true, ordering: .relaxed), "a Redis client runs once at a time")
        defer { isRunning.store(false, ordering: .relaxed) }
        await withTaskExecutorPreference(reactor) { await keepConnected() }
    }

    /// True while commands can be sent.
    package var isConnected: Bool { gate.isOpen }

    /// Why there is no connection: the last failure to make one, or the loss of the last. Nil before anything happened.
    package var lastConnectionError: RedisError? { lastFailure.withLock { $0 } }

    /// Counts since the start.
    package var statistics: RedisStatistics { counters.snapshot }

    /// Waits until commands can be sent. Something must `run` the client meanwhile.
    ///
    /// - Throws: after `limit` the reason why it could not connect, such as a refused password; `cancelled`.
    package func waitUntilConnected(within limit: Duration) async throws(RedisError) {
        do {
            try await withDeadline(limit, on: reactor) { try await self.gate.wait() }
        } catch is CancellationError {
            throw RedisError(.cancelled)
        } catch {
            throw lastConnectionError ?? RedisError(.notConnected, "no connection within \(limit)")
        }
    }
}

// MARK: - Keeping connected

extension RedisClient {
    private func keepConnected() async {
        var outage = OutageLog(began: "Redis is away", ended: "Redis is back")
        var backoff = Backoff(base: configuration.backoffBase, cap: configuration.backoffCap)
        var random = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            var failure: RedisError
            do {
                try await connect()
                let since = reactor.now
                announce { outage.succeeded(logger, [.endpoint: .of(configuration.url)]) }
                failure = await stayConnected()
                // A Redis that accepts and closes at once must not be knocked at without a pause.
                if reactor.now - since > configuration.backoffCap { backoff.reset() }
            } catch {
                failure = error
            }
            if failure.kind == .cancelled, Task.isCancelled { return }
            lastFailure.withLock { $0 = failure }
            announce { outage.failed(logger, [.endpoint: .of(configuration.url), .error: .of(failure)]) }
            try? await reactor.sleep(for: backoff.next(using: &random))
        }
    }

    private func announce(_ log: () -> Void) {
        if configuration.announcesOutages { log() }
    }

    /// Tries each address until one works.
    private func connect() async throws(RedisError) {
        var failure = RedisError(.unreachable, "the Redis host has no address")
        for address in try await Resolver.addresses(of: configuration.url.endpoint) {
            do {
                return try await connection.open(address)
            } catch {
                if Task.isCancelled { throw error }
                failure = error
            }
        }
        throw failure
    }

    private func stayConnected() async -> RedisError {
        counters.connected()
        gate.open()
        defer { gate.close() }
        return await connection.closed()
    }
}
