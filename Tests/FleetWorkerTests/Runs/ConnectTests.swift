import FleetCore
import Foundation
import GraphSimulator
import Testing

// Goal: what a connect resolves, stores and says, and what a second one keeps and changes.
@Suite("Connect", .timeLimit(.minutes(1))) struct ConnectTests {
    private static let mailbox = "room@example.com"

    @Test("S01 primary is the mailbox's default calendar, whatever its name")
    func defaultCalendar() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(
                Self.mailbox, [("calendarName", "Kalender"), ("calendars", ["Calendar"])])
            let entry = try await fleet.connect("r", to: Self.mailbox)
            #expect(entry.data["calendar_name"] == "Kalender")
            #expect(entry["calendar_id"] == entry.data["calendar_id"])
            #expect(entry.data["calendar_id"]?.isEmpty == false && entry.data["calendar_id"] != "primary")
            #expect(entry.data["owner"] == Self.mailbox)
            #expect(entry.data.bool("can_edit") == true)
            #expect(entry.data["frequency"] == "PT5M")
            #expect(entry.data["next_sync_at"] != nil)
        }
    }

    @Test("S02 a calendar is found by id whatever page it is on; a wrong id is calendar_not_found")
    func byID() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox, [("calendars", ["Side"])])
            let id = try fleet.graph.calendarID(Self.mailbox, "Side")
            let entry = try await fleet.connect("r", to: Self.mailbox, more: ",\"calendar_id\":\"\(id)\"")
            #expect(entry.data["calendar_id"] == id)
            let tokens = try fleet.graph.tokens(Self.mailbox)
            let wrong = try await fleet.run(
                "c-2",
                "{\"kind\":\"connect\",\"tenant_id\":\"acme\",\"resource_id\":\"q\",\"calendar_id\":\"nonsense\","
                    + "\"oauth_token\":\(tokens)}")
            #expect(wrong.type == "connect.failed")
            #expect(wrong.code == "calendar_not_found")
            #expect(wrong.error.bool("retryable") == false)
            #expect(try await fleet.connection("q") == nil)
        }
    }

    @Test("S03 a mailbox that isn't there costs one call, and leaves nothing behind")
    func noMailbox() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox, [("restDisabled", true)])
            let tokens = try fleet.graph.tokens(Self.mailbox)
            let entry = try await fleet.run(
                "c-1",
                "{\"kind\":\"connect\",\"tenant_id\":\"acme\",\"resource_id\":\"r\",\"oauth_token\":\(tokens)}")
            #expect(entry.type == "connect.failed")
            #expect(entry.code == "mailbox_unavailable")
            #expect(try fleet.graph.requests().count <= 2)
            #expect(try await fleet.allKeys().filter { $0.hasPrefix("cred") || $0.hasPrefix("cal:") } == [])
        }
    }

    @Test("S17 app-only without a mailbox is rejected without a call; with one it works without a user")
    func appOnly() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.addEvent(Self.mailbox, "Breakfast", hours: 2)
            let directory = "\"app_only\":{\"directory\":\"example.com\"}"
            let without = try await fleet.run(
                "c-1", "{\"kind\":\"connect\",\"tenant_id\":\"acme\",\"resource_id\":\"r\",\(directory)}")
            #expect(without.type == "job.rejected")
            #expect(try fleet.graph.requests().isEmpty)
            let with = try await fleet.run(
                "c-2",
                "{\"kind\":\"connect\",\"tenant_id\":\"acme\",\"resource_id\":\"r\",\(directory),"
                    + "\"mailbox\":\"\(Self.mailbox)\"}")
            #expect(with.type == "connect.succeeded")
            #expect(with.data.int("events") == 1)
            #expect(try await fleet.titles("r") == ["Breakfast"])
        }
    }

    @Test("realtime is polled where there are no webhooks, and the result says so")
    func realtime() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            let entry = try await fleet.connect(
                "r", to: Self.mailbox, more: ",\"settings\":{\"frequency\":\"realtime\"}")
            #expect(entry.message?.contains("fetched every 5 minutes instead") == true)
            #expect(entry.data["frequency"] == "realtime")
            #expect(entry.data["next_sync_at"] != nil)
        }
    }

    @Test("a read-only calendar connects with can_edit false")
    func readOnly() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.control(
                "PATCH", "/mailboxes/\(Self.mailbox)/calendars/default", ["canEdit": false])
            let entry = try await fleet.connect("r", to: Self.mailbox)
            #expect(entry.data.bool("can_edit") == false)
            #expect(entry.message?.contains("read-only") == true)
        }
    }

    @Test("all-day events are days of the mailbox's zone, also where its settings may not be read")
    func zone() async throws {
        try await Fleet.withWorker { fleet in
            for (resource, more) in [("a", []), ("b", [("scopes", "Calendars.ReadWrite offline_access")])]
                as [(String, [(String, String)])]
            {
                let mailbox = "\(resource)@example.com"
                try fleet.graph.addMailbox(mailbox, [("timeZone", "Tokyo Standard Time")])
                try fleet.graph.addAllDay(mailbox, "Fair", inDays: 3)
                try await fleet.connect(resource, to: mailbox, scopes: more.first?.1)
                let event = try #require(try await fleet.mirror(resource).values.first)
                #expect(event["start_time"]?.hasSuffix("T15:00:00Z") == true, "\(event)")
                #expect(try await fleet.connection(resource)?.timeZone == "Asia/Tokyo")
            }
        }
    }
}
