import FleetCore
import Foundation
import Graph
import HTTP
import Synchronization
import Testing

/// Goal: each part of a batch has its own fate (S95). Method: a server that answers by script.
@Suite(.timeLimit(.minutes(1))) struct GraphBatchTests {
    private let me = CalendarTarget(.me, .primary)
    private let time = BookingRequest.Time.timed(
        start: Date(timeIntervalSince1970: 1_781_517_600), end: Date(timeIntervalSince1970: 1_781_521_200))

    private func create(_ name: String) -> EventRequest {
        .create(EventDraft(title: name, time: time, transactionID: name, mark: EventMark(rawValue: name)))
    }

    private static func event(_ id: String) -> String {
        """
        {"id":"\(id)","type":"singleInstance","start":{"dateTime":"2026-06-15T10:00:00.0000000","timeZone":"UTC"},
        "end":{"dateTime":"2026-06-15T11:00:00.0000000","timeZone":"UTC"}}
        """
    }

    private static func part(_ id: Int, _ status: Int, _ body: String = "null", headers: String = "{}") -> String {
        "{\"id\":\"\(id)\",\"status\":\(status),\"headers\":\(headers),\"body\":\(body)}"
    }

    private static func answer(_ parts: String...) -> ScriptedGraph.Answer {
        .init(200, "{\"responses\":[\(parts.joined(separator: ","))]}")
    }

    @Test("parts are relative, typed and whole; answers come in any order and are told apart")
    func parts() async throws {
        let answer = Self.answer(
            Self.part(3, 404, "{\"error\":{\"code\":\"ErrorItemNotFound\"}}"),
            Self.part(
                1, 429, "{\"error\":{\"code\":\"ApplicationThrottled\",\"message\":\"MailboxConcurrency\"}}",
                headers: "{\"Retry-After\":\"7\"}"),
            Self.part(0, 201, Self.event("A")), Self.part(2, 204),
            Self.part(4, 409, "{\"error\":{\"code\":\"ErrorDuplicateTransactionId\"}}"))
        try await ScriptedGraph.run([answer]) { graph in
            let counter = GraphCallCounter()
            let admission = NotingAdmission()
            let session = graph.session(admission: admission, counter: counter)
            let outcomes = try await session.batch(
                me,
                [
                    create("A"), .update(EventID("B="), EventPatch(title: "b"), ifMatch: "W/\"1\""),
                    .delete(EventID("C")), .delete(EventID("D")), create("E"), .read(EventID("F")),
                ])
            #expect(outcomes.count == 6)
            guard case .success(.event(let made)) = outcomes[0] else { throw TestFailure("\(outcomes[0])") }
            #expect(made.event.id == EventID("A"))
            #expect(outcomes[1].error?.action == .throttled(retryAfter: .seconds(7)))
            #expect(outcomes[1].error?.operation == .updateEvent)
            #expect(outcomes[2] == .success(.removed) && outcomes[3] == .success(.alreadyGone))
            #expect(outcomes[4].error?.action == .duplicate(eventID: nil))
            #expect(outcomes[5].error?.action == .retry && outcomes[5].error?.mayHaveBeenExecuted == true)
            #expect(counter.count == 6)
            #expect(admission.asks.map(\.units) == [6] && admission.asks.map(\.places) == [4])
            #expect(admission.throttles == [.seconds(7)])

            let asked = try await graph.asked()[0]
            #expect(asked.method == "POST" && asked.target == "/v1.0/$batch" && asked.header("prefer") == nil)
            let body = try #require(JSONSerialization.jsonObject(with: Data(asked.body.utf8)) as? [String: Any])
            let requests = try #require(body["requests"] as? [[String: Any]])
            #expect(requests.map { $0["method"] as? String } == ["POST", "PATCH", "DELETE", "DELETE", "POST", "GET"])
            #expect(requests[0]["url"] as? String == "/me/calendar/events")
            #expect(requests[1]["url"] as? String == "/me/events/B%3D")
            let headers = try #require(requests[1]["headers"] as? [String: String])
            #expect(headers["If-Match"] == "W/\"1\"" && headers["Content-Type"] == "application/json")
            for request in requests {
                #expect((request["headers"] as? [String: String])?["Prefer"] == "IdType=\"ImmutableId\"")
            }
            #expect(requests[2]["body"] == nil)
        }
    }

    @Test("parts that are refused a token go again alone, with a fresh one; twice, then the consent is dead")
    func freshToken() async throws {
        let first = Self.answer(Self.part(0, 201, Self.event("A")), Self.part(1, 401), Self.part(2, 401))
        let second = Self.answer(Self.part(0, 201, Self.event("B")), Self.part(1, 401))
        let third = Self.answer(Self.part(0, 401))
        try await ScriptedGraph.run([first, second, third]) { graph in
            let tokens = TokenRow("1", "2", "3", "4")
            let outcomes = try await graph.session(tokens).batch(me, [create("A"), create("B"), create("C")])
            #expect(outcomes.map { $0.error?.action } == [nil, nil, .reconnect])
            let asked = try await graph.asked()
            #expect(asked.map { $0.header("authorization") } == ["Bearer 1", "Bearer 2", "Bearer 3"])
            #expect(asked.count == 3 && !asked[1].body.contains("\"subject\":\"A\""))
        }
    }

    @Test("a batch that fails as a whole, or whose answer is none, leaves every outcome open")
    func envelope() async throws {
        try await ScriptedGraph.run([.init(503), .init(200, "{}"), .init(200, "<html>")]) { graph in
            for _ in 0..<3 {
                let error = try await graphError { try await graph.session().batch(me, [create("A")]) }
                #expect(error.action == .retry && error.mayHaveBeenExecuted)
            }
        }
    }
}

extension Result<EventAnswer, GraphError> {
    fileprivate var error: GraphError? {
        if case .failure(let error) = self { error } else { nil }
    }
}

/// Remembers what it was asked and told.
private final class NotingAdmission: CallAdmission {
    private let state = Mutex<(asks: [CallAsk], throttles: [Duration?])>(([], []))

    var asks: [CallAsk] { state.withLock { $0.asks } }
    var throttles: [Duration?] { state.withLock { $0.throttles } }

    func admit(_ ask: CallAsk) -> CallGrant {
        state.withLock { $0.asks.append(ask) }
        return CallGrant(ask)
    }
    func finished(_ grant: CallGrant) {}
    func throttled(_ scope: GraphCallScope, _ throttle: CallThrottle) -> Duration? {
        state.withLock { $0.throttles.append(throttle.retryAfter) }
        return nil
    }
}
