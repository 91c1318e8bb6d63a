import FleetCore
import Foundation
import Graph
import Testing

/// Goal: calendars, events and zones are read as Graph writes them. Method: a server that answers by script.
@Suite(.timeLimit(.minutes(1))) struct LookUpTests {
    private let me = CalendarTarget(.me, .primary)

    @Test("a calendar is asked for by its id, on whatever page of the list it were (S02)")
    func calendar() async throws {
        let body = """
            {"@odata.context":"x","id":"C=","name":"Kalender","isDefaultCalendar":true,"canEdit":false,"color":"auto",
            "owner":{"name":"Room","address":"Room@Contoso.com"},"groupClassId":"g"}
            """
        try await ScriptedGraph.run([.init(200, body), .init(200, "{\"id\":\"D\"}"), .init(404)]) { graph in
            let session = graph.session()
            let calendar = try await session.calendar(CalendarTarget(.me, .id(CalendarID("C="))))
            #expect(
                calendar
                    == RemoteCalendar(
                        id: CalendarID("C="), name: "Kalender", owner: "room@contoso.com", canEdit: false,
                        isDefault: true))
            let bare = try await session.calendar(me)
            #expect(bare.canEdit && bare.owner == nil && bare.name.isEmpty)
            let error = try await graphError { try await session.calendar(me) }
            #expect(error.jobError.code == .calendarNotFound && !error.jobError.retryable)
            let asked = try await graph.asked()
            #expect(asked[0].target == "/v1.0/me/calendars/C%3D")
        }
    }

    @Test("a list is read over its pages; one without an end is given up")
    func calendars() async throws {
        let first = "{\"value\":[{\"id\":\"A\"},{\"name\":\"no id\"}],\"@odata.nextLink\":\"{base}/v1.0/p2\"}"
        let second = "{\"value\":[{\"id\":\"B\"}]}"
        let circle = "{\"value\":[],\"@odata.nextLink\":\"{base}/v1.0/p2\"}"
        try await ScriptedGraph.run([first, second, first, circle, circle].map { .init(200, $0) }) { graph in
            let session = graph.session()
            let ids = try await session.calendars(.user(MailboxID("a@b.c"))).map(\.id.rawValue)
            #expect(ids == ["A", "B"])
            let error = try await graphError { try await session.calendars(.me) }
            #expect(error.action == .retry)
            let asked = try await graph.asked()
            #expect(asked.map(\.target).prefix(2) == ["/v1.0/users/a%40b.c/calendars?$top=100", "/v1.0/p2"])
        }
    }

    @Test("an event by its id, and the instances of a series over pages")
    func events() async throws {
        let time = "{\"dateTime\":\"2026-06-15T10:00:00.0000000\",\"timeZone\":\"UTC\"}"
        let event = "{\"id\":\"E\",\"type\":\"seriesMaster\",\"start\":\(time),\"end\":\(time)}"
        let one = "{\"id\":\"O1\",\"type\":\"occurrence\",\"seriesMasterId\":\"E\",\"start\":\(time),\"end\":\(time)}"
        let pages = ["{\"value\":[\(one)],\"@odata.nextLink\":\"{base}/v1.0/p2\"}", "{\"value\":[\(one)]}"]
        try await ScriptedGraph.run(([event] + pages).map { .init(200, $0) } + [.init(404)]) { graph in
            let session = graph.session()
            guard case .master(let master) = try await session.event(me, EventID("E=")) else {
                throw TestFailure("no master")
            }
            #expect(master.id == EventID("E"))
            let window = (Date(timeIntervalSince1970: 0), Date(timeIntervalSince1970: 86_400))
            let instances = try await session.instances(me, of: EventID("E="), from: window.0, to: window.1)
            #expect(instances.count == 2)
            let gone = try await graphError { try await session.event(me, EventID("E")) }
            #expect(gone.action == .notFound)
            let asked = try await graph.asked()
            #expect(asked[0].target.hasPrefix("/v1.0/me/events/E%3D?$select=id,subject,"))
            #expect(
                asked[1].target == "/v1.0/me/events/E%3D/instances?startDateTime=1970-01-01T00:00:00Z"
                    + "&endDateTime=1970-01-02T00:00:00Z&$top=100")
            for one in asked { #expect(one.header("prefer") == "IdType=\"ImmutableId\"") }
        }
    }

    @Test(
        "a mailbox's zone, or nil where it is not set or may not be read",
        arguments: [
            (200, "{\"timeZone\":\"W. Europe Standard Time\",\"language\":{}}", "W. Europe Standard Time"),
            (200, "{\"timeZone\":\"\"}", nil), (200, "{}", nil), (200, "[]", nil), (403, "", nil), (404, "", nil),
            (400, "{\"error\":{\"code\":\"TimeZoneNotSupportedException\"}}", nil),
        ] as [(Int, String, String?)])
    func mailboxZone(status: Int, body: String, zone: String?) async throws {
        try await ScriptedGraph.run([.init(status, body)]) { graph in
            let found = try await graph.session().mailboxTimeZone(.me)
            #expect(found == zone)
            let asked = try await graph.asked()
            #expect(asked[0].target == "/v1.0/me/mailboxSettings")
        }
    }

    @Test("trouble is no answer to a look-up of zones")
    func zoneTrouble() async throws {
        try await ScriptedGraph.run([.init(503), .init(429)]) { graph in
            let error = try await graphError { try await graph.session().mailboxTimeZone(.me) }
            #expect(error.action == .retry)
            let throttled = try await graphError {
                try await graph.session().workingHoursTimeZone(.me, address: "a@b.c", on: Date())
            }
            #expect(throttled.action == .throttled(retryAfter: nil))
        }
    }

    @Test(
        "the zone of working hours, or nil",
        arguments: [
            (
                "{\"value\":[{\"workingHours\":{\"timeZone\":{\"name\":\"Tokyo Standard Time\"}}}]}",
                "Tokyo Standard Time"
            ),
            ("{\"value\":[{\"workingHours\":{\"timeZone\":{\"name\":\"Customized Time Zone\",\"bias\":480}}}]}", nil),
            ("{\"value\":[{\"error\":{\"responseCode\":\"ErrorNoFreeBusyAccess\"}}]}", nil), ("{\"value\":[]}", nil),
            ("{}", nil),
        ] as [(String, String?)])
    func workingHours(body: String, zone: String?) async throws {
        try await ScriptedGraph.run([.init(200, body)]) { graph in
            let day = Date(timeIntervalSince1970: 1_770_000_000)
            let scope = MailboxScope.user(MailboxID("8f14"))
            let found = try await graph.session().workingHoursTimeZone(scope, address: "a'b@c.d", on: day)
            #expect(found == zone)
            let asked = try await graph.asked()
            #expect(asked[0].method == "POST" && asked[0].target == "/v1.0/users/8f14/calendar/getSchedule")
            #expect(asked[0].header("content-type") == "application/json")
            let body = try #require(JSONSerialization.jsonObject(with: Data(asked[0].body.utf8)) as? [String: Any])
            #expect(body["schedules"] as? [String] == ["a'b@c.d"])
            #expect((body["startTime"] as? [String: String])?["dateTime"] == "2026-02-02T02:40:00")
        }
    }
}
