import Redis
import TestSupport
import Testing

@Suite("Limits and bad replies")
struct LimitTests {
    @Test("a reply beyond the limit closes the connection, which comes back")
    func hugeReply() async throws {
        let server = try await RedisServer.start()
        try await withRedis(server.unixURL) {
            $0.maximumReplyBytes = 1 << 20
        } _: { redis, _ in
            try await redis.send(["SET", "small", .bytes(Array(repeating: 7, count: 1 << 19))])
            try await redis.send(["SET", "huge", .bytes(Array(repeating: 7, count: 1 << 22))])
            #expect(try await redis.send(["GET", "small"]).bytes?.count == 1 << 19)
            #expect(await outcome(redis, ["GET", "huge"])?.kind == .outcomeUnknown)
            #expect(redis.lastConnectionError?.kind == .replyTooLarge || redis.isConnected)
            try await redis.waitUntilConnected(within: .seconds(10))
            #expect(redis.lastConnectionError?.kind == .replyTooLarge)
            #expect(try await redis.send(["GET", "small"]).bytes?.count == 1 << 19)
        }
    }

    @Test("many small replies together may exceed the limit of one")
    func manyReplies() async throws {
        let server = try await SharedRedis.server()
        let key = RedisValue(SharedRedis.nextNamespace())
        try await withRedis(server.unixURL) {
            $0.maximumReplyBytes = 10_000
        } _: { redis, _ in
            try await redis.send(["SET", key, .bytes(Array(repeating: 7, count: 9_000))])
            let replies = try await redis.sendAll(Array(repeating: ["GET", key], count: 100))
            #expect(replies.allSatisfy { $0.bytes?.count == 9_000 })
        }
    }

    @Test("more commands than may wait are refused at once, the others answered")
    func pending() async throws {
        let server = try await SharedRedis.server()
        try await withRedis(server.unixURL) {
            $0.maximumPending = 10
        } _: { redis, _ in
            let outcomes = await withTaskGroup(of: RedisError?.self) { group in
                for _ in 0..<15 { group.addTask { await outcome(redis, ["PING"]) } }
                return await group.reduce(into: []) { $0.append($1?.kind) }
            }
            #expect(outcomes.filter { $0 == .overloaded }.count == 5)
            #expect(outcomes.filter { $0 == nil }.count == 10)
        }
    }

    @Test("a Redis that doesn't read fills the buffer only to its limit, and works again when it does")
    func buffered() async throws {
        let server = try await RedisServer.start()
        try await withRedis(server.unixURL) {
            $0.maximumBufferedBytes = 4 << 20
        } _: { redis, _ in
            server.freeze()
            let value = RedisValue.bytes(Array(repeating: 7, count: 1 << 20))
            let outcomes = try await withThrowingTaskGroup(of: RedisError?.self) { group in
                for number in 0..<20 {
                    group.addTask { await outcome(redis, ["SET", .integer(number), value], timeout: .seconds(30)) }
                }
                let first = try await group.next()
                #expect(first??.kind == .overloaded)
                server.thaw()
                return try await group.reduce(into: [first??.kind]) { $0.append($1?.kind) }
            }
            let refused = outcomes.filter { $0 == .overloaded }.count
            #expect(refused >= 10 && outcomes.filter { $0 == nil }.count == 20 - refused)
            #expect(try await redis.send(["DBSIZE"]).int == 20 - refused)
        }
    }

    @Test(
        "what is not Redis's protocol closes the connection",
        arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", ":x\r\n", "$-5\r\nabc\r\n", "*1\r\n*1\r\n\u{0}\r\n"])
    func malformed(_ answer: String) async throws {
        let fake = try FakeRedis(["+PONG\r\n"], answer: Array(answer.utf8))
        try await withRedis(fake.url) { redis, _ in
            #expect(await outcome(redis, ["GET", "k"])?.kind == .outcomeUnknown)
            let reason = try await eventually("the reason") { redis.lastConnectionError }
            #expect(reason.kind == .malformedReply)
        }
    }

    @Test("a reply that nobody asked for closes the connection")
    func unasked() async throws {
        let fake = try FakeRedis(["+PONG\r\n"], answer: Array("+one\r\n+two\r\n".utf8))
        try await withRedis(fake.url) { redis, _ in
            #expect(await outcome(redis, ["GET", "k"]) == nil)
            try await eventually("the reason") { redis.lastConnectionError?.kind == .malformedReply }
        }
    }

    @Test("a Redis that has enough clients says so")
    func maxClients() async throws {
        let server = try await RedisServer.start { $0.configuration = ["maxclients 1"] }
        try await withRedis(server.unixURL) { _, _ in
            let error = try await failure(server.unixURL)
            #expect(error.kind == .unreachable && error.description.contains("max number of clients"))
        }
    }
}
