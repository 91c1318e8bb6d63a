import GraphSimulator
import Testing

/// Goal: what a person does behind the scenes shows at Graph, and the truth of a window is the truth.
@Suite struct ControlTests {
    private static let ada = "/control/mailboxes/ada@contoso.example"

    private func view(_ simulator: Simulator) throws -> [JSON] {
        try simulator.control("GET", Self.ada + "/calendars/default/view?from=2026-05-01&to=2026-06-01")["events"]?
            .array ?? []
    }

    private static let weekly: [(String, JSON)] = [
        (
            "recurrence",
            [
                "pattern": ["type": "weekly", "interval": 1, "daysOfWeek": ["monday"]],
                "range": ["type": "numbered", "startDate": "2026-05-04", "numberOfOccurrences": 4],
            ]
        )
    ]

    @Test("this and following: the old series ends the day before, the new one goes on with what is left")
    func split() async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            let made = try simulator.control(
                "POST", Self.ada + "/calendars/default/events",
                event("Old", "2026-05-04T10:00:00", "2026-05-04T11:00:00", Self.weekly))
            let id = try #require(made["id"]?.string)
            let parts = try simulator.control(
                "POST", Self.ada + "/events/\(id)/split", ["from": "2026-05-18", "change": ["subject": "New"]])
            #expect(parts["old"]?["id"]?.string == id)
            #expect(parts["old"]?["recurrence"]?["range"]?["endDate"] == "2026-05-17")
            #expect(parts["new"]?["recurrence"]?["range"]?["numberOfOccurrences"] == 2)
            let subjects = try view(simulator).map { $0["subject"] }
            #expect(subjects == ["Old", "Old", "New", "New"])
        }
    }

    @Test("odd answers on request: members replaced, left out, in another zone, ids that differ in case only")
    func odd() async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            let first = try simulator.control(
                "POST", Self.ada + "/calendars/default/events",
                event(
                    "A", "2026-05-04T10:00:00", "2026-05-04T09:00:00",
                    [
                        ("raw", ["subject": nil, "showAs": "unknownFutureValue"]), ("omit", ["start"]),
                    ]))
            let id = try #require(first["id"]?.string)
            let odd = try await client.get("/me/events/\(id)")
            #expect(odd["subject"] == .null && odd["start"] == nil && odd["showAs"] == "unknownFutureValue")
            let twin = try simulator.control(
                "POST", Self.ada + "/calendars/default/events",
                event(
                    "Twin", "2026-05-05T10:00:00", "2026-05-05T11:00:00",
                    [
                        ("caseTwinOf", .string(id)), ("wireZone", "Europe/Kyiv"),
                    ]))
            let twinID = try #require(twin["id"]?.string)
            #expect(twinID != id && twinID.lowercased() == id.lowercased())
            let reply = try await client.get("/me/events/\(twinID)")
            #expect(reply["subject"] == "Twin")
            #expect(reply["start"] == ["dateTime": "2026-05-05T13:00:00.0000000", "timeZone": "Europe/Kyiv"])
            #expect(try await client.send("DELETE", "/me/events/\(twinID)").status == 204)
            #expect(try await client.get("/me/events/\(id)").status == 200)
        }
    }

    @Test("the truth has both ids, dates of all-day events, types and marks")
    func truth() async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            let made = try simulator.control(
                "POST", Self.ada + "/calendars/default/events",
                event(
                    "Weekly", "2026-05-04T10:00:00", "2026-05-04T11:00:00", zone: "W. Europe Standard Time", Self.weekly
                ))
            let id = try #require(made["id"]?.string)
            try simulator.control("PATCH", Self.ada + "/events/\(id)/occurrences/2026-05-11", ["isCancelled": true])
            try simulator.control("DELETE", Self.ada + "/events/\(id)/occurrences/2026-05-18")
            try simulator.control(
                "POST", Self.ada + "/calendars/default/events",
                event("Day", "2026-05-20T00:00:00", "2026-05-21T00:00:00", [("isAllDay", true)]))
            let events = try view(simulator)
            #expect(events.map { $0["type"] } == ["occurrence", "exception", "singleInstance", "occurrence"])
            #expect(events[0]["start"] == "2026-05-04T08:00:00Z")
            #expect(events[1]["isCancelled"] == true)
            #expect(events[2]["startDate"] == "2026-05-20" && events[2]["endDate"] == "2026-05-21")
            #expect(events[0]["seriesMasterId"]?.string == id && events[0]["id"] != events[0]["immutableId"])
        }
    }

    @Test("two simulators with one seed give the same ids and the same order of pages")
    func seeded() async throws {
        var options = SimulatorOptions()
        options.seed = 42
        options.start = "2026-05-01T00:00:00Z"
        options.hasDemoData = true
        let fixed = options
        let window =
            "/users/katrin.vogel@acme.example/calendarView/delta?startDateTime=2026-04-01&endDateTime=2026-07-01"
        let ids = { @Sendable () in
            try await GraphSimulatorServer.withServer(options: fixed) { running in
                let demo = try running.simulator.control("GET", "/control/demo")
                let tokens = try running.simulator.control("POST", "/control/tokens", ["directory": "acme.example"])
                let client = Client(simulator: running, token: tokens["access_token"]?.string)
                #expect(demo["mailboxes"]?.array?.count == 8)
                return try await client.round(window).items.compactMap { $0["id"]?.string }
            }
        }
        let first = try await ids()
        #expect(first.count > 50)
        #expect(try await ids() == first)
    }

    @Test("10,000 events: a window costs what lies in it, and a full round is quick")
    func many() async throws {
        try await withAda { client in
            try client.simulator.simulator.control(
                "POST", Self.ada + "/calendars/default/seed",
                ["count": 10_000, "from": "2026-01-01T00:00:00Z", "days": 365])
            let clock = ContinuousClock()
            let started = clock.now
            let (items, link) = try await client.round(
                "/me/calendarView/delta?startDateTime=2026-01-01&endDateTime=2027-01-01",
                prefer: "odata.maxpagesize=500")
            #expect(items.count == 10_000)
            _ = try await client.round(link)
            #expect(clock.now - started < .seconds(20))
        }
    }
}
