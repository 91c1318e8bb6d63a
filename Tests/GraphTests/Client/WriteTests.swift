import FleetCore
import Foundation
import Graph
import HTTP
import Testing

/// Goal: what is written is exactly what was meant, once, and each refusal is what it means. Method: a server that
/// answers by script, and what it was asked.
@Suite(.timeLimit(.minutes(1))) struct WriteTests {
    private let me = CalendarTarget(.me, .primary)
    private let other = CalendarTarget(.user(MailboxID("room@b.c")), .id(CalendarID("C=")))
    private let mark = EventMark(
        connection: ConnectionID(tenant: TenantID("acme"), resource: ResourceID("room-1")), booking: BookingID("b 1'"))
    private static let event = """
        {"@odata.etag":"W/\\"k1\\"","id":"E=","changeKey":"k1","type":"singleInstance","subject":"x","showAs":"busy",
        "createdDateTime":"2026-06-01T10:00:00.1234567Z","transactionId":"t-1",
        "start":{"dateTime":"2026-06-15T10:00:00.0000000","timeZone":"UTC"},
        "end":{"dateTime":"2026-06-15T11:00:00.0000000","timeZone":"UTC"}}
        """

    private func draft() -> EventDraft {
        EventDraft(
            title: "Haircut", body: "Wash, too", location: "Chair 2",
            time: .timed(
                start: Date(timeIntervalSince1970: 1_781_517_600), end: Date(timeIntervalSince1970: 1_781_521_200)),
            showAs: .busy, transactionID: "t-1", mark: mark)
    }

    private func body(_ asked: ScriptedGraph.Asked) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(asked.body.utf8)) as? [String: Any])
    }

    @Test("a create carries transaction id, mark and UTC times, and no attendees unless there are some")
    func create() async throws {
        try await ScriptedGraph.run([.init(201, Self.event), .init(201, Self.event)]) { graph in
            let session = graph.session()
            let made = try await session.createEvent(me, draft())
            #expect(made.event.id == EventID("E=") && made.etag == "W/\"k1\"" && made.event.changeKey == "k1")
            #expect(made.createdAt.map { RFC3339.string($0) } == "2026-06-01T10:00:00Z")
            var invited = draft()
            invited.attendees = [.init(email: "a@b.c", name: "A"), .init(email: "d@e.f", required: false)]
            _ = try await session.createEvent(other, invited)
            let asked = try await graph.asked()
            #expect(asked[0].method == "POST" && asked[0].target == "/v1.0/me/calendar/events")
            #expect(asked[1].target == "/v1.0/users/room%40b.c/calendars/C%3D/events")
            #expect(asked[0].header("prefer") == "IdType=\"ImmutableId\"")
            let first = try body(asked[0])
            #expect(
                Set(first.keys) == [
                    "subject", "start", "end", "isAllDay", "showAs", "body", "location", "transactionId",
                    "singleValueExtendedProperties",
                ])
            #expect(first["start"] as? [String: String] == ["dateTime": "2026-06-15T10:00:00", "timeZone": "UTC"])
            #expect(first["body"] as? [String: String] == ["contentType": "text", "content": "Wash, too"])
            #expect(
                first["singleValueExtendedProperties"] as? [[String: String]]
                    == [["id": EventMark.propertyID, "value": mark.rawValue]])
            let attendees = try body(asked[1])["attendees"] as? [[String: Any]]
            #expect(attendees?.map { $0["type"] as? String } == ["required", "optional"])
            #expect(attendees?[1]["emailAddress"] as? [String: String] == ["address": "d@e.f"])
        }
    }

    @Test("all-day: the flag and midnights of the mailbox's zone by its Windows name (S50)")
    func allDay() async throws {
        var draft = draft()
        let days = try [#require(CalendarDate("2026-05-16")), #require(CalendarDate("2026-05-17"))]
        draft.time = .allDay(start: days[0], end: days[1])
        draft.zone = "Europe/Madrid"
        let ready = draft
        try await ScriptedGraph.run([.init(201, Self.event)]) { graph in
            _ = try await graph.session().createEvent(me, ready)
            let body = try body(try await graph.asked()[0])
            #expect(body["isAllDay"] as? Bool == true)
            let zone = "Romance Standard Time"
            #expect(body["start"] as? [String: String] == ["dateTime": "2026-05-16T00:00:00", "timeZone": zone])
            #expect(body["end"] as? [String: String] == ["dateTime": "2026-05-17T00:00:00", "timeZone": zone])
        }
    }

    @Test("a patch names only what is given, never transaction id or mark, and an etag if there is one (S78, S85)")
    func patch() async throws {
        try await ScriptedGraph.run([.init(200, Self.event), .init(200, Self.event)]) { graph in
            let session = graph.session()
            _ = try await session.updateEvent(me, EventID("E="), EventPatch(title: "New"))
            _ = try await session.updateEvent(
                other, EventID("E="), EventPatch(body: "", location: "", attendees: []), ifMatch: "W/\"k1\"")
            let asked = try await graph.asked()
            #expect(asked[0].method == "PATCH" && asked[0].target == "/v1.0/me/events/E%3D")
            #expect(asked[0].body == "{\"subject\":\"New\"}" && asked[0].header("if-match") == nil)
            #expect(asked[1].header("if-match") == "W/\"k1\"")
            let cleared = "{\"body\":{\"contentType\":\"text\",\"content\":\"\"},"
            #expect(asked[1].body == cleared + "\"location\":{\"displayName\":\"\"},\"attendees\":[]}")
        }
    }

    @Test(
        "what a refused write means",
        arguments: [
            (400, "ErrorDuplicateTransactionId", .duplicate(eventID: "E2=")),
            (409, "ErrorDuplicateTransactionId", .duplicate(eventID: "E2=")),
            (409, "ErrorIrresolvableConflict", .conflict), (412, "ErrorIrresolvableConflict", .conflict),
            (404, "ErrorItemNotFound", .notFound), (410, "ErrorItemNotFound", .notFound),
            (403, "ErrorAccessDenied", .accessDenied),
            (400, "ErrorPropertyValidationFailure", .permanent(.item)),
            (400, "ErrorInvalidRequest", .permanent(.request)), (503, "ConcurrentItemSave", .retry),
        ] as [(Int, String, GraphError.Action)])
    func refusals(status: Int, code: String, action: GraphError.Action) async throws {
        let body = "{\"error\":{\"code\":\"\(code)\",\"message\":\"m\",\"@event.existingEventId\":\"E2=\"}}"
        try await ScriptedGraph.run([.init(status, body)]) { graph in
            let error = try await graphError {
                try await graph.session().updateEvent(me, EventID("E="), EventPatch(title: "x"))
            }
            #expect(error.action == action)
            #expect(error.mayHaveBeenExecuted == (status >= 500))
        }
    }

    @Test("a cut connection and an answer that is no event leave the outcome open, and nothing is sent twice")
    func unknownOutcome() async throws {
        try await ScriptedGraph.run([.init(201, Self.event), .init(0, close: true), .init(201, "{}")]) { graph in
            let session = graph.session()
            _ = try await session.createEvent(me, draft())  // the connection is a kept one now
            for _ in 0..<2 {
                let error = try await graphError { try await session.createEvent(me, draft()) }
                #expect(error.action == .retry && error.mayHaveBeenExecuted)
            }
            let asked = try await graph.asked()
            #expect(asked.count == 3)
        }
    }

    @Test(
        "a delete of what is gone or cancelled is done; one that is denied is not (S83)",
        arguments: [
            ([.init(204)], nil, true), ([.init(404)], nil, false), ([.init(410)], nil, false),
            ([.init(403), .init(404)], nil, false),
            ([.init(403), .init(200, WriteTests.cancelled)], nil, false),
            ([.init(403), .init(200, WriteTests.event)], .accessDenied, false),
        ] as [([ScriptedGraph.Answer], GraphError.Action?, Bool)])
    func delete(answers: [ScriptedGraph.Answer], action: GraphError.Action?, removed: Bool) async throws {
        try await ScriptedGraph.run(answers) { graph in
            let session = graph.session()
            if let action {
                let error = try await graphError { try await session.deleteEvent(me, EventID("E=")) }
                #expect(error.action == action && error.operation == .deleteEvent)
            } else {
                let did = try await session.deleteEvent(me, EventID("E="))
                #expect(did == removed)
            }
            let asked = try await graph.asked()
            #expect(asked.count == answers.count && asked[0].method == "DELETE")
        }
    }

    private static let cancelled = event.replacing("\"showAs\"", with: "\"isCancelled\":true,\"showAs\"")

    @Test("a fresh read of a range follows all pages, asks for marks, and leaves bodies and attendees out")
    func range() async throws {
        let marked = Self.event.replacing(
            "\"showAs\"",
            with:
                "\"singleValueExtendedProperties\":[{\"id\":\"\(EventMark.propertyID.uppercased())\",\"value\":\"v\"}],"
                + "\"showAs\"")
        let occurrence = Self.event.replacing("singleInstance", with: "occurrence").replacing("E=", with: "O=")
        let pages = [
            "{\"value\":[\(marked)],\"@odata.nextLink\":\"{base}/v1.0/p2\"}",
            "{\"value\":[\(occurrence),{\"id\":\"bad\"},\(marked)]}",
        ]
        try await ScriptedGraph.run(pages.map { .init(200, $0) }) { graph in
            let start = Date(timeIntervalSince1970: 1_781_517_600.7)
            let range = try await graph.session().freshEvents(me, from: start, to: start + 3600)
            #expect(range.events.map(\.event.id.rawValue) == ["E=", "O="] && range.malformedCount == 1)
            #expect(range.events.map(\.kind) == [.single, .occurrence])
            #expect(range.events[0].mark == EventMark(rawValue: "v") && range.events[1].event.showAs == .busy)
            let target = try await graph.asked()[0].target
            #expect(
                target.hasPrefix(
                    "/v1.0/me/calendarView?startDateTime=2026-06-15T10:00:00Z&endDateTime=2026-06-15T11:00:01Z&$top=100"
                        + "&$select=id,subject,"))
            #expect(!target.contains("body") && !target.contains("attendees") && !target.contains("createdDateTime"))
            #expect(target.contains("&$expand=singleValueExtendedProperties(%24filter%3Did%20eq%20%27String%20%7B"))
        }
    }

    @Test("a range of more than 1,800 days is read in parts")
    func longRange() async throws {
        try await ScriptedGraph.run([.init(200, "{\"value\":[]}"), .init(200, "{\"value\":[]}")]) { graph in
            let start = Date(timeIntervalSince1970: 0)
            _ = try await graph.session().freshEvents(me, from: start, to: start + 2000 * 86_400)
            let targets = try await graph.asked().map(\.target)
            #expect(targets[0].contains("startDateTime=1970-01-01T00:00:00Z&endDateTime=1974-12-06T00:00:00Z"))
            #expect(targets[1].contains("startDateTime=1974-12-06T00:00:00Z&endDateTime=1975-06-24T00:00:00Z"))
        }
    }

    @Test("events are found by mark, whatever stands in it")
    func find() async throws {
        try await ScriptedGraph.run([.init(200, "{\"value\":[\(Self.event)]}")]) { graph in
            let found = try await graph.session().findEvents(me, EventMark(rawValue: "it's"))
            #expect(found.map(\.event.id) == [EventID("E=")])
            let target = try #require(try await graph.asked()[0].target.removingPercentEncoding)
            #expect(
                target.contains(
                    "$filter=singleValueExtendedProperties/Any(ep: ep/id eq '\(EventMark.propertyID)' and ep/value eq "
                        + "'it''s')"))
        }
    }
}
