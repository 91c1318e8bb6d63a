import Testing

extension Scenarios {
    @Suite("connect and mapping")
    struct Connecting {
        @Test("S01 primary is the calendar with the default flag, whatever its name")
        func defaultByFlag() async throws {
            try await Fleet.run { fleet in
                let mailbox = try fleet.simulator.mailbox("olga@acme.example", calendarName: "Kalender")
                let other = try mailbox.addCalendar("Calendar")
                let link = try fleet.link(mailbox)
                try mailbox.create(GraphEvent.timed("In the default one", fleet.day(2)))
                try mailbox.create(GraphEvent.timed("In the other one", fleet.day(2)), in: other)
                let entry = try await link.connect()
                #expect(entry.data["calendar_id"].string == link.calendarID)
                #expect(entry["calendar_id"] == link.calendarID)
                #expect(entry.data["calendar_name"].string == "Kalender")
                #expect(entry.data["owner"].string == "olga@acme.example")
                #expect(entry.data["events"].int == 1)
                try await link.settle()
            }
        }

        @Test("S02 a calendar on the last of many pages is found, a wrong id is calendar_not_found")
        func manyCalendars() async throws {
            try await Fleet.run { fleet in
                let mailbox = try fleet.simulator.mailbox("many@acme.example")
                let last = try (1..<130).map { try mailbox.addCalendar("Calendar \($0)") }.last ?? ""
                var link = try fleet.link(mailbox, calendar: last)
                try mailbox.create(GraphEvent.timed("On the last page", fleet.day(1)), in: last)
                let entry = try await link.connect()
                #expect(entry.data["calendar_id"].string == last)
                #expect(entry.data["calendar_name"].string == "Calendar 129")
                try await link.settle()

                let deleted = try mailbox.addCalendar("Deleted")
                try mailbox.deleteCalendar(deleted)
                link.resource = "room-2"
                for wrong in [deleted, "AAMkRubbish=", try fleet.link(resource: "room-3").calendarID] {
                    link.calendar = wrong
                    let entry = try await fleet.run(link.payload)
                    #expect(entry.type == "connect.failed" && entry.code == "calendar_not_found", "\(entry)")
                    #expect(entry.error["retryable"].bool == false && entry["attempts"] == "1")
                }
            }
        }

        // The polling of a connection in that state: Scenarios+Days.
        @Test("S03 an account without a mailbox fails at once, with two calls at most")
        func noMailbox() async throws {
            try await Fleet.run { fleet in
                let mailbox = try fleet.simulator.mailbox("nobox@acme.example")
                let link = try fleet.link(mailbox)
                try mailbox.disable()
                let entry = try await fleet.run(link.payload)
                #expect(entry.type == "connect.failed" && entry.code == "mailbox_unavailable")
                #expect(entry.error["retryable"].bool == false)
                #expect(entry.error["graph"]["status"].int == 404)
                #expect(try fleet.simulator.graphRequests().count <= 2)
                try fleet.expectOneEntryPerPayload()
                try fleet.expectNoSecretAnywhere()
            }
        }

        @Test("S05 a missing scope is access_denied: no reconnect, no refresh loop")
        func missingScope() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let denied = Fault.status(403, "ErrorAccessDenied", on: Fault.delta)
                try fleet.simulator.add(denied)
                let entry = try await fleet.run(link.payload)
                #expect(entry.type == "connect.failed" && entry.code == "access_denied")
                try fleet.simulator.clearFaults()
                try await link.connect()

                try fleet.simulator.add(denied)
                for _ in 0..<3 {
                    let sync = try await link.trySync()
                    #expect(sync.type == "sync.failed" && sync.code == "access_denied")
                    #expect(sync.error["graph"]["code"].string == "ErrorAccessDenied")
                }
                #expect(try fleet.simulator.tokenRequests().count <= 1)
                #expect(try !link.changes().contains { $0.type == "calendar.reconnect_required" })
                try fleet.simulator.clearFaults()
                try await link.settle()
            }
        }

        @Test("S13 a personal account, whose free/busy call isn't supported: connect, pull and push all work")
        func personal() async throws {
            try await Fleet.run { fleet in
                let address = "olga@outlook.example"
                try fleet.simulator.control(
                    "POST", "mailboxes", ["address": .string(address), "kind": "personal"])
                let link = try fleet.link(Mailbox(simulator: fleet.simulator, address: address))
                let free = try fleet.simulator.http.request(
                    "POST", "/v1.0/me/calendar/getSchedule",
                    headers: ["Authorization": "Bearer \(link.token["access_token"].string ?? "")"],
                    body: [
                        "schedules": [.string(address)], "startTime": GraphEvent.time(Instant.graph(fleet.day(1))),
                        "endTime": GraphEvent.time(Instant.graph(fleet.day(2))),
                    ])
                #expect(free.status == 400)
                try await link.connect()
                let changes = try await link.changesOfSync {
                    try link.mailbox.create(GraphEvent.timed("Pulled", fleet.day(1)))
                }
                #expect(changes.map(\.type) == ["event.created"])
                let entry = try await link.push(
                    Booking.upsert("a", fleet.day(2)), Booking.upsert("b", fleet.day(1)))
                #expect(entry.outcomes == ["a confirmed", "b rejected"])
                #expect(
                    try fleet.simulator.graphRequests().count { $0.target.contains("getSchedule") } == 1,
                    "ours alone")
                try await link.settle()
            }
        }

        @Test("S17 app-only without a mailbox is no job, and no call is made")
        func appOnlyWithoutMailbox() async throws {
            try await Fleet.run { fleet in
                let entry = try await fleet.run([
                    "kind": "connect", "tenant_id": "acme", "resource_id": "room-1",
                    "app_only": ["directory": "contoso.example"],
                ])
                #expect(entry.type == "job.rejected" || entry.code == "invalid_job", "\(entry)")
                #expect(entry.error["message"].string?.contains("mailbox") == true)
                #expect(try fleet.simulator.requests().isEmpty)
            }
        }
    }
}
