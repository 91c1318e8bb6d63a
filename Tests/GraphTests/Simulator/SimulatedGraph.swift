import FleetCore
import Foundation
import Graph
import GraphSimulator
import HTTP
import Reactor
import Synchronization
import Telemetry
import Testing

/// The simulator with one mailbox, and a client that calls it in its owner's name.
struct SimulatedGraph: Sendable {
    static let address = "ada@contoso.example"

    let simulator: Simulator
    let client: GraphClient
    let login: LoginClient
    let http: HTTPClient

    /// Starts it all; `body` runs on the client's reactor.
    static func run<Value: Sendable>(
        options: SimulatorOptions = SimulatorOptions(), mailbox: JSON = .object(JSONObject()),
        limits: GraphClient.Limits = GraphClient.Limits(),
        _ body: @escaping @Sendable (SimulatedGraph) async throws -> Value
    ) async throws -> Value {
        try await GraphSimulatorServer.withServer(options: options) { running in
            var ada = mailbox.object ?? JSONObject()
            ada["address"] = .string(address)
            try running.simulator.control("POST", "/control/mailboxes", .object(ada))
            let reactor = try Reactor()
            reactor.start()
            defer { reactor.stop() }
            let http = HTTPClient(reactor: reactor)
            let endpoint = try GraphEndpoint(graphURL: running.graphURL, loginURL: running.url)
            let graph = SimulatedGraph(
                simulator: running.simulator, client: GraphClient(http: http, endpoint: endpoint, limits: limits),
                login: LoginClient(
                    http: http, endpoint: endpoint,
                    registration: LoginClient.Registration(
                        clientID: SimulatorOptions.defaultClientID,
                        clientSecret: Secret(SimulatorOptions.defaultClientSecret))),
                http: http)
            do {
                let value = try await withTaskExecutorPreference(reactor) { try await body(graph) }
                await http.close()
                return value
            } catch {
                await http.close()
                throw error
            }
        }
    }

    @discardableResult
    func control(_ method: String, _ path: String, _ body: JSON? = nil) throws -> JSON {
        try simulator.control(method, path, body)
    }

    /// `/control/mailboxes/…/calendars/default` of the one mailbox.
    var calendarControl: String { "/control/mailboxes/\(Self.address)/calendars/default" }

    /// Tokens of the mailbox's owner, refreshed at the simulator's token endpoint.
    func userTokens(_ more: [(String, JSON)] = []) throws -> RefreshingTokens {
        var body = JSONObject([("mailbox", .string(Self.address))])
        for (name, value) in more { body[name] = value }
        let issued = try control("POST", "/control/tokens", .object(body))
        return RefreshingTokens(
            login, AccessToken(Secret(try #require(issued["access_token"]?.string))),
            Secret(try #require(issued["refresh_token"]?.string)))
    }

    func session(
        _ tokens: any AccessTokenProvider, counter: GraphCallCounter = GraphCallCounter()
    ) -> GraphSession {
        client.session(
            tokens: tokens, scope: GraphCallScope(tenant: TenantID("acme"), mailboxes: [Self.address]), counter: counter
        )
    }

    /// A whole round from `position`, its last token, and how many pages it had.
    func round(
        _ session: GraphSession, _ target: CalendarTarget, _ position: GraphSession.DeltaPosition, pageSize: Int = 50
    ) async throws -> (items: [RemoteItem], token: DeltaToken, pages: Int) {
        var (position, items, pages, guarded) = (position, [RemoteItem](), 0, PageGuard())
        while true {
            let page = try await session.calendarViewDelta(target, position, pageSize: pageSize)
            items += page.items
            pages += 1
            switch page.next {
            case .done(let token): return (items, token, pages)
            case .page(let token):
                guard guarded.mayFollow(token.rawValue) else { throw TestFailure("a round in circles") }
                position = .link(token)
            }
        }
    }

    /// From a day ago to a year ahead.
    var window: GraphSession.DeltaPosition {
        .start(from: Date().addingTimeInterval(-86_400), to: Date().addingTimeInterval(365 * 86_400))
    }
}

/// A provider as the worker's is, without its vault: refreshes when a token is rejected, keeps the newest refresh
/// token.
actor RefreshingTokens: AccessTokenProvider {
    private let login: LoginClient
    private var current: AccessToken
    private var refreshToken: Secret
    private(set) var refreshes = 0

    init(_ login: LoginClient, _ current: AccessToken, _ refreshToken: Secret) {
        self.login = login
        self.current = current
        self.refreshToken = refreshToken
    }

    func accessToken(after rejected: AccessToken?) async throws -> AccessToken {
        guard rejected == current else { return current }
        let grant = try await login.refresh(refreshToken)
        refreshes += 1
        refreshToken = grant.refreshToken ?? refreshToken
        current = grant.accessToken
        return current
    }
}

extension [RemoteItem] {
    /// The ids of what is there after the whole round: the last word on each counts.
    var present: Set<EventID> {
        reduce(into: []) { present, item in
            switch item {
            case .event(let event), .master(let event): present.insert(event.id)
            case .occurrence(let occurrence): present.insert(occurrence.id)
            case .removed(let id): present.remove(id)
            case .malformed: break
            }
        }
    }

    var malformedCount: Int {
        reduce(0) { count, item in if case .malformed = item { count + 1 } else { count } }
    }
}
