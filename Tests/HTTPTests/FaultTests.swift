import HTTP
import Reactor
import TestSupport
import Testing

/// Goal: whatever a server does, a request ends, with the right kind and an honest word on whether it may have been
/// carried out. Method: a real server with every fault.
@Suite(.timeLimit(.minutes(1))) struct FaultTests {
    private func failure(
        _ path: String, _ method: HTTPMethod = .post, timeout: Duration = .seconds(15), cap: Int = 1 << 20,
        _ configure: (inout HTTPConfiguration) -> Void = { _ in }
    ) async throws -> HTTPError {
        let server = try await RoughServer.shared()
        return try await withClient(configure) { client in
            let request = HTTPRequest(method, server.base + path, timeout: timeout, maximumBodyBytes: cap)
            return try #require(await client.failure(request))
        }
    }

    @Test(
        "a cut connection is a lost one, and the request may have been carried out",
        arguments: ["/cut/after/x", "/cut/body", "/cut/chunk"])
    func cuts(path: String) async throws {
        let error = try await failure(path)
        #expect(error.kind == .connectionLost)
        #expect(error.requestMayHaveBeenExecuted)
    }

    @Test("what isn't HTTP is malformed", arguments: ["/malformed/status", "/malformed/binary", "/gzip-broken"])
    func malformed(path: String) async throws {
        let error = try await failure(path)
        #expect(error.kind == .malformed)
        #expect(error.requestMayHaveBeenExecuted)
    }

    @Test("an answer that takes too long ends at its deadline", arguments: ["/slow/20000", "/drip", "/endless"])
    func deadline(path: String) async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            let start = ContinuousClock.now
            let timeout = Duration.milliseconds(300)
            let request = HTTPRequest(.post, server.base + path, timeout: timeout, maximumBodyBytes: .max)
            let error = await client.failure(request)
            let duration = ContinuousClock.now - start
            #expect(error?.kind == .timedOut && error?.requestMayHaveBeenExecuted == true)
            #expect(duration >= timeout && duration < .seconds(5))
        }
    }

    @Test(
        "an answer over its cap is cut off: announced, in chunks, endless, compressed",
        arguments: ["/size/1001", "/chunked/2000", "/endless", "/gzip/100000000"])
    func bodyCap(path: String) async throws {
        let error = try await failure(path, .get, cap: 1000)
        #expect(error.kind == .tooLarge)
        #expect(error.requestMayHaveBeenExecuted)
    }

    @Test("a body of exactly its cap passes", arguments: ["/size/1000", "/chunked/1000", "/gzip/1000"])
    func exactCap(path: String) async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            let response = try await client.send(HTTPRequest(.get, server.base + path, maximumBodyBytes: 1000))
            #expect(response.body.count == 1000)
        }
    }

    @Test("endless headers and endless interim answers end", arguments: ["/headers/endless", "/headers/interim"])
    func headerCap(path: String) async throws {
        let error = try await failure(path) { $0.maximumHeaderBytes = 8192 }
        #expect(error.kind == .tooLarge)
    }

    @Test("nobody listens, no such host: not carried out")
    func noServer() async throws {
        let port = try freePort()
        try await withClient { client in
            let refused = try #require(await client.failure(HTTPRequest(.post, "http://127.0.0.1:\(port)/")))
            #expect(refused.kind == .connectFailed)
            #expect(!refused.requestMayHaveBeenExecuted)
            let unknown = try #require(await client.failure(HTTPRequest(.post, "http://no-such-host.invalid/")))
            #expect(unknown.kind == .nameNotResolved)
            #expect(!unknown.requestMayHaveBeenExecuted)
        }
    }

    @Test("a host that doesn't take the connection is given up at the connect deadline")
    func connectDeadline() async throws {
        let full = try FullListener()
        try await withClient {
            $0.connectTimeout = .milliseconds(200)
        } _: { client in
            let start = ContinuousClock.now
            let error = try #require(await client.failure(HTTPRequest(.post, "http://127.0.0.1:\(full.port)/")))
            #expect(error.kind == .connectFailed)
            #expect(!error.requestMayHaveBeenExecuted)
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }

    @Test("a request that may not be sent fails before it leaves")
    func badRequests() async throws {
        try await withClient { client in
            for url in ["ftp://localhost/", "localhost/", "https://a:b@localhost/"] {
                #expect(await client.failure(HTTPRequest(.get, url))?.kind == .badRequest)
            }
            let broken = HTTPRequest(.get, "http://localhost/", headers: ["X": "a\r\nY: b"])
            #expect(await client.failure(broken)?.kind == .badRequest)
        }
    }

    @Test("a closed client takes nothing, and what was open ends")
    func closing() async throws {
        let server = try await RoughServer.shared()
        let reactor = try Reactor()
        reactor.start()
        defer { reactor.stop() }
        let client = HTTPClient(reactor: reactor)
        async let open = client.failure(HTTPRequest(.get, server.base + "/drip"))
        _ = try await client.get(server.base + "/plain")
        await client.close()
        await client.close()
        #expect(await open?.kind == .closed)
        #expect(await client.failure(HTTPRequest(.get, server.base + "/plain"))?.kind == .closed)
    }

    @Test("errors name no URL, no query, no header, no body")
    func silence() async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            for path in ["/cut/after/q?secret=topsecret", "/malformed/status?topsecret", "/drip?topsecret"] {
                let request = HTTPRequest(
                    .post, server.base + path, headers: ["Authorization": "Bearer topsecret"],
                    body: Array("topsecret".utf8),
                    timeout: .milliseconds(200))
                let error = try #require(await client.failure(request))
                #expect(!String(reflecting: error).contains("topsecret"))
                #expect(!"\(error)".contains("localhost"))
            }
        }
    }
}
