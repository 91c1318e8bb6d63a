import Redis
import TestSupport
import Testing

@Suite("Redis commands")
struct CommandTests {
    @Test("every kind of reply comes as itself")
    func replies() async throws {
        let server = try await SharedRedis.server()
        let key = RedisValue(SharedRedis.nextNamespace())
        try await withRedis(server.unixURL) { redis, _ in
            #expect(try await redis.send(["SET", key, "value"]) == .status("OK"))
            #expect(try await redis.send(["GET", key]).string == "value")
            #expect(try await redis.send(["STRLEN", key]) == .integer(5))
            #expect(try await redis.send(["GET", "no such key"]) == .null)
            let nested = try await redis.send(["EVAL", "return {1, {'a', false}, redis.error_reply('MY bad')}", 0])
            #expect(nested[0]?.int == 1)
            #expect(nested[1] == .array([.bytes([97]), .null]))
            #expect(nested[2]?.error?.code == "MY")
        }
    }

    @Test("bytes of any value go through unchanged")
    func binary() async throws {
        let server = try await SharedRedis.server()
        let key = RedisValue(SharedRedis.nextNamespace())
        try await withRedis(server.url) { redis, _ in
            let all = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await redis.send(["SET", key, .bytes(all)])
            #expect(try await redis.send(["GET", key]).bytes == all)
            try await redis.send(["SET", key, .integer(.min)])
            #expect(try await redis.send(["GET", key]).int == .min)
        }
    }

    @Test("an error reply is thrown as its kind, and the connection goes on")
    func errors() async throws {
        let server = try await SharedRedis.server()
        let key = RedisValue(SharedRedis.nextNamespace())
        try await withRedis(server.unixURL) { redis, _ in
            try await redis.send(["SET", key, "text"])
            let wrong = await #expect(throws: RedisError.self) { try await redis.send(["LPUSH", key, "x"]) }
            #expect(wrong?.kind == .wrongType && wrong?.outcomeIsUnknown == false)
            let unknown = await #expect(throws: RedisError.self) { try await redis.send(["NOSUCH", "secret"]) }
            #expect(unknown?.kind == .reply && unknown?.code == "ERR")
            #expect(unknown.map { "\($0)".contains("secret") } == false)
            #expect(try await redis.send(["PING"]) == .status("PONG"))
        }
    }

    @Test("20,000 commands of 256 tasks are each answered with their own reply")
    func pipelining() async throws {
        let server = try await SharedRedis.server()
        let space = SharedRedis.nextNamespace()
        try await withRedis(server.unixURL) { redis, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<256 {
                    group.addTask {
                        for round in 1...78 {
                            let count = try await redis.send(["INCR", "\(space):\(task)"])
                            #expect(count.int == round)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(redis.statistics.commands >= 256 * 78)
        }
    }

    @Test("commands of one task without waits between them are executed in order")
    func order() async throws {
        let server = try await SharedRedis.server()
        let key = RedisValue(SharedRedis.nextNamespace())
        try await withRedis(server.unixURL) { redis, _ in
            let replies = try await redis.sendAll((1...1000).map { ["RPUSH", key, .integer($0)] })
            #expect(replies.map(\.int) == (1...1000).map { $0 })
            #expect(try await redis.send(["LRANGE", key, 0, -1]).array?.map(\.int) == (1...1000).map { $0 })
        }
    }

    @Test("sendAll gives error replies in their place")
    func sendAllErrors() async throws {
        let server = try await SharedRedis.server()
        let key = RedisValue(SharedRedis.nextNamespace())
        try await withRedis(server.unixURL) { redis, _ in
            let replies = try await redis.sendAll([["SET", key, "a"], ["INCR", key], ["GET", key]])
            #expect(replies[0] == .status("OK"))
            #expect(replies[1].error?.code == "ERR")
            #expect(replies[2].string == "a")
            #expect(try await redis.sendAll([]) == [])
        }
    }

    @Test("a client can be used from tasks that are not on its reactor")
    func offLoop() async throws {
        let server = try await SharedRedis.server()
        let key = RedisValue(SharedRedis.nextNamespace())
        try await withRedis(server.unixURL) { redis, _ in
            try await withTaskExecutorPreference(globalConcurrentExecutor) {
                try await redis.send(["SET", key, "1"])
                #expect(try await redis.sendAll([["INCR", key]]) == [.integer(2)])
                let script = RedisScript(name: "get", source: "return redis.call('GET', KEYS[1])")
                #expect(try await redis.evaluate(script, keys: [key]).int == 2)
            }
        }
    }
}
