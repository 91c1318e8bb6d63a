import Logging
import Redis
import Telemetry
import TestSupport
import Testing

@Suite("Logging in to Redis")
struct LoginTests {
    @Test("the default user's password, a database and a name are used")
    func password() async throws {
        let server = try await RedisServer.start {
            $0.password = "hush hush".replacing(" ", with: "-")
            $0.tcp = true
        }
        try await withRedis("\(server.url)/3") { redis, _ in
            try await redis.send(["SET", "k", "v"])
            #expect(try await redis.send(["CLIENT", "GETNAME"]).string == "outlook-fleet")
            #expect(try await redis.send(["CLIENT", "INFO"]).string?.contains("db=3") == true)
        }
        try await withRedis("\(server.unixURL)?db=3") { redis, _ in
            let reply = try await redis.send(["GET", "k"])
            #expect(reply.string == "v")
        }
    }

    @Test("an ACL user logs in, and what the ACL forbids is an error of its own")
    func user() async throws {
        let server = try await RedisServer.start {
            $0.users = ["worker on >secret ~own:* +@all -@admin -ping -client"]
        }
        try await withRedis("unix://worker:secret@\(server.socketPath)") { redis, _ in
            try await redis.send(["SET", "own:k", "v"])
            let error = await #expect(throws: RedisError.self) { try await redis.send(["SET", "other", "v"]) }
            #expect(error?.kind == .noPermission)
        }
    }

    @Test(
        "a wrong login is told apart from a server that is away, and shows no password",
        arguments: [":hush", "nobody:hush", ""])
    func wrong(_ login: String) async throws {
        let server = try await RedisServer.start { $0.password = "right" }
        let error = try await failure("unix://\(login.isEmpty ? "" : "\(login)@")\(server.socketPath)")
        #expect(error.kind == .authentication)
        #expect(!"\(error)\(String(reflecting: error))".contains("hush"))
    }

    @Test("a password for a server that has none is refused")
    func needless() async throws {
        let server = try await SharedRedis.server()
        #expect(try await failure("unix://:hush@\(server.socketPath)").kind == .authentication)
    }

    @Test("a database that does not exist is said so")
    func database() async throws {
        let server = try await SharedRedis.server()
        let error = try await failure("\(server.unixURL)?db=77")
        #expect(error.kind == .configuration && error.description.contains("77"))
    }

    @Test("a name is resolved, and one that can't be is said so")
    func names() async throws {
        let server = try await SharedRedis.server()
        try await withRedis("redis://localhost:\(server.port ?? 0)") { redis, _ in
            let reply = try await redis.send(["PING"])
            #expect(reply.string == "PONG")
        }
        let error = try await failure("redis://no-such-host.invalid")
        #expect(error.kind == .unreachable && error.description.contains("no-such-host.invalid"))
    }

    @Test("nobody listening is said so", arguments: ["redis://127.0.0.1:1", "unix:///no/such/socket"])
    func nobody(_ url: String) async throws {
        #expect(try await failure(url).kind == .unreachable)
    }
}

/// Why a client can't connect to `url`.
func failure(_ url: String) async throws -> RedisError {
    var configuration = RedisConfiguration(url: try RedisURL(url))
    configuration.connectTimeout = .seconds(2)
    let found = Found()
    try await withRedis(configuration, logger: .silent) { redis, _ in
        let failure = try await eventually("a failure to connect") { redis.lastConnectionError }
        let thrown = await #expect(throws: RedisError.self) {
            try await redis.waitUntilConnected(within: .milliseconds(1))
        }
        #expect(thrown?.kind == failure.kind)
        #expect(!redis.isConnected)
        await found.set(failure)
    }
    return try await #require(found.error)
}

private actor Found {
    private(set) var error: RedisError?
    func set(_ error: RedisError) { self.error = error }
}
