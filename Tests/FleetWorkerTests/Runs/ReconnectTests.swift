import FleetCore
import Foundation
import GraphSimulator
import Testing

// Goal: a second connect of the same connection: what it keeps, what it changes, what it says.
@Suite("Connecting again", .timeLimit(.minutes(1))) struct ReconnectTests {
    private static let mailbox = "room@example.com"

    @Test("S16 the same connect again: one mapping, no event is told twice, the round goes on from its token")
    func same() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.addEvent(Self.mailbox, "One", hours: 2)
            try await fleet.connect("r", to: Self.mailbox)
            try fleet.graph.addEvent(Self.mailbox, "Two", hours: 4)
            let entry = try await fleet.connect("r", to: Self.mailbox)
            #expect(entry.data.int("events") == 2)
            #expect(
                try await fleet.changes.map(\.type) == ["calendar.connected", "event.created", "calendar.connected"])
            #expect(try await fleet.connection("r")?.generation == 2)
            #expect(try await fleet.allKeys().count { $0.hasPrefix("cred:") } == 1)
        }
    }

    @Test("another calendar: the old events leave without a word, the new ones are there at once")
    func otherCalendar() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox, [("calendars", ["Side"])])
            try fleet.graph.addEvent(Self.mailbox, "Main", hours: 2)
            try fleet.graph.addEvent(Self.mailbox, "Aside", hours: 2, calendar: "Side")
            try await fleet.connect("r", to: Self.mailbox)
            let id = try fleet.graph.calendarID(Self.mailbox, "Side")
            try await fleet.connect("r", to: Self.mailbox, more: ",\"calendar_id\":\"\(id)\"")
            #expect(try await fleet.titles("r") == ["Aside"])
            #expect(try await fleet.changes.map(\.type) == ["calendar.connected", "calendar.connected"])
            #expect(try await fleet.sync("r").data.int("created") == 0)
        }
    }

    @Test("S32 a wider window brings its new part, though the old token never would")
    func widerWindow() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.addEvent(Self.mailbox, "Near", hours: 24)
            try fleet.graph.addEvent(Self.mailbox, "Far", hours: 24 * 200)
            try await fleet.connect(
                "r", to: Self.mailbox, more: ",\"settings\":{\"window\":{\"past\":\"P7D\",\"future\":\"P90D\"}}")
            #expect(try await fleet.titles("r") == ["Near"])
            try await fleet.connect("r", to: Self.mailbox)
            #expect(try await fleet.titles("r") == ["Far", "Near"])
        }
    }

    @Test("S55 tentative_blocks rewrites blocks in the mirror and says event.updated")
    func tentative() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.addEvent(Self.mailbox, "Perhaps", hours: 2, [("showAs", "tentative")])
            try await fleet.connect("r", to: Self.mailbox)
            #expect(try await fleet.mirror("r").values.first?.bool("blocks") == true)
            try await fleet.connect("r", to: Self.mailbox, more: ",\"settings\":{\"tentative_blocks\":false}")
            #expect(try await fleet.mirror("r").values.first?.bool("blocks") == false)
            #expect(
                try await fleet.changes.map(\.type) == ["calendar.connected", "event.updated", "calendar.connected"])
        }
    }

    @Test("S59 private titles are masked, read anew when they are wanted, and masked again")
    func privateTitles() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.addEvent(Self.mailbox, "HIV test", hours: 2, [("sensitivity", "private")])
            try await fleet.connect("r", to: Self.mailbox)
            #expect(try await fleet.titles("r") == ["Private"])
            try await fleet.connect("r", to: Self.mailbox, more: ",\"settings\":{\"private_titles\":true}")
            #expect(try await fleet.titles("r") == ["HIV test"])
            try await fleet.connect("r", to: Self.mailbox)
            #expect(try await fleet.titles("r") == ["Private"])
        }
    }

    @Test("direction push drops the mirror; pull again fills it without event.created")
    func direction() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.addEvent(Self.mailbox, "One", hours: 2)
            try await fleet.connect("r", to: Self.mailbox)
            let push = try await fleet.connect("r", to: Self.mailbox, more: ",\"settings\":{\"direction\":\"push\"}")
            #expect(push.data.int("events") == 0)
            #expect(try await fleet.mirror("r").isEmpty)
            let calls = try fleet.graph.requests().count
            #expect(try await fleet.sync("r").type == "sync.succeeded")
            #expect(try fleet.graph.requests().count == calls)
            try await fleet.connect("r", to: Self.mailbox)
            #expect(try await fleet.titles("r") == ["One"])
            #expect(try await fleet.changes.allSatisfy { $0.type == "calendar.connected" })
        }
    }

    @Test("a failed second connect leaves the connection as it was")
    func failed() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.addEvent(Self.mailbox, "One", hours: 2)
            try await fleet.connect("r", to: Self.mailbox)
            let tokens = try fleet.graph.tokens(Self.mailbox)
            let entry = try await fleet.run(
                "c-2",
                "{\"kind\":\"connect\",\"tenant_id\":\"acme\",\"resource_id\":\"r\",\"calendar_id\":\"nonsense\","
                    + "\"oauth_token\":\(tokens)}")
            #expect(entry.type == "connect.failed")
            #expect(try await fleet.titles("r") == ["One"])
            #expect(try await fleet.sync("r").type == "sync.succeeded")
            #expect(try await fleet.allKeys().count { $0.hasPrefix("cred:") } == 1)
        }
    }
}
