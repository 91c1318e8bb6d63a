// Goal: a loop that hangs is said by /livez, although the loop can't say anything. Method: a real loop, kept busy for
// longer than the server's patience, and curl.
import FleetStore
import FleetWorker
import Glibc
import Logging
import Reactor
import Redis
import Telemetry
import TestSupport
import Testing

@testable import outlook_fleet

@Suite("Health server")
struct HealthServerTests {
    @Test("while the loop hangs /livez answers 503 and /metrics how long; when it turns again, 200 and no lag any more")
    func hanging() async throws {
        let reactor = try Reactor(name: "hangs")
        reactor.start()
        defer { reactor.stop() }
        let nowhere = RedisConfiguration(url: try RedisURL("redis://127.0.0.1:1"))
        let redis = RedisClient(configuration: nowhere, reactor: reactor, logger: Logger(label: "hangs"))
        let health = WorkerHealth()
        let server = HealthServer(
            host: "127.0.0.1", port: 0, health: health, reactor: reactor, registry: MetricsRegistry(),
            samples: ProcessSamples(reactor: reactor, redis: redis, health: health, ready: .workerReady),
            fleet: FleetSamples(store: Store(redis: redis)), longestTurn: .milliseconds(500))
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await server.run { listening.yield($0) } }
            var iterator = ports.makeAsyncIterator()
            let url = "http://127.0.0.1:\(try #require(await iterator.next()))"
            #expect(try await Self.status(url + "/livez") == "200")
            group.addTask(executorPreference: reactor) { Self.hang(seconds: 4) }
            try await eventually("the loop hangs") { try await Self.status(url + "/livez") == "503" }
            #expect(try await Self.lag(url) > 0.5, "the turn that goes on counts")
            try await eventually("the loop turns again") { try await Self.status(url + "/livez") == "200" }
            try await eventually("the whole turn was seen") { try await Self.lag(url) < 0.5 }
            group.cancelAll()
        }
    }

    /// Computes without a pause, as a runaway handler would.
    private static func hang(seconds: Int64) {
        let end = ContinuousClock.now.advanced(by: .seconds(seconds))
        while ContinuousClock.now < end {}
    }

    /// What a scrape says of the longest turn since the last one.
    private static func lag(_ url: String) async throws -> Double {
        let text = try await runProgram("curl", ["-s", "--max-time", "5", url + "/metrics"])
        let line = text.split(separator: "\n").first { $0.hasPrefix("outlook_fleet_reactor_lag_seconds ") }
        return try #require(line?.split(separator: " ").last.flatMap { Double($0) })
    }

    private static func status(_ url: String) async throws -> String {
        try await runProgram("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "5", url])
    }
}
