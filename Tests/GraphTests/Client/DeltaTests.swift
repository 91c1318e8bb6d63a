import FleetCore
import Foundation
import Graph
import Testing

/// Goal: a round goes on by its links as they are, on our host only, in pages that fit. Method: a server that answers
/// by script, and what it was asked.
@Suite(.timeLimit(.minutes(1))) struct DeltaTests {
    private let target = CalendarTarget(.user(MailboxID("room@contoso.com")), .id(CalendarID("C=")))
    private let start = GraphSession.DeltaPosition.start(
        from: Date(timeIntervalSince1970: 1_770_000_000), to: Date(timeIntervalSince1970: 1_780_000_000))

    private func page(_ items: String = "", next: String? = nil, delta: String? = nil) -> ScriptedGraph.Answer {
        var members = ["\"value\":[\(items)]"]
        if let next { members.append("\"@odata.nextLink\":\"\(next)\"") }
        if let delta { members.append("\"@odata.deltaLink\":\"\(delta)\"") }
        return .init(200, "{\(members.joined(separator: ","))}")
    }

    private func event(_ id: String) -> String {
        let time = "{\"dateTime\":\"2026-06-15T10:00:00.0000000\",\"timeZone\":\"UTC\"}"
        return "{\"id\":\"\(id)\",\"subject\":\"s\",\"start\":\(time),\"end\":\(time)}"
    }

    @Test("a round: window, preferences on every request, links verbatim, an empty page goes on (S19)")
    func round() async throws {
        let link = "{base}/v1.0/x/delta?$skiptoken=a.b-c_d%2B%3d"
        let answers = [
            page(next: link), page(event("1"), delta: "{base}/v1.0/x/delta?$deltatoken=z"),
        ]
        try await ScriptedGraph.run(answers) { graph in
            let session = graph.session()
            let first = try await session.calendarViewDelta(target, start, pageSize: 50)
            #expect(first.items.isEmpty)
            guard case .page(let token) = first.next else { throw TestFailure("the round goes on") }
            let second = try await session.calendarViewDelta(target, .link(token), pageSize: first.pageSize)
            #expect(second.items.count == 1)
            #expect(second.next == .done(DeltaToken("\(graph.base)/v1.0/x/delta?$deltatoken=z")))
            let asked = try await graph.asked()
            #expect(
                asked.map(\.target) == [
                    "/v1.0/users/room%40contoso.com/calendars/C%3D/calendarView/delta"
                        + "?startDateTime=2026-02-02T02:40:00Z&endDateTime=2026-05-28T20:26:40Z",
                    "/v1.0/x/delta?$skiptoken=a.b-c_d%2B%3d",
                ])
            for one in asked { #expect(one.header("prefer") == "odata.maxpagesize=50, IdType=\"ImmutableId\"") }
        }
    }

    @Test("one bad item of a hundred is set aside and counted (S62)")
    func malformed() async throws {
        let items = (0..<100).map { $0 == 41 ? "{\"id\":\"bad\"}" : event("\($0)") }.joined(separator: ",")
        try await ScriptedGraph.run([page(items, delta: "{base}/d")]) { graph in
            let page = try await graph.session().calendarViewDelta(target, start, pageSize: 100)
            #expect(page.items.count == 100 && page.malformedCount == 1)
            #expect(
                page.items[41] == .malformed(id: EventID("bad"), reason: "its start or end is missing or unreadable"))
        }
    }

    @Test("links that lead elsewhere are refused, given or handed out, and no token goes there")
    func foreign() async throws {
        let answers = [page(next: "https://evil.example/next"), page(delta: "http://localhost:1/d")]
        try await ScriptedGraph.run(answers) { graph in
            let session = graph.session()
            for _ in 0..<2 {
                let error = try await graphError { try await session.calendarViewDelta(target, start, pageSize: 10) }
                #expect(error.action == .permanent(.foreignHost) && error.jobError.code == .graphUnavailable)
                #expect(!error.jobError.retryable)
            }
            let link = GraphSession.DeltaPosition.link(DeltaToken("https://evil.example/delta"))
            let error = try await graphError { try await session.calendarViewDelta(target, link, pageSize: 10) }
            #expect(error.action == .permanent(.foreignHost))
            let asked = try await graph.asked()
            #expect(asked.count == 2)
        }
    }

    @Test("a page that is too large is asked for again with fewer items, by the same link")
    func shrinking() async throws {
        let large = page(event(String(repeating: "x", count: 3000)), delta: "{base}/d")
        try await ScriptedGraph.run([large, large, page(event("1"), delta: "{base}/d")]) { graph in
            var limits = GraphClient.Limits()
            limits.maximumPageBytes = 1000
            let page = try await graph.session(limits: limits).calendarViewDelta(target, start, pageSize: 100)
            #expect(page.pageSize == 6 && page.items.count == 1)
            let asked = try await graph.asked()
            #expect(Set(asked.map(\.target)).count == 1)
            let sizes = asked.compactMap { $0.header("prefer")?.split(separator: ",")[0] }
            #expect(sizes == ["odata.maxpagesize=100", "odata.maxpagesize=25", "odata.maxpagesize=6"])
        }
    }

    @Test("an item that is too large for a page comes alone")
    func aloneInItsPage() async throws {
        let large = page(event(String(repeating: "x", count: 3000)), delta: "{base}/d")
        try await ScriptedGraph.run([large, large]) { graph in
            var limits = GraphClient.Limits()
            limits.maximumPageBytes = 1000
            let page = try await graph.session(limits: limits).calendarViewDelta(target, start, pageSize: 2)
            #expect(page.pageSize == 1 && page.items.count == 1)
        }
    }

    @Test("a single item that is too large ends it, for now")
    func tooLarge() async throws {
        let large = page(event(String(repeating: "x", count: 3000)), delta: "{base}/d")
        try await ScriptedGraph.run([large, large]) { graph in
            var limits = GraphClient.Limits()
            (limits.maximumPageBytes, limits.maximumBodyBytes) = (1000, 2000)
            let session = graph.session(limits: limits)
            let error = try await graphError { try await session.calendarViewDelta(target, start, pageSize: 2) }
            #expect(error.isAnswerTooLarge && error.action == .retry)
        }
    }

    @Test(
        "an answer 200 that is no page is tried again later",
        arguments: [
            "", "<html></html>", "{}", "{\"value\":[]}", "{\"value\":[{\"id\":", "{\"@odata.deltaLink\":\"{base}/d\"}",
        ])
    func notAPage(body: String) async throws {
        try await ScriptedGraph.run([.init(200, body)]) { graph in
            let error = try await graphError {
                try await graph.session().calendarViewDelta(target, start, pageSize: 10)
            }
            #expect(error.action == .retry && error.jobError.retryable)
        }
    }

    @Test("a lost sync state says so, with whatever Location (S26)", arguments: [410, 400])
    func lostState(status: Int) async throws {
        let answer = ScriptedGraph.Answer(
            status, "{\"error\":{\"code\":\"SyncStateNotFound\"}}", headers: ["Location": "https://evil.example/"])
        try await ScriptedGraph.run([answer]) { graph in
            let link = GraphSession.DeltaPosition.link(DeltaToken("\(graph.base)/v1.0/d"))
            let error = try await graphError { try await graph.session().calendarViewDelta(target, link, pageSize: 10) }
            #expect(error.action == .resync)
            let asked = try await graph.asked()
            #expect(asked.count == 1)
        }
    }

    @Test("an endless row of pages is noticed: a link again, or too many")
    func guarding() {
        var pages = PageGuard(maximumPages: 3)
        let answers = ["a", "b", "a", "c", "d"].map { pages.mayFollow($0) }
        #expect(answers == [true, true, false, true, false])
    }
}
