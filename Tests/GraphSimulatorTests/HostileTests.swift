import GraphSimulator
import Testing

/// Of the right shape, and of no round.
private let oddToken = String(repeating: "A", count: 214) + "." + String(repeating: "A", count: 43)

/// Goal: no request ends the simulator, however odd.
@Suite struct HostileTests {
    @Test(
        "odd requests are refused, and the next one is answered",
        arguments: [
            "/me/events?$skip=99999999999999999999", "/me/events?$skip=9223372036854775807", "/me/events?$top=-1",
            "/me/calendarView?startDateTime=0001-01-01&endDateTime=9999-12-31",
            "/me/calendarView?startDateTime=99999-01-01&endDateTime=x", "/me/events/%00", "/me/events/%FF%FE",
            "/me/events?$filter=\(String(repeating: "(", count: 3000))", "/me/events?$filter='",
            "/me/events?$filter=%27",
            "/me/events?$orderby=,", "/me/events?$orderby=/", "/me/calendars('x')", "/users//calendar",
            "/me/calendarView/delta?$skiptoken=.",
            "/me/calendarView/delta?$deltatoken=\(oddToken)",
        ])
    func requests(path: String) async throws {
        try await withAda { client in
            let odd = try await client.get(path)
            #expect((400..<500).contains(odd.status), "\(odd.status) \(odd.json.text.prefix(200))")
            #expect(try await client.get("/me/calendar").status == 200)
        }
    }

    @Test("a delta over all of time of a daily series without end comes back")
    func allOfTime() async throws {
        try await withAda { client in
            let rule: JSON = [
                "pattern": ["type": "absoluteYearly", "interval": 1, "dayOfMonth": 1, "month": 5],
                "range": ["type": "noEnd", "startDate": "2026-05-01"],
            ]
            let made = try await client.send(
                "POST", "/me/events", event("E", "2026-05-01T10:00:00", "2026-05-01T11:00:00", [("recurrence", rule)]))
            #expect(made.status == 201)
            let page = try await client.get("/me/calendarView/delta?startDateTime=0001-01-01&endDateTime=9999-12-31")
            // Exchange's calendar ends in 4500.
            #expect(page["value"]?.array?.count == 4500 - 2026 + 2)
        }
    }

    @Test("odd control requests are refused with a reason")
    func control() async throws {
        let simulator = Simulator()
        for (method, path, body): (String, String, JSON?) in [
            ("GET", "/control/nothing", nil), ("GET", "/control/mailboxes/nobody", nil),
            ("POST", "/control/mailboxes", [:]),
            ("POST", "/control/tokens", ["mailbox": "nobody"]), ("POST", "/control/clock", ["advance": 1e300]),
            ("POST", "/control/clock", [:]), ("PATCH", "/control/settings", ["latency": -1]),
            ("PATCH", "/control/settings", ["nothing": 1]), ("POST", "/control/tokens", nil),
        ] {
            #expect(throws: SimulatorRefusal.self, "\(method) \(path)") { try simulator.control(method, path, body) }
        }
    }

    @Test("lifetimes beyond reason don't overflow")
    func lifetimes() async throws {
        try await withAda { client in
            let tokens = try client.simulator.simulator.control(
                "POST", "/control/tokens",
                ["mailbox": "ada@contoso.example", "lifetime": 1e300, "refreshLifetime": 1e300])
            #expect(tokens["access_token"] != nil)
        }
    }
}
