import Foundation
import HTTP
import Reactor
import TestSupport

/// `Fixtures/rough_server.py`: a real HTTP/1.1 server that misbehaves as its paths say. A shared one for tests that
/// count under keys of their own.
struct RoughServer {
    private let child: ChildProcess
    let base: String

    static func start(certificates: TestCertificates? = nil) async throws -> RoughServer {
        var arguments = [try fixture("rough_server.py")]
        if let certificates { arguments += [certificates.certificate, certificates.key] }
        let child = try ChildProcess("python3", arguments)
        let ready = try await child.line(containing: "ready ")
        let scheme = certificates == nil ? "http" : "https"
        return RoughServer(child: child, base: "\(scheme)://localhost:\(ready.dropFirst(6))")
    }

    static func shared() async throws -> RoughServer { try await SharedServer.only.server() }

    /// How often a request with that key was carried out.
    func executions(of key: String, _ client: HTTPClient) async throws -> Int? {
        Int(try await client.text(base + "/count/\(key)"))
    }
}

private actor SharedServer {
    static let only = SharedServer()
    private var start: Task<RoughServer, any Error>?

    func server() async throws -> RoughServer {
        let start = self.start ?? Task { try await RoughServer.start() }
        self.start = start
        return try await start.value
    }
}

func fixture(_ name: String) throws -> String {
    guard let path = Bundle.module.path(forResource: name, ofType: nil, inDirectory: "Fixtures") else {
        throw TestSupportError("no fixture \(name)")
    }
    return path
}

/// A client on a reactor of its own; `body` runs on that reactor, as the worker's tasks do.
func withClient<Value: Sendable>(
    _ configure: (inout HTTPConfiguration) -> Void = { _ in },
    _ body: @Sendable (HTTPClient) async throws -> Value
) async throws -> Value {
    let reactor = try Reactor()
    reactor.start()
    defer { reactor.stop() }
    var configuration = HTTPConfiguration()
    configure(&configuration)
    let client = HTTPClient(configuration: configuration, reactor: reactor)
    do {
        let value = try await withTaskExecutorPreference(reactor) { try await body(client) }
        await client.close()
        return value
    } catch {
        await client.close()
        throw error
    }
}

extension HTTPClient {
    func get(_ url: String, timeout: Duration = .seconds(15)) async throws(HTTPError) -> HTTPResponse {
        try await send(HTTPRequest(.get, url, timeout: timeout))
    }

    func text(_ url: String) async throws(HTTPError) -> String {
        String(decoding: try await get(url).body, as: UTF8.self)
    }

    /// The error of a request that must fail.
    func failure(_ request: HTTPRequest) async -> HTTPError? {
        do {
            _ = try await send(request)
            return nil
        } catch {
            return error
        }
    }
}

/// A key of its own for what a test counts.
func freshKey() -> String { UUID().uuidString.lowercased() }
