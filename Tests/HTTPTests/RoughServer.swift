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
        let ready = try await child.line(containing: "ready ", within: .seconds(60))
        let scheme = certificates == nil ? "http" : "https"
        return RoughServer(child: child, base: "\(scheme)://localhost:\(ready.dropFirst(6))")
    }

    /// The one of all tests. Each counts under keys of its own.
    static func shared() async throws -> RoughServer { try await sharedServer.value() }

    /// How often a request with that key was carried out.
    func executions(of key: String, _ client: HTTPClient) async throws -> Int? {
        try await count("count", key, client)
    }

    /// What the server counted for a key: `count`, `opened`, `closed` or `most`.
    func count(_ name: String, _ key: String, _ client: HTTPClient) async throws -> Int? {
        Int(try await client.text(base + "/\(name)/\(key)"))
    }
}

private let sharedServer = Shared { try await RoughServer.start() }

/// Something that is started once, by whoever asks first, for all tests of the process.
actor Shared<Value: Sendable> {
    private let make: @Sendable () async throws -> Value
    private var start: Task<Value, any Error>?

    init(_ make: @escaping @Sendable () async throws -> Value) { self.make = make }

    func value() async throws -> Value {
        let start = self.start ?? Task { try await make() }
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
