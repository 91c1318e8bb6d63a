import GraphSimulator
import Testing

/// Goal: a meeting is one meeting in several mailboxes, and mail goes out when Outlook would send it.
@Suite struct MeetingTests {
    private func people(_ client: Client) throws -> Client {
        let simulator = client.simulator.simulator
        try simulator.control("POST", "/control/mailboxes", ["address": "bob@contoso.example", "name": "Bob"])
        try simulator.control("POST", "/control/mailboxes", ["address": "room@contoso.example", "kind": "room"])
        let tokens = try simulator.control("POST", "/control/tokens", ["mailbox": "bob@contoso.example"])
        return Client(simulator: client.simulator, token: tokens["access_token"]?.string)
    }

    private static let attendees: JSON = [
        ["emailAddress": ["address": "bob@contoso.example", "name": "Bob"], "type": "required"],
        ["emailAddress": ["address": "room@contoso.example"], "type": "resource"],
        ["emailAddress": ["address": "guest@elsewhere.example"], "type": "optional"],
    ]

    private static let meeting = event(
        "Plan", "2026-05-04T10:00:00", "2026-05-04T11:00:00", [("attendees", attendees), ("transactionId", "t-1")])
    private static let window = "startDateTime=2026-05-01&endDateTime=2026-06-01"

    private func kinds(_ client: Client, _ mailbox: String = "ada@contoso.example") throws -> [String] {
        try client.simulator.simulator.control("GET", "/control/mailboxes/\(mailbox)/mail").array?
            .compactMap { $0["kind"]?.string } ?? []
    }

    @Test("an invitation puts a tentative copy with the same uid into the attendee's calendar; a free room accepts")
    func invitation() async throws {
        try await withAda { client in
            let bob = try people(client)
            let made = try await client.send("POST", "/me/events", Self.meeting)
            #expect(try kinds(client) == ["invitation"])
            let copy = try #require(try await bob.get("/me/calendarView?\(Self.window)")["value"]?[0])
            #expect(copy["iCalUId"] == made["iCalUId"] && copy["id"] != made["id"])
            #expect(copy["isOrganizer"] == false && copy["showAs"] == "tentative")
            #expect(copy["responseStatus"]?["response"] == "notResponded")
            #expect(copy["transactionId"] == .null)
            let own = try await client.get("/me/events/\(try #require(made["id"]?.string))")
            #expect(own["attendees"]?[1]?["status"]?["response"] == "accepted")
            let second = try await client.send(
                "POST", "/me/events",
                event(
                    "Clash", "2026-05-04T10:30:00", "2026-05-04T11:30:00", [("attendees", [Self.attendees[1] ?? .null])]
                ))
            let clash = try await client.get("/me/events/\(try #require(second["id"]?.string))")
            #expect(clash["attendees"]?[0]?["status"]?["response"] == "declined")
        }
    }

    @Test("an answer reaches the organizer; the organizer can't answer, an attendee can't cancel")
    func answers() async throws {
        try await withAda { client in
            let bob = try people(client)
            let made = try await client.send("POST", "/me/events", Self.meeting)
            let id = try #require(made["id"]?.string)
            let copy = try #require(try await bob.get("/me/calendarView?\(Self.window)")["value"]?[0]?["id"]?.string)
            #expect(try await bob.send("POST", "/me/events/\(copy)/cancel", [:]).status == 400)
            #expect(try await client.send("POST", "/me/events/\(id)/accept", [:]).status == 400)
            #expect(
                try await bob.send("POST", "/me/events/\(copy)/accept", ["comment": "ok", "sendResponse": true]).status
                    == 202)
            let own = try await client.get("/me/events/\(id)")
            #expect(own["attendees"]?[0]?["status"]?["response"] == "accepted")
            #expect(try await bob.get("/me/events/\(copy)")["showAs"] == "busy")
            #expect(try await bob.send("POST", "/me/events/\(copy)/decline", [:]).status == 202)
            #expect(try await bob.get("/me/events/\(copy)").status == 404)
        }
    }

    @Test("a change of the body tells those invited; one of the attendees only those that are new or gone")
    func updates() async throws {
        try await withAda { client in
            let bob = try people(client)
            let made = try await client.send("POST", "/me/events", Self.meeting)
            let path = "/me/events/\(try #require(made["id"]?.string))"
            _ = try await client.send("PATCH", path, ["subject": "Plan B"])
            #expect(try kinds(client) == ["invitation", "update"])
            #expect(try await bob.get("/me/calendarView?\(Self.window)")["value"]?[0]?["subject"] == "Plan B")
            let fewer: JSON = .array(Array((Self.attendees.array ?? []).dropFirst()))
            _ = try await client.send("PATCH", path, ["attendees": fewer])
            #expect(try kinds(client) == ["invitation", "update", "cancellation"])
            #expect(try await bob.get("/me/calendarView?\(Self.window)")["value"]?[0]?["isCancelled"] == true)
        }
    }

    @Test("cancelling leaves attendees a cancelled copy and takes the event away")
    func cancelled() async throws {
        try await withAda { client in
            let bob = try people(client)
            let made = try await client.send("POST", "/me/events", Self.meeting)
            let path = "/me/events/\(try #require(made["id"]?.string))"
            #expect(try await client.send("POST", path + "/cancel", ["comment": "sorry"]).status == 202)
            #expect(try await client.get(path).status == 404)
            let copy = try #require(try await bob.get("/me/calendarView?\(Self.window)")["value"]?[0])
            #expect(copy["isCancelled"] == true && copy["subject"] == "Canceled: Plan")
            #expect(try kinds(client) == ["invitation", "cancellation"])
        }
    }

    @Test(
        "getSchedule: one digit a slot, the busiest wins, strangers have an error, personal accounts none"
    )
    func schedule() async throws {
        try await withAda { client in
            _ = try people(client)
            for (start, end, state) in [
                ("09:10", "09:20", "tentative"), ("09:00", "10:00", "busy"), ("11:00", "12:00", "oof"),
                ("12:00", "13:00", "workingElsewhere"), ("13:00", "13:30", "tentative"),
            ] {
                _ = try await client.send(
                    "POST", "/me/events",
                    event("E", "2026-05-04T\(start):00", "2026-05-04T\(end):00", [("showAs", .string(state))]))
            }
            let body: JSON = [
                "schedules": ["ada@contoso.example", "nobody@contoso.example"],
                "startTime": ["dateTime": "2026-05-04T09:00:00", "timeZone": "UTC"],
                "endTime": ["dateTime": "2026-05-04T14:00:00", "timeZone": "UTC"], "availabilityViewInterval": 60,
            ]
            let reply = try await client.send("POST", "/me/calendar/getSchedule", body)
            #expect(reply.status == 200)
            #expect(reply["value"]?[0]?["availabilityView"] == "20301")
            #expect(reply["value"]?[0]?["scheduleItems"]?.array?.count == 5)
            #expect(reply["value"]?[1]?["error"]?["responseCode"] == "ErrorMailRecipientNotFound")
            var long = try #require(body.object)
            long["endTime"] = ["dateTime": "2026-08-04T14:00:00", "timeZone": "UTC"]
            #expect(
                try await client.send("POST", "/me/calendar/getSchedule", .object(long)).code
                    == "ErrorTimeIntervalTooBig")
            let simulator = client.simulator.simulator
            try simulator.control("POST", "/control/mailboxes", ["address": "eve@outlook.example", "kind": "personal"])
            let tokens = try simulator.control("POST", "/control/tokens", ["mailbox": "eve@outlook.example"])
            let eve = Client(simulator: client.simulator, token: tokens["access_token"]?.string)
            #expect(try await eve.send("POST", "/me/calendar/getSchedule", body).status == 400)
            #expect(try await eve.get("/me/calendar").status == 200)
        }
    }
}
