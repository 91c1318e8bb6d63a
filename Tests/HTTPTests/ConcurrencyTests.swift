import HTTP
import Reactor
import TestSupport
import Testing

/// Goal: many requests at once all end, under the caps, and nobody waits for nothing. Method: floods on HTTP/1.1.
@Suite(.timeLimit(.minutes(2))) struct ConcurrencyTests {
    @Test("256 requests at once over 8 connections: all are answered, never more than 8 at once")
    func connectionCap() async throws {
        let server = try await RoughServer.shared()
        try await withClient {
            $0.maximumConnectionsPerHost = 8
        } _: { client in
            let key = freshKey()
            let statuses = try await flood(client, 256) { _ in server.base + "/slow/10/\(key)" }
            #expect(statuses == [200: 256])
            let most = try await server.count("most", key, client)
            let opened = try await server.count("opened", key, client)
            #expect(most == 8 && opened == 8)
        }
    }

    @Test("over plain http the first requests don't wait for each other")
    func coldStart() async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            let key = freshKey()
            try await flood(client, 8) { _ in server.base + "/slow/1000/\(key)" }
            let most = try await server.count("most", key, client)
            #expect(most == 8)
        }
    }

    @Test("requests that wait for a connection longer than the connect deadline don't fail for it")
    func waitingIsNotConnecting() async throws {
        let server = try await RoughServer.shared()
        try await withClient {
            $0.maximumConnectionsPerHost = 2
            $0.connectTimeout = .milliseconds(150)
        } _: { client in
            let statuses = try await flood(client, 20) { _ in server.base + "/slow/60" }
            #expect(statuses == [200: 20])
        }
    }

    @Test("a request that can't get a connection ends at its deadline, unsent")
    func deadlineInLine() async throws {
        let server = try await RoughServer.shared()
        try await withClient {
            $0.maximumConnectionsPerHost = 1
        } _: { client in
            let (slow, key) = (freshKey(), freshKey())
            try await withClient { observer in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = await client.failure(HTTPRequest(.get, server.base + "/slow/30000/\(slow)")) }
                    try await eventually("the connection is taken", within: .seconds(30)) {
                        try await server.executions(of: slow, observer) == 1
                    }
                    let request = HTTPRequest(.post, server.base + "/x/\(key)", timeout: .milliseconds(50))
                    let error = await client.failure(request)
                    #expect(error?.kind == .timedOut && error?.requestMayHaveBeenExecuted == false)
                    group.cancelAll()
                }
                let executions = try await server.executions(of: key, observer)
                #expect(executions == 0)
            }
        }
    }

    @Test("too long a line is refused, and empties again")
    func lineCap() async throws {
        let server = try await RoughServer.shared()
        try await withClient {
            $0.maximumConnectionsPerHost = 1
            $0.maximumWaitingRequests = 3
        } _: { client in
            let outcomes = await withTaskGroup(of: HTTPError.Kind?.self) { group in
                for _ in 0..<10 {
                    group.addTask { await client.failure(HTTPRequest(.get, server.base + "/slow/50"))?.kind }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count(where: { $0 == nil }) == 4)
            #expect(outcomes.count(where: { $0 == .badRequest }) == 6)
            let after = try await client.get(server.base + "/plain")
            #expect(after.status == 200)
        }
    }

    @Test("256 at once, faults mixed in: each ends as its path says")
    func mixture() async throws {
        let server = try await RoughServer.shared()
        let paths = [
            "/plain", "/size/20000", "/chunked/5000", "/cut/body", "/hangup", "/close", "/status/503", "/cut/x",
        ]
        try await withClient { client in
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<1024 {
                    group.addTask {
                        let path = paths[index % paths.count]
                        let error = await client.failure(HTTPRequest(.get, server.base + path))
                        #expect(error?.kind == (path.hasPrefix("/cut") ? .connectionLost : nil), "\(path)")
                    }
                }
            }
        }
    }
}

/// How often each status came when `count` GETs run at once.
@discardableResult
func flood(_ client: HTTPClient, _ count: Int, _ url: @escaping @Sendable (Int) -> String) async throws -> [Int: Int] {
    try await withThrowingTaskGroup(of: Int.self) { group in
        for index in 0..<count { group.addTask { try await client.get(url(index)).status } }
        return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
}
