import Redis
import TestSupport
import Testing

@Suite("Redis scripts")
struct ScriptTests {
    private let increment = RedisScript(name: "increment", source: "return redis.call('INCRBY', KEYS[1], ARGV[1])")

    @Test("a script that Redis doesn't have is sent whole, then called by its digest")
    func load() async throws {
        let server = try await RedisServer.start()
        try await withRedis(server.unixURL) { redis, _ in
            let first = try await redis.evaluate(increment, keys: ["k"], arguments: [2])
            #expect(first.int == 2)
            let before = redis.statistics.commands
            #expect(try await redis.evaluate(increment, keys: ["k"], arguments: [.string("3")]).int == 5)
            #expect(redis.statistics.commands == before + 1)
        }
    }

    @Test("scripts lost in the middle of a pipeline are loaded again, and each call runs once")
    func flushed() async throws {
        let server = try await RedisServer.start()
        try await withRedis(server.unixURL) { redis, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<64 {
                    group.addTask {
                        for _ in 0..<20 {
                            try await redis.evaluate(increment, keys: ["k"], arguments: [1])
                            if task == 0 { try await redis.send(["SCRIPT", "FLUSH"]) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await redis.send(["GET", "k"]).int == 64 * 20)
        }
    }

    @Test("what a script raises comes with its code")
    func raised() async throws {
        let server = try await SharedRedis.server()
        let key = RedisValue(SharedRedis.nextNamespace())
        try await withRedis(server.unixURL) { redis, _ in
            try await redis.send(["SET", key, "text"])
            let wrongType = RedisScript(name: "push", source: "return redis.call('LPUSH', KEYS[1], 'x')")
            let wrong = await #expect(throws: RedisError.self) { try await redis.evaluate(wrongType, keys: [key]) }
            #expect(wrong?.kind == .wrongType)
            let own = RedisScript(name: "own", source: "return redis.error_reply('FENCED passed on')")
            let fenced = await #expect(throws: RedisError.self) { try await redis.evaluate(own, keys: [key]) }
            #expect(fenced?.kind == .reply && fenced?.code == "FENCED")
        }
    }

    @Test("a full Redis, a replica and a Redis without its master are told apart")
    func refusals() async throws {
        let full = try await RedisServer.start { $0.configuration = ["maxmemory 1"] }
        try await withRedis(full.unixURL) { redis, _ in
            let error = await #expect(throws: RedisError.self) { try await redis.send(["SET", "k", "v"]) }
            #expect(error?.kind == .outOfMemory && error?.isTemporary == true)
            let script = await #expect(throws: RedisError.self) {
                try await redis.evaluate(increment, keys: ["k"], arguments: [1])
            }
            #expect(script?.kind == .outOfMemory)
        }
        let replica = try await RedisServer.start { $0.configuration = ["replicaof 127.0.0.1 1"] }
        try await withRedis(replica.unixURL) { redis, _ in
            let error = await #expect(throws: RedisError.self) { try await redis.send(["SET", "k", "v"]) }
            #expect(error?.kind == .readOnly && error?.isTemporary == true)
        }
        let stale = try await RedisServer.start {
            $0.configuration = ["replicaof 127.0.0.1 1", "replica-serve-stale-data no"]
        }
        #expect(try await failure(stale.unixURL).kind == .masterDown)
    }

    private func outcome(_ body: () async throws(RedisError) -> RedisReply) async -> RedisError? {
        do throws(RedisError) {
            _ = try await body()
            return nil
        } catch { return error }
    }

    @Test("a script that runs too long makes others busy, and they work again after it")
    func busy() async throws {
        let server = try await RedisServer.start { $0.configuration = ["busy-reply-threshold 20"] }
        try await withRedis(server.unixURL) { redis, _ in
            // Connected before Redis is busy: PING at login is refused as well.
            try await withRedis(server.unixURL) { other, _ in
                let endless = RedisScript(name: "endless", source: "while true do end")
                async let killed = outcome { () throws(RedisError) in try await redis.evaluate(endless, keys: []) }
                try await eventually("Redis is busy") {
                    do throws(RedisError) {
                        try await other.send(["GET", "k"])
                        return false
                    } catch { return error.kind == .busy }
                }
                #expect(try await failure(server.unixURL).kind == .busy)
                try await other.send(["SCRIPT", "KILL"])
                #expect(await killed?.kind == .reply)
                try await other.send(["GET", "k"])
            }
        }
    }
}
