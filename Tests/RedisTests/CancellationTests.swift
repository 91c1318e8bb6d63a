import Reactor
import Redis
import TestSupport
import Testing

@Suite("Cancelled and blocking commands")
struct CancellationTests {
    @Test("a cancelled command ends at once, and the others keep their own replies")
    func cancelled() async throws {
        let server = try await RedisServer.start()
        try await withRedis(server.unixURL) { redis, _ in
            server.freeze()
            await withTaskGroup(of: Void.self) { others in
                // Between any two that are cancelled there is one that is not.
                await withTaskGroup(of: Void.self) { cancelled in
                    for number in 0..<20 {
                        others.addTask {
                            let reply = try? await redis.send(["ECHO", .integer(number)])
                            #expect(reply?.int == number)
                        }
                        cancelled.addTask {
                            let error = await outcome(redis, ["ECHO", "wrong"])
                            #expect(error?.kind == .cancelled && error?.outcomeIsUnknown == true)
                        }
                    }
                    try? await eventually("all are sent") { redis.statistics.pending == 40 }
                    cancelled.cancelAll()
                }
                server.thaw()
            }
            #expect(redis.statistics.connections == 1)
        }
    }

    @Test("a task that is cancelled already sends nothing")
    func before() async throws {
        let server = try await SharedRedis.server()
        try await withRedis(server.unixURL) { redis, reactor in
            let before = redis.statistics.commands
            await withTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask {
                    let error = await outcome(redis, ["PING"])
                    #expect(error?.kind == .cancelled && error?.outcomeIsUnknown == false)
                    await #expect(throws: RedisError.self) { try await redis.sendAll([["PING"]]) }
                    await #expect(throws: RedisError.self) {
                        try await redis.sendBlocking(["BLPOP", "k", 1], limit: .seconds(5))
                    }
                }
            }
            #expect(redis.statistics.commands == before)
        }
    }

    @Test("a blocking move returns what is pushed, and null when its time is over")
    func blocking() async throws {
        let server = try await SharedRedis.server()
        let space = SharedRedis.nextNamespace()
        try await withBoth(server) { redis, blocking in
            let move: RedisCommand = ["BLMOVE", "\(space):a", "\(space):b", "RIGHT", "LEFT", 5]
            async let moved = blocking.sendBlocking(move, limit: .seconds(10))
            try await eventually("it waits") { blocking.statistics.pending == 1 }
            try await redis.send(["LPUSH", "\(space):a", "x"])
            #expect(try await moved.string == "x")
            let nothing = try await blocking.sendBlocking(
                ["BLMOVE", "\(space):a", "\(space):b", "RIGHT", "LEFT", "0.01"], limit: .seconds(10))
            #expect(nothing.isNull)
        }
    }

    @Test("cancelling a blocking move through another connection ends it at once and keeps its connection")
    func unblocked() async throws {
        let server = try await SharedRedis.server()
        let space = SharedRedis.nextNamespace()
        try await withBoth(server) { redis, blocking in
            for round in 0..<20 {
                let before = blocking.statistics.commands
                let error = await withTaskGroup(of: RedisError?.self) { group in
                    if round.isMultiple(of: 3) {
                        group.addTask { await outcome(redis, ["LPUSH", "\(space):a", .integer(round)]) }
                    }
                    return await withTaskGroup(of: RedisError?.self) { group in
                        group.addTask { await blockedOutcome(blocking, space: space, unblockedBy: redis) }
                        // Some rounds cancel before Redis has the command, some after, some while an element comes.
                        if round.isMultiple(of: 2) {
                            try? await eventually("it is sent") { blocking.statistics.commands > before }
                        } else {
                            await Task.yield()
                        }
                        group.cancelAll()
                        return await group.next() ?? nil
                    }
                }
                // Answered by Redis, or never sent.
                #expect(error == nil || error?.outcomeIsUnknown == false)
            }
            #expect(blocking.statistics.connections == 1)
            // Pushed in 7 rounds; each element is in one of the lists.
            let lengths = try await redis.sendAll([["LLEN", "\(space):a"], ["LLEN", "\(space):b"]])
            #expect(lengths.compactMap(\.int).reduce(0, +) == 7)
        }
    }

    @Test("cancelling a blocking move without another connection closes its own, which comes back")
    func closed() async throws {
        let server = try await SharedRedis.server()
        let space = SharedRedis.nextNamespace()
        try await withBoth(server) { redis, blocking in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    let error = await #expect(throws: RedisError.self) {
                        try await blocking.sendBlocking(["BLPOP", "\(space)", 60], limit: .seconds(70))
                    }
                    #expect(error?.kind == .cancelled && error?.outcomeIsUnknown == true)
                }
                try? await eventually("it waits") { blocking.statistics.pending == 1 }
                group.cancelAll()
            }
            try await blocking.waitUntilConnected(within: .seconds(10))
            try await eventually("it is a new one") { blocking.statistics.connections == 2 }
        }
    }

    @Test("a blocking command without a reply in time closes its connection")
    func late() async throws {
        let server = try await RedisServer.start()
        try await withBoth(server) { _, blocking in
            let error = await #expect(throws: RedisError.self) {
                try await blocking.sendBlocking(["BLPOP", "nothing", 60], limit: .milliseconds(20))
            }
            #expect(error?.kind == .timedOut)
            try await eventually("it connects anew") { blocking.statistics.connections == 2 }
        }
    }

    private func blockedOutcome(
        _ blocking: RedisClient, space: String, unblockedBy redis: RedisClient
    ) async -> RedisError? {
        do throws(RedisError) {
            _ = try await blocking.sendBlocking(
                ["BLMOVE", "\(space):a", "\(space):b", "RIGHT", "LEFT", 60], limit: .seconds(70), unblockedBy: redis)
            return nil
        } catch { return error }
    }

    /// A client for commands and one for blocking, on one reactor.
    private func withBoth(
        _ server: RedisServer, _ body: @escaping @Sendable (RedisClient, RedisClient) async throws -> Void
    ) async throws {
        try await withRedis(server.unixURL) { redis, reactor in
            var configuration = redis.configuration
            configuration.announcesOutages = false
            let blocking = RedisClient(configuration: configuration, reactor: reactor, logger: .silent)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await blocking.run() }
                defer { group.cancelAll() }
                try await blocking.waitUntilConnected(within: .seconds(10))
                try await body(redis, blocking)
            }
        }
    }
}
