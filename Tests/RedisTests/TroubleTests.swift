import Reactor
import Redis
import TestSupport
import Testing

// Goal: what the client says of a command is true, whatever happens to Redis meanwhile.
// Method: tasks count up keys of their own while Redis is frozen and killed at random moments (from a printed seed); it
// syncs its append-only file before it answers. Afterwards each key must lie between what was confirmed and that plus
// what was left unknown, and each confirmed count must have been the one after the last.
@Suite("Redis in random trouble")
struct TroubleTests {
    @Test("no confirmed command is lost, no refused one is executed, no reply goes to the wrong task")
    func counted() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        let server = try await RedisServer.start { $0.appendOnly = true }
        try await withRedis(server.unixURL) {
            $0.commandTimeout = .milliseconds(50)
            $0.stallGrace = .milliseconds(50)
            $0.connectTimeout = .seconds(1)
        } _: { redis, reactor in
            let finished = Gate()
            let counts = try await withThrowingTaskGroup(of: Count.self) { group in
                for task in 0..<32 { group.addTask { await count(redis, reactor, key: "k\(task)", until: finished) } }
                try await trouble(server, reactor, seed: seed)
                finished.open()
                return try await group.reduce(into: [Count]()) { $0.append($1) }
            }
            try await check(counts, on: server, seed: seed)
        }
    }

    /// Over a client of its own: the other one gives up after a twentieth of a second, too early for a busy machine.
    private func check(_ counts: [Count], on server: RedisServer, seed: UInt64) async throws {
        try await withRedis(server.unixURL) {
            $0.commandTimeout = .seconds(30)
        } _: { redis, _ in
            for count in counts {
                let stored = try await redis.send(["GET", .string(count.key)]).int ?? 0
                #expect((count.confirmed...(count.confirmed + count.unknown)).contains(stored), "seed \(seed)")
                #expect(count.wrong == 0, "seed \(seed)")
            }
            #expect(counts.contains { $0.unknown > 0 } && counts.contains { $0.confirmed > 0 }, "seed \(seed)")
        }
    }

    private struct Count: Sendable {
        let key: String
        var confirmed = 0
        var unknown = 0
        var wrong = 0
    }

    private func count(_ redis: RedisClient, _ reactor: Reactor, key: String, until finished: Gate) async -> Count {
        var count = Count(key: key)
        var last = 0
        while !finished.isOpen {
            do throws(RedisError) {
                let value = try await redis.send(["INCR", .string(key)]).int ?? 0
                // Unknown ones may have been executed in between, never more than there were.
                if value <= last || value > count.confirmed + count.unknown + 1 { count.wrong += 1 }
                last = value
                count.confirmed += 1
            } catch {
                if error.outcomeIsUnknown { count.unknown += 1 }
                try? await reactor.sleep(for: .milliseconds(1))
            }
        }
        return count
    }

    private func trouble(_ server: RedisServer, _ reactor: Reactor, seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        for round in 0..<8 {
            try await reactor.sleep(for: .milliseconds(Int.random(in: 5...60, using: &random)))
            if round.isMultiple(of: 2) {
                server.freeze()
                // Shorter and longer than what makes a command late, and than what makes the client give up.
                try await reactor.sleep(for: .milliseconds(Int.random(in: 1...150, using: &random)))
                server.thaw()
            } else {
                try await server.restart()
            }
        }
        try await reactor.sleep(for: .milliseconds(50))
    }
}
