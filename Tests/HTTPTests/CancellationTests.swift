import HTTP
import Reactor
import TestSupport
import Testing

/// Goal: a cancelled request ends at once wherever it is, and leaves nothing. Method: cancel in line, while connecting,
/// while waiting for the answer, and in races; then count what the server and the client still hold.
@Suite(.timeLimit(.minutes(1))) struct CancellationTests {
    @Test("a cancelled request ends at once and says that it may have been carried out")
    func waiting() async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            let key = freshKey()
            try await withThrowingTaskGroup(of: HTTPError?.self) { group in
                group.addTask { await client.failure(HTTPRequest(.post, server.base + "/slow/30000/\(key)")) }
                try await eventually("the request is there", within: .seconds(30)) {
                    try await server.executions(of: key, client) == 1
                }
                let start = ContinuousClock.now
                group.cancelAll()
                let error = try #require(await group.next() ?? nil)
                #expect(error.kind == .cancelled && error.requestMayHaveBeenExecuted)
                #expect(ContinuousClock.now - start < .seconds(3))
            }
            // HTTP/1.1 can't take a request back: its connection goes.
            try await eventually("its connection is closed", within: .seconds(30)) {
                try await client.text(server.base + "/closed/\(key)") == "1"
            }
        }
    }

    @Test("a task that is cancelled already sends nothing")
    func before() async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            let key = freshKey()
            await withTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask {
                    let error = await client.failure(HTTPRequest(.post, server.base + "/x/\(key)"))
                    #expect(error?.kind == .cancelled && error?.requestMayHaveBeenExecuted == false)
                }
            }
            let executions = try await server.executions(of: key, client)
            #expect(executions == 0)
        }
    }

    @Test("a request that waits for a connection is cancelled without ever being sent")
    func inLine() async throws {
        let server = try await RoughServer.shared()
        try await withClient {
            $0.maximumConnectionsPerHost = 1
        } _: { client in
            let key = freshKey()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await client.get(server.base + "/slow/300") }
                await withTaskGroup(of: Void.self) { waiting in
                    for _ in 0..<10 {
                        waiting.addTask {
                            let error = await client.failure(HTTPRequest(.post, server.base + "/x/\(key)"))
                            #expect(error?.kind == .cancelled && error?.requestMayHaveBeenExecuted == false)
                        }
                    }
                    await Task.yield()
                    waiting.cancelAll()
                }
                try await group.waitForAll()
            }
            let executions = try await server.executions(of: key, client)
            #expect(executions == 0)
        }
    }

    @Test("cancelling in a race with the answer ends each request once, and the client stays fit", arguments: [1, 7])
    func races(seed: Int) async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            for round in 0..<40 {
                await withTaskGroup(of: Void.self) { group in
                    for index in 0..<8 {
                        group.addTask {
                            let error = await client.failure(HTTPRequest(.get, server.base + "/slow/\(index % 3)"))
                            #expect(error == nil || error?.kind == .cancelled)
                        }
                    }
                    for _ in 0..<(round * seed % 60) { await Task.yield() }
                    group.cancelAll()
                }
            }
            let after = try await client.get(server.base + "/plain")
            #expect(after.status == 200)
        }
    }

    @Test("from tasks that don't run on the reactor it works the same")
    func elsewhere() async throws {
        let server = try await RoughServer.shared()
        let reactor = try Reactor()
        reactor.start()
        defer { reactor.stop() }
        let client = HTTPClient(reactor: reactor)
        #expect(try await client.text(server.base + "/plain") == "ok")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    #expect(await client.failure(HTTPRequest(.get, server.base + "/slow/30000"))?.kind == .cancelled)
                }
            }
            group.cancelAll()
        }
        await client.close()
    }
}
