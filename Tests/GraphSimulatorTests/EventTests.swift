import GraphSimulator
import Testing

/// Goal: events behave as Graph's do when they are created, read, changed and deleted over HTTP.
@Suite struct EventTests {
    @Test("a created event reads back as written, in UTC, with Location, etag and a change key that changes")
    func createReadChangeDelete() async throws {
        try await withAda { client in
            let made = try await client.send(
                "POST", "/me/events",
                event("Lunch", "2026-05-01T12:00:00", "2026-05-01T13:00:00", zone: "W. Europe Standard Time"))
            #expect(made.status == 201)
            #expect(made.header("location")?.contains("/events('") == true)
            #expect(made["start"]?["dateTime"] == "2026-05-01T10:00:00.0000000")
            #expect(made["start"]?["timeZone"] == "UTC")
            #expect(made["originalStartTimeZone"] == "W. Europe Standard Time")
            #expect(made["type"] == "singleInstance")
            let id = try #require(made["id"]?.string)
            #expect(id.hasSuffix("="))
            #expect(made["@odata.etag"]?.string == "W/\"\(made["changeKey"]?.string ?? "")\"")
            let changed = try await client.send("PATCH", "/me/events/\(id)", ["subject": "Late lunch"])
            #expect(changed.status == 200)
            #expect(changed["subject"] == "Late lunch")
            #expect(changed["changeKey"] != made["changeKey"])
            #expect(try await client.send("DELETE", "/me/events/\(id)").status == 204)
            let gone = try await client.send("DELETE", "/me/events/\(id)")
            #expect((gone.status, gone.code) == (404, "ErrorItemNotFound"))
        }
    }

    @Test("a token that is missing, unknown or expired is 401 InvalidAuthenticationToken")
    func tokens() async throws {
        try await withAda { client in
            var stranger = client
            for token in [nil, "nonsense"] {
                stranger.token = token
                let reply = try await stranger.get("/me/calendar")
                #expect((reply.status, reply.code) == (401, "InvalidAuthenticationToken"))
                #expect(reply.header("www-authenticate")?.hasPrefix("Bearer ") == true)
            }
            try client.simulator.simulator.control("POST", "/control/clock", ["advance": 7200])
            let late = try await client.get("/me/calendar")
            #expect((late.status, late.code) == (401, "InvalidAuthenticationToken"))
        }
    }
}
