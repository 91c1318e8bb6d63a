import Glibc
import Logging
import Reactor
import Redis
import Synchronization
import Telemetry
import TestSupport
import Testing

@Suite("Redis away")
struct OutageTests {
    @Test("a killed Redis leaves what was under way unknown and the rest unsent; restarted, all goes on")
    func killed() async throws {
        let server = try await RedisServer.start { $0.appendOnly = true }
        try await withRedis(server.unixURL) { redis, reactor in
            try await redis.send(["SET", "k", "v"])
            server.freeze()
            async let underWay = outcome(redis, ["GET", "k"])
            // Frozen, so that the command is sent and not answered when Redis dies.
            try await eventually("the command is sent") { redis.statistics.pending == 1 }
            try await server.kill()
            let lost = await underWay
            #expect(lost?.kind == .outcomeUnknown && lost?.outcomeIsUnknown == true)
            #expect(!redis.isConnected)
            let unsent = await outcome(redis, ["GET", "k"])
            #expect(unsent?.kind == .notConnected && unsent?.outcomeIsUnknown == false)
            try await server.restart()
            try await redis.waitUntilConnected(within: .seconds(10))
            #expect(try await redis.send(["GET", "k"]).string == "v")
            #expect(redis.statistics.connections >= 2)
        }
    }

    @Test("an outage is two log lines, however many attempts fail")
    func logged() async throws {
        let server = try await RedisServer.start()
        let lines = Lines()
        let sink = LogSink(format: .text) { lines.append($0) }
        let logger = Logger(label: "redis") { FleetLogHandler(label: $0, level: .info, sink: sink) }
        var configuration = RedisConfiguration(url: try RedisURL(server.unixURL))
        configuration.backoffCap = .milliseconds(5)
        try await withRedis(configuration, logger: logger) { redis, reactor in
            try await redis.waitUntilConnected(within: .seconds(10))
            #expect(lines.all.isEmpty)
            try await server.kill()
            try await eventually("the loss is noticed") { !redis.isConnected }
            try await reactor.sleep(for: .milliseconds(50))
            try await server.restart()
            try await redis.waitUntilConnected(within: .seconds(10))
        }
        #expect(lines.all.count == 2)
        #expect(lines.all.first?.contains("Redis is away") == true)
        #expect(lines.all.last?.contains("Redis is back") == true)
        #expect(lines.all.last?.contains("failures=") == true)
    }

    @Test("a frozen Redis lets commands time out, answers none of the wrong ones later, and goes on when it thaws")
    func frozen() async throws {
        let server = try await RedisServer.start()
        try await withRedis(server.unixURL) { redis, _ in
            try await redis.send(["SET", "k", "right"])
            server.freeze()
            for _ in 0..<3 {
                let late = await outcome(redis, ["ECHO", "wrong"], timeout: .milliseconds(20))
                #expect(late?.kind == .timedOut && late?.outcomeIsUnknown == true)
            }
            #expect(redis.isConnected)
            server.thaw()
            #expect(try await redis.send(["GET", "k"]).string == "right")
            #expect(redis.statistics.timeouts == 3)
            #expect(redis.statistics.connections == 1)
        }
    }

    @Test("a Redis that stays frozen is given up, and found again when it thaws")
    func stalled() async throws {
        let server = try await RedisServer.start()
        try await withRedis(server.unixURL) {
            $0.stallGrace = .milliseconds(30)
            $0.connectTimeout = .milliseconds(100)
        } _: { redis, _ in
            server.freeze()
            let late = await outcome(redis, ["PING"], timeout: .milliseconds(20))
            #expect(late?.kind == .timedOut)
            try await eventually("the connection is given up") { !redis.isConnected }
            try await eventually("a new one finds it frozen") {
                redis.lastConnectionError?.description.contains("does not answer") == true
            }
            server.thaw()
            try await redis.waitUntilConnected(within: .seconds(10))
            try await redis.send(["PING"])
        }
    }

    @Test("a Redis that loads its data is not connected yet, and one that is done is")
    func loading() async throws {
        let fake = try FakeRedis(["-LOADING Redis is loading the dataset in memory\r\n", "+PONG\r\n"])
        var configuration = RedisConfiguration(url: try RedisURL(fake.url))
        // Long enough to look in between.
        configuration.backoffBase = .milliseconds(200)
        try await withRedis(configuration, logger: .silent) { redis, _ in
            let failure = try await eventually("a failure") { redis.lastConnectionError }
            #expect(failure.kind == .loading && failure.isTemporary)
            try await redis.waitUntilConnected(within: .seconds(10))
        }
    }

    @Test("stopping the client fails what waits and closes the connection")
    func stopped() async throws {
        let server = try await RedisServer.start()
        try await withRedis(server.unixURL) { redis, reactor in
            let other = RedisClient(configuration: redis.configuration, reactor: reactor, logger: .silent)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await other.run() }
                try await other.waitUntilConnected(within: .seconds(10))
                async let waiting = outcome(other, ["BLPOP", "nothing", 0], timeout: .seconds(60))
                try await eventually("it is sent") { other.statistics.pending == 1 }
                group.cancelAll()
                try await group.waitForAll()
                #expect(await waiting?.outcomeIsUnknown == true)
                #expect(!other.isConnected)
            }
            try await eventually("Redis has one client left") {
                try await redis.send(["CLIENT", "LIST"]).string?.split(separator: "\n").count == 1
            }
        }
    }
}

/// Sends and returns the error, nil on success.
func outcome(_ redis: RedisClient, _ command: RedisCommand, timeout: Duration? = nil) async -> RedisError? {
    do throws(RedisError) {
        try await redis.send(command, timeout: timeout)
        return nil
    } catch { return error }
}

/// Log lines as they come.
private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func append(_ line: String) { lines.withLock { $0.append(line) } }
}
