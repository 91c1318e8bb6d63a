import Redis
import TestSupport
import Testing

@Suite("TLS to Redis")
struct TLSTests {
    @Test("a trusted certificate of the right name is accepted, and much data goes both ways")
    func right() async throws {
        let certificates = try await TestCertificates()
        let server = try await RedisServer.start { $0.certificates = certificates }
        for host in ["localhost", "127.0.0.1"] {
            let url = "rediss://\(host):\(server.tlsPort ?? 0)?cacert=\(certificates.authority)"
            try await withRedis(url) { redis, _ in
                let value = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
                let replies = try await redis.sendAll((0..<8).map { ["SET", .integer($0), .bytes(value)] })
                #expect(replies == Array(repeating: .status("OK"), count: 8))
                let read = try await redis.sendAll((0..<8).map { ["GET", .integer($0)] })
                #expect(read.allSatisfy { $0.bytes == value })
            }
        }
    }

    @Test("pipelining works as without TLS")
    func pipelining() async throws {
        let certificates = try await TestCertificates()
        let server = try await RedisServer.start {
            $0.certificates = certificates
            $0.password = "hush"
        }
        try await withRedis("\(server.tlsURL)/1?cacert=\(certificates.authority)") { redis, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<64 {
                    group.addTask {
                        for round in 1...50 {
                            let count = try await redis.send(["INCR", .integer(task)])
                            #expect(count.int == round)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("an authority that is not trusted is refused")
    func untrusted() async throws {
        let certificates = try await TestCertificates()
        let others = try await TestCertificates()
        let server = try await RedisServer.start { $0.certificates = certificates }
        for url in ["\(server.tlsURL)?cacert=\(others.authority)", server.tlsURL] {
            let error = try await failure(url)
            #expect(error.kind == .tls)
            #expect(error.description.contains("certificate"))
        }
    }

    @Test("a certificate of another host or address is refused")
    func otherHost() async throws {
        let certificates = try await TestCertificates(names: ["DNS:redis.example", "IP:192.0.2.1"])
        let server = try await RedisServer.start { $0.certificates = certificates }
        for host in ["localhost", "127.0.0.1"] {
            let error = try await failure(
                "rediss://\(host):\(server.tlsPort ?? 0)?cacert=\(certificates.authority)")
            #expect(error.kind == .tls)
            #expect(error.description.contains("mismatch"))
        }
    }

    @Test("a server that wants a client certificate gets it, and refuses who has none")
    func clientCertificate() async throws {
        let certificates = try await TestCertificates()
        let server = try await RedisServer.start {
            $0.certificates = certificates
            $0.clientCertificatesRequired = true
        }
        let url = "\(server.tlsURL)?cacert=\(certificates.authority)"
        try await withRedis("\(url)&cert=\(certificates.clientCertificate)&key=\(certificates.clientKey)") {
            redis, _ in
            let reply = try await redis.send(["PING"])
            #expect(reply.string == "PONG")
        }
        let error = try await failure(url)
        #expect(error.kind == .tls || error.kind == .notConnected)
    }

    @Test("a Redis that dies under TLS is an outage, no fault of certificates, and all goes on after it")
    func killed() async throws {
        let certificates = try await TestCertificates()
        let server = try await RedisServer.start { $0.certificates = certificates }
        try await withRedis("\(server.tlsURL)?cacert=\(certificates.authority)") { redis, _ in
            try await redis.send(["PING"])
            try await server.kill()
            try await eventually("the loss is noticed") { !redis.isConnected }
            #expect(redis.lastConnectionError?.isTemporary == true)
            try await server.restart()
            try await redis.waitUntilConnected(within: .seconds(10))
            try await redis.send(["PING"])
        }
    }

    @Test("files that can't be read and servers without TLS are said so")
    func unusable() async throws {
        let server = try await SharedRedis.server()
        let missing = try await failure("rediss://127.0.0.1:\(server.port ?? 0)?cacert=/no/such/ca.crt")
        #expect(missing.kind == .tls && missing.description.contains("/no/such/ca.crt"))
        #expect(try await failure("rediss://127.0.0.1:\(server.port ?? 0)").kind == .tls)
    }

    @Test("plain Redis to a TLS port does not connect")
    func plainToTLS() async throws {
        let certificates = try await TestCertificates()
        let server = try await RedisServer.start { $0.certificates = certificates }
        #expect(try await failure("redis://127.0.0.1:\(server.tlsPort ?? 0)").isTemporary)
    }
}
