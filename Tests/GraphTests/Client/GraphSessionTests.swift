import FleetCore
import Foundation
import Graph
import HTTP
import Synchronization
import Telemetry
import Testing

/// Goal: every call carries what it must, asks for admission, and treats a rejected token as told. Method: a server
/// that answers by script, and what it was asked.
@Suite(.timeLimit(.minutes(1))) struct GraphSessionTests {
    private let target = CalendarTarget(.me, .primary)
    private let calendar = ScriptedGraph.Answer(200, "{\"id\":\"C\"}")

    @Test("a call carries token, ids, trace and agent, and counts")
    func headers() async throws {
        try await ScriptedGraph.run([calendar, calendar]) { graph in
            let counter = GraphCallCounter()
            let trace = TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
            let session = graph.session(counter: counter, trace: trace)
            _ = try await session.calendar(target)
            _ = try await session.calendar(target)
            let asked = try await graph.asked()
            #expect(asked.map(\.target) == ["/v1.0/me/calendar", "/v1.0/me/calendar"])
            #expect(asked[0].header("authorization") == "Bearer token-1")
            #expect(asked[0].header("user-agent") == "outlook-fleet")
            #expect(asked[0].header("accept") == "application/json")
            #expect(asked[0].header("client-request-id").flatMap { UUID(uuidString: $0) } != nil)
            #expect(asked[0].header("client-request-id") != asked[1].header("client-request-id"))
            #expect(asked[0].header("traceparent")?.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-") == true)
            #expect(
                asked[0].header("traceparent")?.contains("00f067aa0ba902b7") == false, "a span of ours is the parent")
            #expect(counter.count == 2)
        }
    }

    @Test("401: one fresh token, the same request again (S06)")
    func refreshOnce() async throws {
        try await ScriptedGraph.run([.init(401), calendar]) { graph in
            let tokens = TokenRow("old", "new")
            _ = try await graph.session(tokens).calendar(target)
            let asked = try await graph.asked()
            #expect(asked.compactMap { $0.header("authorization") } == ["Bearer old", "Bearer new"])
            #expect(asked[0].target == asked[1].target)
            #expect(tokens.refreshes == 1)
        }
    }

    @Test("fresh token, still 401: two refreshes at most, then reconnect (S11)")
    func refreshTwice() async throws {
        let rejected = (0..<9).map { _ in ScriptedGraph.Answer(401, "", headers: ["request-id": "r-1"]) }
        try await ScriptedGraph.run(rejected) { graph in
            let tokens = TokenRow("1", "2", "3", "4", "5")
            let error = try await graphError { try await graph.session(tokens).calendar(target) }
            #expect(error.action == .reconnect && error.requestID == "r-1" && error.status == 401)
            #expect(error.jobError.code == .reconnectRequired)
            #expect(tokens.refreshes == 2)
            let asked = try await graph.asked()
            #expect(asked.count == 3)
        }
    }

    @Test("a provider that has only the rejected token again ends it")
    func sameToken() async throws {
        try await ScriptedGraph.run([.init(401), .init(401)]) { graph in
            let error = try await graphError { try await graph.session(TokenRow("only")).calendar(target) }
            #expect(error.action == .reconnect)
            let asked = try await graph.asked()
            #expect(asked.count == 1)
        }
    }

    @Test("a challenge for claims wants its user, not a refresh")
    func claims() async throws {
        let challenge = ["WWW-Authenticate": "Bearer error=\"insufficient_claims\", claims=\"eyJh\""]
        try await ScriptedGraph.run([.init(401, "", headers: challenge)]) { graph in
            let tokens = TokenRow("old", "new")
            let error = try await graphError { try await graph.session(tokens).calendar(target) }
            #expect(error.action == .reconnect)
            #expect(tokens.refreshes == 0)
        }
    }

    @Test("a bare access token ends at its first 401, and no further call is made with it (S12)")
    func bareToken() async throws {
        try await ScriptedGraph.run([.init(401), calendar]) { graph in
            let session = graph.session(BareAccessToken(AccessToken(Secret("bare"))))
            let error = await #expect(throws: TokenError.self) { try await session.calendar(target) }
            #expect(error?.action == .reconnect && error?.jobError.code == .reconnectRequired)
            let asked = try await graph.asked()
            #expect(asked.count == 1)
        }
    }

    @Test("admission is asked before each request, 401's second one included, and told of its end and of throttles")
    func admission() async throws {
        let throttled = ScriptedGraph.Answer(
            429, "{\"error\":{\"code\":\"ApplicationThrottled\",\"message\":\"over its MailboxConcurrency limit\"}}",
            headers: ["Retry-After": "2"])
        try await ScriptedGraph.run([.init(401), throttled]) { graph in
            let book = AdmissionBook()
            let session = graph.session(TokenRow("1", "2"), admission: book)
            let error = try await graphError { try await session.calendar(target) }
            #expect(error.action == .throttled(retryAfter: .seconds(2)))
            #expect(
                book.entries == [
                    "admit acme 1", "finished 1", "admit acme 1", "finished 1", "throttled 2.0 seconds true",
                ])
        }
    }

    @Test("what the admission throws ends the call untouched, and nothing is sent")
    func refused() async throws {
        try await ScriptedGraph.run([calendar]) { graph in
            let session = graph.session(admission: AdmissionBook(refuses: true))
            await #expect(throws: AdmissionBook.NoRoom.self) { try await session.calendar(target) }
            let asked = try await graph.asked()
            #expect(asked.isEmpty)
        }
    }

    @Test("a grant that came too late is not used but asked for anew, and counts no call")
    func staleGrant() async throws {
        try await ScriptedGraph.run([calendar]) { graph in
            let book = AdmissionBook(stale: 2)
            let counter = GraphCallCounter()
            _ = try await graph.session(admission: book, counter: counter).calendar(target)
            #expect(book.entries == (0..<3).flatMap { _ in ["admit acme 1", "finished 1"] })
            #expect(counter.count == 1)
        }
    }

    @Test("a throttled call waits for as long as the fleet says, which may know more than this answer")
    func closedForLonger() async throws {
        try await ScriptedGraph.run([.init(429, headers: ["Retry-After": "2"])]) { graph in
            let session = graph.session(admission: AdmissionBook(closedFor: .seconds(40)))
            let error = try await graphError { try await session.calendar(target) }
            #expect(error.action == .throttled(retryAfter: .seconds(40)) && error.status == 429)
        }
    }

    @Test("no answer: again later, and honest about whether it was carried out")
    func noAnswer() async throws {
        // The HTTP client repeats a read whose connection died, but not for ever.
        try await ScriptedGraph.run((0..<10).map { _ in .init(0, close: true) }) { graph in
            let error = try await graphError { try await graph.session().calendar(target) }
            #expect(error.action == .retry && error.status == nil && error.mayHaveBeenExecuted)
        }
    }

    @Test("an answer that takes too long is given up")
    func timeout() async throws {
        try await ScriptedGraph.run([.init(200, "{}", delay: 5)]) { graph in
            var limits = GraphClient.Limits()
            limits.timeout = .milliseconds(100)
            let error = try await graphError { try await graph.session(limits: limits).calendar(target) }
            #expect(error.action == .retry && error.reason.contains("timed out"))
        }
    }

    @Test("a redirect is refused and nothing is sent after it")
    func redirect() async throws {
        let away = ScriptedGraph.Answer(302, "", headers: ["Location": "{base}/elsewhere"])
        try await ScriptedGraph.run([away, calendar]) { graph in
            let error = try await graphError { try await graph.session().calendar(target) }
            #expect(error.action == .permanent(.foreignHost) && error.jobError.code == .graphUnavailable)
            let asked = try await graph.asked()
            #expect(asked.count == 1)
        }
    }

    @Test("a cancelled call says so and leaves its place")
    func cancelled() async throws {
        try await ScriptedGraph.run([.init(200, "{}", delay: 30)]) { graph in
            let book = AdmissionBook()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: CancellationError.self) {
                        try await graph.session(admission: book).calendar(target)
                    }
                }
                while book.entries.isEmpty { await Task.yield() }
                group.cancelAll()
            }
            #expect(book.entries == ["admit acme 1", "finished 1"])
        }
    }
}

/// Writes down what it is told.
final class AdmissionBook: CallAdmission {
    struct NoRoom: Error {}
    private let refuses: Bool
    private let closedFor: Duration?
    /// So many of the first grants are void when they arrive.
    private let stale: Atomic<Int>
    private let log = Mutex<[String]>([])

    init(refuses: Bool = false, stale: Int = 0, closedFor: Duration? = nil) {
        self.refuses = refuses
        self.closedFor = closedFor
        self.stale = Atomic(stale)
    }

    var entries: [String] { log.withLock { $0 } }

    func admit(_ ask: CallAsk) throws -> CallGrant {
        if refuses { throw NoRoom() }
        log.withLock { $0.append("admit \(ask.scope.tenant) \(ask.units)") }
        let isStale = stale.subtract(1, ordering: .relaxed).oldValue > 0
        return CallGrant(ask, goodUntil: isStale ? .now.advanced(by: .milliseconds(-1)) : nil)
    }

    func finished(_ grant: CallGrant) {
        log.withLock { $0.append("finished \(grant.ask.units)") }
    }

    func throttled(_ scope: GraphCallScope, _ throttle: CallThrottle) -> Duration? {
        log.withLock {
            $0.append("throttled \(throttle.retryAfter.map { "\($0)" } ?? "nil") \(throttle.isConcurrencyLimit)")
        }
        return closedFor
    }
}
