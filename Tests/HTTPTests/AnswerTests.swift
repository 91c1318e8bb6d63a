import Foundation
import HTTP
import TestSupport
import Testing

/// Goal: what a server says arrives as it was said, and the request as it was meant. Method: a real server, plain HTTP.
@Suite(.timeLimit(.minutes(1))) struct AnswerTests {
    private struct Echo: Decodable {
        let method: String
        let target: String
        let headers: [[String]]
        let body: String
        func header(_ name: String) -> [String] { headers.filter { $0[0] == name }.map { $0[1] } }
    }

    private func echo(_ request: HTTPRequest, _ client: HTTPClient) async throws -> Echo {
        try JSONDecoder().decode(Echo.self, from: Data(try await client.send(request).body))
    }

    @Test("method, path, query, headers and body arrive untouched", arguments: HTTPMethod.allCases)
    func requests(method: HTTPMethod) async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            let hasBody = [.post, .put, .patch].contains(method)
            let request = HTTPRequest(
                method, server.base + "/echo/a%20b?x=%27y%27&$z=1",
                headers: ["Content-Type": "application/json", "X-One": "1", "X-Empty": "", "x-one": "2"],
                body: hasBody ? Array("{\"a\":\"é\"}".utf8) : nil)
            if method == .head { return #expect(try await client.send(request).body.isEmpty) }
            let echo = try await echo(request, client)
            #expect(echo.method == method.rawValue)
            #expect(echo.target == "/echo/a%20b?x=%27y%27&$z=1")
            #expect(echo.header("X-One") == ["1"] && echo.header("x-one") == ["2"] && echo.header("X-Empty") == [""])
            #expect(echo.header("User-Agent") == ["outlook-fleet"])
            #expect(echo.header("Expect").isEmpty)
            #expect(echo.header("Content-Length") == (hasBody ? ["10"] : []))
            #expect(Array(echo.body.unicodeScalars.map { UInt8($0.value) }) == (request.body ?? []))
        }
    }

    @Test("without a body POST, PUT and PATCH say so, and no content type is made up")
    func emptyBodies() async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            for method in [HTTPMethod.post, .put, .patch] {
                let echo = try await echo(HTTPRequest(method, server.base + "/echo"), client)
                #expect(echo.header("Content-Length") == ["0"])
                #expect(echo.header("Content-Type").isEmpty)
            }
        }
    }

    @Test("a body of 5 MB arrives whole, NUL bytes included")
    func largeRequest() async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            let body = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) & 0x7F }
            let request = HTTPRequest(.post, server.base + "/echo", body: body, maximumBodyBytes: 64 << 20)
            let echo = try await echo(request, client)
            #expect(Array(echo.body.utf8) == body)
        }
    }

    @Test("every status is an answer", arguments: [200, 204, 304, 400, 401, 404, 410, 429, 500, 503, 599])
    func statuses(status: Int) async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            let response = try await client.get(server.base + "/status/\(status)")
            #expect(response.status == status)
            #expect(response.body.isEmpty == (status == 204 || status == 304))
            #expect(response.version == .http1)
        }
    }

    @Test("a redirect is an answer: nothing goes to where it leads")
    func redirect() async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            let key = freshKey()
            let response = try await client.send(
                HTTPRequest(.get, server.base + "/redirect/\(key)", headers: ["Authorization": "Bearer secret"]))
            #expect(response.status == 302)
            #expect(response.headers["location"]?.hasSuffix("/landed/\(key)") == true)
            #expect(try await server.executions(of: key, client) == 1)
        }
    }

    @Test("bodies come whole: with a length, in chunks, compressed, after hints, before trailers")
    func bodies() async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            #expect(try await client.get(server.base + "/size/100000").body.count == 100_000)
            #expect(try await client.get(server.base + "/size/0").body.isEmpty)
            #expect(try await client.get(server.base + "/chunked/100000").body.count == 100_000)
            #expect(try await client.text(server.base + "/gzip/100000") == String(repeating: "0", count: 100_000))
            let hinted = try await client.get(server.base + "/hints")
            #expect(hinted.status == 200 && hinted.headers["X-Early"] == nil && hinted.headers["X-Late"] == "yes")
            let trailed = try await client.get(server.base + "/trailers")
            #expect(String(decoding: trailed.body, as: UTF8.self) == "body" && trailed.headers["X-After"] == nil)
            let repeated = try await client.get(server.base + "/repeated")
            #expect(repeated.headers.all("X-Two") == ["a", "b"] && repeated.headers["x-empty"] == "")
        }
    }

    @Test("a kept connection is used again, by other tasks too")
    func reuse() async throws {
        let server = try await RoughServer.shared()
        try await withClient { client in
            let key = freshKey()
            for _ in 0..<20 { _ = try await client.get(server.base + "/plain/\(key)") }
            #expect(try await server.count("opened", key, client) == 1)
        }
    }
}
