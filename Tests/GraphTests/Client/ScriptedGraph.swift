import FleetCore
import Foundation
import Graph
import HTTP
import Reactor
import Synchronization
import Telemetry
import TestSupport

/// A server that answers as a test tells it, a client of it, and what was asked.
struct ScriptedGraph: Sendable {
    struct Answer: Encodable, Sendable {
        var status: Int
        var headers: [String: String] = [:]
        var body = ""
        var delay = 0.0
        var close = false

        init(
            _ status: Int, _ body: String = "", headers: [String: String] = [:], delay: Double = 0, close: Bool = false
        ) {
            self.status = status
            self.body = body
            self.headers = headers
            self.delay = delay
            self.close = close
        }
    }

    struct Asked: Decodable, Sendable {
        var method: String
        var target: String
        var headers: [[String]]
        var body: String

        func header(_ name: String) -> String? { headers.first { $0[0] == name }?[1] }
    }

    let http: HTTPClient
    let base: String
    let endpoint: GraphEndpoint

    /// Prepares these answers under a key of their own; `body` runs on the client's reactor.
    static func run<Value: Sendable>(
        _ answers: [Answer], _ body: @Sendable (ScriptedGraph) async throws -> Value
    ) async throws -> Value {
        let base = try await ScriptedServer.only.base() + "/\(UUID().uuidString)"
        let reactor = try Reactor()
        reactor.start()
        defer { reactor.stop() }
        let http = HTTPClient(reactor: reactor)
        let endpoint = try GraphEndpoint(graphURL: base + "/v1.0", loginURL: base)
        let graph = ScriptedGraph(http: http, base: base, endpoint: endpoint)
        do {
            let value = try await withTaskExecutorPreference(reactor) {
                try await graph.add(answers)
                return try await body(graph)
            }
            await http.close()
            return value
        } catch {
            await http.close()
            throw error
        }
    }

    func add(_ answers: [Answer]) async throws {
        let body = Array(try JSONEncoder().encode(answers))
        _ = try await http.send(HTTPRequest(.post, base + "/__answers", body: body))
    }

    /// Everything that was asked so far.
    func asked() async throws -> [Asked] {
        let response = try await http.send(HTTPRequest(.get, base + "/__requests"))
        return try JSONDecoder().decode([Asked].self, from: Data(response.body))
    }

    func session(
        _ tokens: any AccessTokenProvider = TokenRow("token-1"), admission: any CallAdmission = UnlimitedAdmission(),
        limits: GraphClient.Limits = GraphClient.Limits(), counter: GraphCallCounter = GraphCallCounter(),
        trace: TraceParent? = nil
    ) -> GraphSession {
        GraphClient(http: http, endpoint: endpoint, limits: limits).session(
            tokens: tokens, scope: GraphCallScope(tenant: TenantID("acme"), mailboxes: ["a@contoso.com"]),
            admission: admission, counter: counter, trace: trace)
    }

    func login(secret: String? = "s&e=c+r/et") -> LoginClient {
        LoginClient(
            http: http, endpoint: endpoint,
            registration: LoginClient.Registration(clientID: "client-1", clientSecret: secret.map { Secret($0) }),
            now: { Date(timeIntervalSince1970: 1_000_000) })
    }
}

/// One server process for all tests.
private actor ScriptedServer {
    static let only = ScriptedServer()
    private var start: Task<(ChildProcess, String), any Error>?

    func base() async throws -> String {
        let start =
            self.start
            ?? Task {
                let resource = Bundle.module.path(
                    forResource: "scripted_server.py", ofType: nil, inDirectory: "Fixtures")
                guard let path = resource else { throw TestSupportError("no fixture") }
                let child = try ChildProcess("python3", [path])
                let ready = try await child.line(containing: "ready ", within: .seconds(60))
                return (child, "http://localhost:\(ready.dropFirst(6))")
            }
        self.start = start
        return try await start.value.1
    }
}

/// Hands out its tokens one after the other, the next for each that was rejected; the last one again and again.
final class TokenRow: AccessTokenProvider {
    private let state: Mutex<(row: [AccessToken], asked: Int)>

    init(_ tokens: String...) { state = Mutex((tokens.map { AccessToken(Secret($0)) }, 0)) }

    /// How often a fresh one was asked for.
    var refreshes: Int { state.withLock { $0.asked } }

    func accessToken(after rejected: AccessToken?) -> AccessToken {
        state.withLock { state in
            if rejected != nil {
                state.asked += 1
                if rejected == state.row[0], state.row.count > 1 { state.row.removeFirst() }
            }
            return state.row[0]
        }
    }
}

/// What is expected of a call that must fail.
func graphError(_ body: () async throws -> some Any) async throws -> GraphError {
    do {
        _ = try await body()
        throw TestFailure("it succeeded")
    } catch let error as GraphError {
        return error
    }
}
