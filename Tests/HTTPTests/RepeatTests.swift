import HTTP
import TestSupport
import Testing

/// Goal: no unsafe request is ever sent twice by the client itself. Method: a server that carries a request out and
/// then cuts the connection, on fresh and on kept connections, and counts.
@Suite(.timeLimit(.minutes(1))) struct RepeatTests {
    private static let unsafe: [HTTPMethod] = [.post, .put, .patch, .delete]

    @Test("cut after it was carried out, on a fresh connection: once", arguments: unsafe)
    func fresh(method: HTTPMethod) async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            let key = freshKey()
            let request = HTTPRequest(method, server.base + "/cut/after/\(key)")
            let error = try #require(await client.failure(request))
            #expect(error.kind == .connectionLost && error.requestMayHaveBeenExecuted)
            #expect(try await server.executions(of: key, client) == 1)
        }
    }

    @Test(
        "cut after it was carried out, on a kept connection: once, and the client says so",
        arguments: unsafe, [0, 100, 200_000])
    func kept(method: HTTPMethod, bodyBytes: Int) async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            _ = try await client.get(server.base + "/plain")
            let key = freshKey()
            let body = bodyBytes == 0 ? nil : [UInt8](repeating: 7, count: bodyBytes)
            let request = HTTPRequest(method, server.base + "/cut-when-reused/\(key)", body: body)
            let error = try #require(await client.failure(request))
            #expect(error.kind == .connectionLost)
            #expect(error.requestMayHaveBeenExecuted)
            #expect(try await server.executions(of: key, client) == 1)
        }
    }

    @Test("a read on a kept connection that died is simply read again")
    func safe() async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            _ = try await client.get(server.base + "/plain")
            let key = freshKey()
            #expect(try await client.get(server.base + "/cut-when-reused/\(key)").status == 200)
            #expect(try await server.executions(of: key, client) == 2)
        }
    }

    @Test("a read whose connection dies each time ends after a few")
    func safeButHopeless() async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            let key = freshKey()
            let error = await client.failure(HTTPRequest(.get, server.base + "/cut/after/\(key)"))
            #expect(error?.kind == .connectionLost)
            let executions = try await server.executions(of: key, client)
            #expect(executions == 3)
        }
    }

    @Test("a connection that the server closed while it idled is not used", arguments: ["/close", "/hangup"])
    func closedWhileIdle(path: String) async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            let key = freshKey()
            _ = try await client.get(server.base + "\(path)/\(key)")
            try await withClient { observer in
                try await eventually("the server has closed", within: .seconds(30)) {
                    try await observer.text(server.base + "/closed/\(key)") == "1"
                }
            }
            #expect(try await client.send(HTTPRequest(.post, server.base + "/plain")).status == 200)
        }
    }

    @Test("a connection that idled past its life is not used")
    func idleLife() async throws {
        let server = try await RoughServer.shared()
        try await withClient {
            $0.idleConnectionLifetime = .seconds(1)
        } _: { client in
            let key = freshKey()
            _ = try await client.get(server.base + "/plain/\(key)")
            let start = ContinuousClock.now
            try await eventually("the kept connection is too old", within: .seconds(30)) {
                ContinuousClock.now - start > .milliseconds(2100)
            }
            _ = try await client.get(server.base + "/plain/\(key)")
            let opened = try await server.count("opened", key, client)
            #expect(opened == 2)
        }
    }
}
