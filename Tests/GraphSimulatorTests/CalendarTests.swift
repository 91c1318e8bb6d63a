import GraphSimulator
import Testing

/// Goal: calendars, their ids and who may open them are as at Graph.
@Suite struct CalendarTests {
    @Test("there is no calendar id primary; the default calendar is asked for, and 130 calendars have pages of ten")
    func lists() async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            try simulator.control(
                "POST", "/control/mailboxes/ada@contoso.example/calendars", ["name": "Extra", "count": 129])
            let primary = try await client.get("/me/calendars/primary")
            #expect((primary.status, primary.code) == (400, "ErrorInvalidIdMalformed"))
            var ids: Set<String> = []
            var link = "/me/calendars"
            var pages = 0
            while true {
                let page = try await client.get(link)
                pages += 1
                ids.formUnion(page["value"]?.array?.compactMap { $0["id"]?.string } ?? [])
                guard let next = page["@odata.nextLink"]?.string else { break }
                link = next
            }
            #expect((ids.count, pages) == (130, 13))
            let own = try await client.get("/me/calendar")
            let id = try #require(own["id"]?.string)
            #expect(ids.contains(id))
            #expect(own["isDefaultCalendar"] == true && own["canEdit"] == true)
            let again = try await client.get("/me/calendars/\(id)", prefer: "IdType=\"ImmutableId\"")
            #expect(again["id"]?.string == id)
            let parenthesised = try await client.get("/me/calendars('\(id)')")
            #expect(parenthesised["id"]?.string == id)
        }
    }

    @Test("calendars are made, renamed and deleted, the default one is not deleted")
    func changes() async throws {
        try await withAda { client in
            let made = try await client.send("POST", "/me/calendars", ["name": "Side"])
            #expect(made.status == 201)
            let id = try #require(made["id"]?.string)
            let renamed = try await client.send("PATCH", "/me/calendars/\(id)", ["name": "Other"])
            #expect(renamed["name"] == "Other" && renamed["changeKey"] != made["changeKey"])
            #expect(try await client.send("DELETE", "/me/calendars/\(id)").status == 204)
            let gone = try await client.get("/me/calendars/\(id)")
            #expect((gone.status, gone.code) == (404, "ErrorItemNotFound"))
            #expect(try await client.send("DELETE", "/me/calendar").status == 400)
        }
    }

    @Test("a calendar that can't be edited is read, not written")
    func readOnly() async throws {
        try await withAda { client in
            let made = try client.simulator.simulator.control(
                "POST", "/control/mailboxes/ada@contoso.example/calendars", ["name": "Holidays", "canEdit": false])
            let id = try #require(made["id"]?.string)
            let calendar = try await client.get("/me/calendars/\(id)")
            #expect(calendar["canEdit"] == false)
            let write = try await client.send(
                "POST", "/me/calendars/\(id)/events", event("A", "2026-05-04T10:00:00", "2026-05-04T11:00:00"))
            #expect((write.status, write.code) == (403, "ErrorAccessDenied"))
        }
    }

    @Test("a shared calendar: the sharee's own id, the owner's name, *.Shared needed, ids of the sharee's mailbox")
    func shared() async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            try simulator.control("POST", "/control/mailboxes", ["address": "bob@contoso.example", "name": "Bob"])
            let secret = try simulator.control(
                "POST", "/control/mailboxes/ada@contoso.example/calendars/default/events",
                event("Secret", "2026-05-04T10:00:00", "2026-05-04T11:00:00", [("sensitivity", "private")]))
            let entry = try simulator.control(
                "POST", "/control/mailboxes/ada@contoso.example/calendars/default/share",
                ["with": "bob@contoso.example", "role": "read"])
            let id = try #require(entry["id"]?.string)
            let token = { (scopes: JSON) in
                try simulator.control("POST", "/control/tokens", ["mailbox": "bob@contoso.example", "scopes": scopes])[
                    "access_token"]?.string
            }
            var bob = Client(simulator: client.simulator, token: try token(["Calendars.ReadWrite"]))
            #expect(try await bob.get("/me/calendars/\(id)").status == 403)
            #expect(try await bob.get("/users/ada@contoso.example/calendar").status == 403)
            bob.token = try token(["Calendars.ReadWrite", "Calendars.ReadWrite.Shared"])
            let calendar = try await bob.get("/me/calendars/\(id)")
            #expect(calendar["owner"]?["address"] == "ada@contoso.example")
            #expect(calendar["canEdit"] == false && calendar["canViewPrivateItems"] == false)
            let window = "startDateTime=2026-05-01&endDateTime=2026-06-01"
            let mine = try await bob.get("/me/calendars/\(id)/calendarView?\(window)")
            let hers = try await bob.get("/users/ada@contoso.example/calendarView?\(window)")
            #expect(mine["value"]?[0]?["subject"] == "Private Appointment")
            #expect(mine["value"]?[0]?["id"] != hers["value"]?[0]?["id"])
            #expect(hers["value"]?[0]?["id"] == secret["id"])
            let write = try await bob.send("DELETE", "/me/events/\(try #require(mine["value"]?[0]?["id"]?.string))")
            #expect(write.status == 403)
            try simulator.control(
                "POST", "/control/mailboxes/ada@contoso.example/calendars/default/share",
                ["with": "bob@contoso.example", "role": nil])
            #expect(try await bob.get("/me/calendars/\(id)").status == 404)
        }
    }

    @Test("mailboxes that aren't there: disabled for REST, closed to apps, unknown, of others")
    func mailboxes() async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            let unknown = try await client.get("/users/nobody@contoso.example/calendar")
            #expect((unknown.status, unknown.code) == (404, "ErrorInvalidUser"))
            try simulator.control("PATCH", "/control/mailboxes/ada@contoso.example", ["closedToApps": true])
            let tokens = try simulator.control("POST", "/control/tokens", ["directory": "contoso.example"])
            let app = Client(simulator: client.simulator, token: tokens["access_token"]?.string)
            let closed = try await app.get("/users/ada@contoso.example/calendar")
            #expect((closed.status, closed.code) == (403, "ErrorAccessDenied"))
            #expect(try await client.get("/me/calendar").status == 200)
            try simulator.control("PATCH", "/control/mailboxes/ada@contoso.example", ["restDisabled": true])
            let disabled = try await client.get("/me/calendar")
            #expect((disabled.status, disabled.code) == (404, "MailboxNotEnabledForRESTAPI"))
        }
    }

    @Test("paths and methods that don't exist are refused")
    func strangers() async throws {
        try await withAda { client in
            #expect(try await client.get("/me/nonsense").status == 400)
            #expect(try await client.get("/nonsense").status == 400)
            #expect(try await client.send("PUT", "/me/calendar", ["name": "x"]).status == 405)
            #expect(try await client.send("DELETE", "/me/calendars").status == 405)
            #expect(try await client.get("/me/calendar/getSchedule").status == 405)
            #expect(try await client.get(client.simulator.url + "/beta/me/calendar").status == 404)
            let untyped = try await client.send("POST", "/me/calendars", raw: ("text/plain", "{}"))
            #expect(untyped.status == 415)
            let broken = try await client.send("POST", "/me/calendars", raw: ("application/json", "{\"name\":}"))
            #expect(broken.status == 400)
        }
    }
}
