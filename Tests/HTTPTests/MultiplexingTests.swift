import HTTP
import TestSupport
import Testing

/// Goal: HTTP/2 shares connections, never stalls, never repeats an unsafe request. Method: nginx, and its access log.
@Suite(.timeLimit(.minutes(2))) struct MultiplexingTests {
    private static let patient = Shared { try await NginxServer.start() }
    private static let forgetful = Shared { try await NginxServer.start(requestsPerConnection: 50) }

    private func withNginx(
        isForgetful: Bool = false, connections: Int = 64,
        _ body: @Sendable (HTTPClient, NginxServer) async throws -> Void
    ) async throws {
        let server = try await (isForgetful ? Self.forgetful : Self.patient).value()
        try await withClient {
            $0.certificateAuthorityFile = server.certificates.authority
            $0.maximumConnectionsPerHost = connections
        } _: { client in
            try await body(client, server)
        }
    }

    @Test("256 requests at once share few connections")
    func sharing() async throws {
        try await withNginx { client, server in
            let key = freshKey()
            let first = try await client.get(server.base + "/\(key)")
            #expect(first.version == .http2)
            #expect(first.headers["content-type"] == "application/json")
            let statuses = try await flood(client, 256) { "\(server.base)/\(key)/\($0)" }
            #expect(statuses == [200: 256])
            let log = try server.log(key)
            #expect(log.count == 257 && log.allSatisfy { $0[4] == "HTTP/2.0" })
            #expect(Set(log.map { $0[0] }).count <= 3)
        }
    }

    @Test("256 requests at once to a host never spoken to before open few connections, too")
    func cold() async throws {
        try await withNginx { client, server in
            let key = freshKey()
            let statuses = try await flood(client, 256) { "\(server.base)/\(key)/\($0)" }
            #expect(statuses == [200: 256])
            let connections = Set(try server.log(key).map { $0[0] })
            #expect(connections.count <= 3)
        }
    }

    // libcurl 7.88 with curl_multi_poll left answers lying until the poll's timeout, in groups, from 64 streams on. The
    // tick would hide that here, so what it found is counted.
    @Test("no answer is left lying, with 64 and more streams on one connection", arguments: [64, 100])
    func noStall(streams: Int) async throws {
        try await withNginx(connections: 1) { client, server in
            try await flood(client, 1) { _ in "\(server.base)/quiet" }
            let slowest = try await withThrowingTaskGroup(of: Duration.self) { group in
                for _ in 0..<streams {
                    group.addTask {
                        var slowest = Duration.zero
                        for _ in 0..<(12_000 / streams) {
                            let start = ContinuousClock.now
                            let answer = try await client.get(server.base + "/quiet")
                            #expect(answer.status == 200)
                            slowest = max(slowest, ContinuousClock.now - start)
                        }
                        return slowest
                    }
                }
                return try await group.reduce(.zero) { max($0, $1) }
            }
            let late = await client.answersFoundLate()
            #expect(late < 5, "\(late) answers lay unnoticed")
            #expect(slowest < .seconds(5), "the slowest took \(slowest)")
        }
    }

    @Test("large bodies on many streams come whole")
    func largeBodies() async throws {
        try await withNginx(connections: 2) { client, server in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<100 { group.addTask { try await client.get(server.base + "/large").body.count } }
                for try await count in group { #expect(count == 300_000) }
            }
        }
    }

    @Test("a connection cut under an unsafe request on it: logged once, and the client says so")
    func cut() async throws {
        try await withNginx(connections: 1) { client, server in
            for method in [HTTPMethod.post, .patch, .delete] {
                _ = try await client.get(server.base + "/a")
                let key = freshKey()
                let error = await client.failure(HTTPRequest(method, "\(server.base)/cut/\(key)"))
                #expect(error?.kind == .connectionLost)
                #expect(error?.requestMayHaveBeenExecuted == true)
                let times = try server.log(key).count
                #expect(times == 1)
            }
        }
    }

    @Test("a server that says goodbye now and then loses no read")
    func goodbye() async throws {
        try await withNginx(isForgetful: true, connections: 4) { client, server in
            let statuses = try await flood(client, 1000) { _ in "\(server.base)/quiet" }
            #expect(statuses == [200: 1000])
        }
    }

    @Test("cancelled streams leave the others alone")
    func cancelling() async throws {
        try await withNginx(connections: 1) { client, server in
            _ = try await client.get(server.base + "/a")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        await withTaskGroup(of: Void.self) { doomed in
                            for _ in 0..<10 { doomed.addTask { _ = try? await client.get(server.base + "/large") } }
                            await Task.yield()
                            doomed.cancelAll()
                        }
                    }
                    group.addTask {
                        let whole = try await client.get(server.base + "/large")
                        #expect(whole.body.count == 300_000)
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
