import FleetCore
import Foundation
import Graph
import GraphSimulator
import Telemetry
import Testing

/// Goal: dead tokens, lost states, throttles and faults end as the table says, and rounds go on where they can. Method:
/// the simulator's faults, over HTTP.
@Suite(.timeLimit(.minutes(1))) struct TroubleTests {
    private let me = CalendarTarget(.me, .primary)

    private func fault(_ graph: SimulatedGraph, _ path: String, _ effect: JSON, after: Int = 0, times: Int = 1) throws {
        try graph.control(
            "POST", "/control/faults",
            ["path": .string(path), "after": .integer(Int64(after)), "times": .integer(Int64(times)), "do": effect])
    }

    @Test("the token dies in mid-round: one refresh, the page again, nothing lost or doubled (S06)")
    func tokenDies() async throws {
        try await SimulatedGraph.run { graph in
            try graph.control("POST", graph.calendarControl + "/seed", ["count": 300])
            let tokens = try graph.userTokens()
            try fault(graph, "calendarView", ["expireToken": true], after: 2)
            let round = try await graph.round(graph.session(tokens), me, graph.window)
            let events = round.items.filter { if case .event = $0 { true } else { false } }
            #expect(round.items.present.count == 300 && events.count == 300)
            let refreshes = await tokens.refreshes
            #expect(refreshes == 1)
        }
    }

    @Test("rotated refresh tokens: each refresh uses the newest one (S07)", arguments: [true, false])
    func rotation(isStrict: Bool) async throws {
        var options = SimulatorOptions()
        options.rotation = isStrict ? .strict : .keep
        try await SimulatedGraph.run(options: options) { graph in
            let tokens = try graph.userTokens()
            let session = graph.session(tokens)
            for _ in 0..<4 {
                try graph.control("POST", "/control/tokens/expire", ["mailbox": .string(SimulatedGraph.address)])
                _ = try await session.calendar(me)
            }
            let refreshes = await tokens.refreshes
            #expect(refreshes == 4)
        }
    }

    @Test("revoked consent is reconnect; a struggling login service is not (S09, S10)")
    func consent() async throws {
        try await SimulatedGraph.run { graph in
            let tokens = try graph.userTokens()
            let session = graph.session(tokens)
            try graph.control("POST", "/control/tokens/expire")
            try fault(graph, "oauth2", ["status": 503, "html": true])
            let trouble = await #expect(throws: TokenError.self) { try await session.calendar(me) }
            #expect(trouble?.action == .retry(after: nil) && trouble?.jobError.retryable == true)
            _ = try await session.calendar(me)

            try graph.control("POST", "/control/consent", ["mailbox": .string(SimulatedGraph.address)])
            let revoked = await #expect(throws: TokenError.self) { try await session.calendar(me) }
            #expect(revoked?.action == .reconnect && revoked?.jobError.code == .reconnectRequired)
        }
    }

    @Test("an expired secret is the operator's, not the user's")
    func secret() async throws {
        try await SimulatedGraph.run { graph in
            let client: JSON = ["id": .string(SimulatorOptions.defaultClientID), "expired": true]
            try graph.control("PATCH", "/control/apps", client)
            let tokens = try graph.userTokens()
            try graph.control("POST", "/control/tokens/expire")
            let error = await #expect(throws: TokenError.self) { try await graph.session(tokens).calendar(me) }
            #expect(error?.action == .operator && error?.jobError.retryable == true)
        }
    }

    @Test("app-only: /users with client credentials, 403 where the directory closed the mailbox")
    func appOnly() async throws {
        try await SimulatedGraph.run { graph in
            let directory = try #require(graph.control("GET", "/control/directories")[0]?["domain"]?.string)
            let grant = try await graph.login.clientCredentials(directory: directory)
            let session = graph.session(BareAccessToken(grant.accessToken))
            let target = CalendarTarget(.user(MailboxID(SimulatedGraph.address)), .primary)
            let calendar = try await session.calendar(target)
            #expect(calendar.owner == SimulatedGraph.address)
            try graph.control("PATCH", "/control/mailboxes/\(SimulatedGraph.address)", ["closedToApps": true])
            let error = try await graphError { try await session.calendar(target) }
            #expect(error.action == .accessDenied)
        }
    }

    @Test(
        "a lost sync state, all spellings (S26)",
        arguments: ["syncStateNotFound", "SyncStateNotFound", "fullSyncRequired", "resyncRequired", "SyncStateInvalid"])
    func lostState(spelling: String) async throws {
        try await SimulatedGraph.run { graph in
            let session = graph.session(try graph.userTokens())
            let first = try await graph.round(session, me, graph.window)
            try graph.control("POST", graph.calendarControl + "/lose-sync-state", ["spelling": .string(spelling)])
            let error = try await graphError { try await graph.round(session, me, .link(first.token)) }
            #expect(error.action == .resync)
            _ = try await graph.round(session, me, graph.window)
        }
    }

    @Test("no mailbox behind the account: two calls at most say so (S03)")
    func noMailbox() async throws {
        try await SimulatedGraph.run(mailbox: ["restDisabled": true]) { graph in
            let counter = GraphCallCounter()
            let session = graph.session(try graph.userTokens(), counter: counter)
            let error = try await graphError { try await session.calendar(me) }
            #expect(error.jobError.code == .mailboxUnavailable && !error.jobError.retryable)
            #expect(counter.count == 1)
        }
    }

    @Test("a missing scope is access denied, without a refresh (S05)")
    func missingScope() async throws {
        try await SimulatedGraph.run { graph in
            let tokens = try graph.userTokens([("scopes", ["User.Read", "offline_access"])])
            let error = try await graphError { try await graph.session(tokens).calendar(me) }
            #expect(error.jobError.code == .accessDenied)
            let refreshes = await tokens.refreshes
            #expect(refreshes == 0)
        }
    }

    @Test("five at once on one mailbox: the fifth is throttled for a second, not for ten minutes")
    func concurrency() async throws {
        var options = SimulatorOptions()
        options.latencyMilliseconds = 2000
        try await SimulatedGraph.run(options: options) { graph in
            let session = graph.session(try graph.userTokens())
            let errors = try await withThrowingTaskGroup(of: GraphError?.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        do {
                            _ = try await session.calendar(me)
                            return nil
                        } catch let error as GraphError { return error }
                    }
                }
                return try await group.reduce(into: [GraphError]()) { if let error = $1 { $0.append(error) } }
            }
            #expect(errors.count == 1)
            let error = try #require(errors.first)
            #expect(error.isConcurrencyLimit && error.jobError.code == .throttled)
            guard case .throttled(let wait?) = error.action else { throw TestFailure("no wait") }
            #expect(wait <= .seconds(10))
        }
    }

    @Test("503 in mid-round, with and without Retry-After; the same link goes on afterwards (S28)")
    func midRound() async throws {
        try await SimulatedGraph.run { graph in
            try graph.control("POST", graph.calendarControl + "/seed", ["count": 100])
            let session = graph.session(try graph.userTokens())
            let first = try await session.calendarViewDelta(me, graph.window, pageSize: 20)
            guard case .page(let link) = first.next else { throw TestFailure("one page only") }
            try fault(graph, "skiptoken", ["status": 503])
            try fault(graph, "skiptoken", ["status": 503, "retryAfter": 2], after: 1)
            let plain = try await graphError { try await session.calendarViewDelta(me, .link(link), pageSize: 20) }
            #expect(plain.action == .retry)
            let throttled = try await graphError { try await session.calendarViewDelta(me, .link(link), pageSize: 20) }
            #expect(throttled.action == .throttled(retryAfter: .seconds(2)))
            let rest = try await graph.round(session, me, .link(link), pageSize: 20)
            #expect((first.items + rest.items).present.count == 100)
        }
    }

    @Test("a link to a foreign host in the middle of a round is refused")
    func foreignLink() async throws {
        try await SimulatedGraph.run { graph in
            try graph.control("POST", graph.calendarControl + "/seed", ["count": 100])
            let session = graph.session(try graph.userTokens())
            try fault(graph, "calendarView", ["nextLinkHost": "evil.example"])
            let error = try await graphError { try await session.calendarViewDelta(me, graph.window, pageSize: 20) }
            #expect(error.action == .permanent(.foreignHost) && error.jobError.code == .graphUnavailable)
        }
    }

    @Test("cut, truncated, malformed and huge answers are trouble, not truth")
    func brokenAnswers() async throws {
        let effects: [JSON] = [["truncate": 40], ["malformed": true], ["huge": 20_000_000], ["cut": "middle"]]
        try await SimulatedGraph.run { graph in
            let session = graph.session(try graph.userTokens())
            for effect in effects {
                try graph.control("DELETE", "/control/faults")
                try fault(graph, "calendarView", effect, times: 0)
                let error = try await graphError { try await session.calendarViewDelta(me, graph.window, pageSize: 1) }
                #expect(error.action == .retry, "\(effect.text)")
            }
            try graph.control("DELETE", "/control/faults")
            // A read whose connection dies before a byte of the answer is read again by itself.
            try fault(graph, "calendarView", ["cut": "after"])
            _ = try await session.calendarViewDelta(me, graph.window, pageSize: 1)
        }
    }

    @Test("one event without a start among many is set aside (S62)")
    func malformedItem() async throws {
        try await SimulatedGraph.run { graph in
            try graph.control("POST", graph.calendarControl + "/seed", ["count": 20])
            try fault(graph, "calendarView", ["dropMembers": ["start"]], times: 0)
            let page = try await graph.session(try graph.userTokens()).calendarViewDelta(me, graph.window, pageSize: 50)
            #expect(page.malformedCount > 0 && page.items.count == 20)
        }
    }
}
