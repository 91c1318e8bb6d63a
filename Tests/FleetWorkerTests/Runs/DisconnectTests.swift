import FleetCore
import Foundation
import GraphSimulator
import Testing

@Suite("Disconnect", .timeLimit(.minutes(1))) struct DisconnectTests {
    private static let mailbox = "room@example.com"

    @Test("S97 after a disconnect nothing of the connection is left, and nobody is called")
    func clean() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.addEvent(Self.mailbox, "One", hours: 2)
            try await fleet.connect("r", to: Self.mailbox)
            let calls = try fleet.graph.requests().count
            let entry = try await fleet.disconnect("r")
            #expect(entry.type == "disconnect.succeeded")
            #expect(entry.message == "Outlook Calendar disconnected successfully.")
            #expect(try fleet.graph.requests().count == calls)
            let known = ["results", "changes", "fence", "owners", "intake", "id:", "iddays", "c:w-", "dead"]
            let left = try await fleet.allKeys().filter { key in !known.contains { key.hasPrefix($0) } }
            #expect(left == [])
        }
    }

    @Test("S100 a second disconnect fails with not_connected; a connect afterwards starts fresh")
    func again() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.addEvent(Self.mailbox, "One", hours: 2)
            try await fleet.connect("r", to: Self.mailbox)
            _ = try await fleet.disconnect("r")
            let calls = try fleet.graph.requests().count
            #expect(try await fleet.disconnect("r").code == "not_connected")
            #expect(try fleet.graph.requests().count == calls)
            #expect(try await fleet.connect("r", to: Self.mailbox).data.int("events") == 1)
        }
    }

    @Test("a dead consent doesn't keep anybody from disconnecting")
    func deadConsent() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.connect("r", to: Self.mailbox)
            try fleet.graph.revoke(Self.mailbox)
            #expect(try await fleet.sync("r").code == "reconnect_required")
            #expect(try await fleet.disconnect("r").type == "disconnect.succeeded")
        }
    }
}

@Suite("Removing events at a disconnect", .timeLimit(.minutes(1))) struct RemovalTests {
    private func disconnect(_ bookings: Bookings) async throws -> Entry {
        try await bookings.fleet.run(
            UUID().uuidString,
            "{\"kind\":\"disconnect\",\"tenant_id\":\"acme\",\"resource_id\":\"r\",\"remove_events\":true}")
    }

    @Test("S98 what earlier attempts removed counts, too")
    func counted() async throws {
        try await Fleet.withBookings { bookings in
            let all = (0..<5).map { Bookings.upsert("b-\($0)", Bookings.time(Double(10 + 2 * $0))) }
            _ = try await bookings.sync(all.joined(separator: ","))
            try bookings.fault("DELETE", "/events", times: 3, ["status": 503])
            let entry = try await disconnect(bookings)
            #expect(entry.data.int("removed_events") == 5)
            #expect(try bookings.calendar().isEmpty)
            #expect(try await bookings.fleet.allKeys().filter { $0.hasPrefix("book") || $0.hasPrefix("intent") } == [])
        }
    }

    @Test("S98 only what this connection pushed goes; a person's events and copies of ours stay")
    func remove() async throws {
        try await Fleet.withBookings { bookings in
            let made = try await bookings.sync(
                Bookings.upsert("a", Bookings.time(10)), Bookings.upsert("b", Bookings.time(20)),
                Bookings.upsert("c", Bookings.time(30)))
            let copy = try bookings.truth().first { $0["immutableId"]?.string == Bookings.event(made) }
            let marks = copy?["properties"]?.object?.members.map {
                ["id": .string($0.name), "value": $0.value] as JSON
            }
            try bookings.fleet.graph.addEvent(
                bookings.mailbox, "Copy", hours: 50, [("singleValueExtendedProperties", .array(marks ?? []))])
            try bookings.fleet.graph.addEvent(bookings.mailbox, "Mine", hours: 60)
            try bookings.delete(Bookings.event(made, 2))
            let entry = try await disconnect(bookings)
            #expect(entry.type == "disconnect.succeeded" && entry.data.int("removed_events") == 2, "\(entry.fields)")
            #expect(try bookings.truth().compactMap { $0["subject"]?.string }.sorted() == ["Copy", "Mine"])
            #expect(try await bookings.fleet.allKeys().filter { $0.contains(":acme:r") } == [])
        }
    }

    @Test("S99 a dead consent or a refusal leaves the events there, and the result says so")
    func cannotRemove() async throws {
        try await Fleet.withBookings { bookings in
            _ = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            try bookings.fleet.graph.revoke(bookings.mailbox)
            let entry = try await disconnect(bookings)
            #expect(entry.type == "disconnect.succeeded" && entry.data.int("removed_events") == 0)
            #expect(entry.message?.contains("could not be removed in Outlook") == true, "\(entry.fields)")
            #expect(try bookings.truth().count == 1)
        }
    }

    @Test("S100 bookings that are pushed again after a disconnect and a connect don't double")
    func pushedAgain() async throws {
        try await Fleet.withBookings { bookings in
            let made = try await bookings.sync(
                Bookings.upsert("a", Bookings.time(10)), Bookings.upsert("b", Bookings.time(20)))
            _ = try await bookings.fleet.disconnect("r")
            try await bookings.fleet.connect("r", to: bookings.mailbox)
            let again = try await bookings.sync(
                Bookings.upsert("a", Bookings.time(10)), Bookings.upsert("b", Bookings.time(400)))
            #expect(Bookings.outcomes(again) == ["a confirmed", "b confirmed"])
            #expect(Bookings.event(again) == Bookings.event(made))
            #expect(try bookings.calendar() == ["10 Booked", "400 Booked"])
            #expect(try await bookings.settles())
        }
    }

    @Test("another calendar: bookings aren't made again by themselves, the next upsert makes them there")
    func anotherCalendar() async throws {
        try await Fleet.withBookings { bookings in
            _ = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            let path = "/mailboxes/\(bookings.mailbox)"
            try bookings.fleet.graph.control("POST", path + "/calendars", ["name": "Other"])
            let other = try bookings.fleet.graph.calendarID(bookings.mailbox, "Other")
            try await bookings.fleet.connect("r", to: bookings.mailbox, more: ",\"calendar_id\":\"\(other)\"")
            _ = try await bookings.fleet.sync("r")
            #expect(try bookings.truth("Other").isEmpty && bookings.calendar() == ["10 Booked"])
            let entry = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            #expect(Bookings.outcomes(entry) == ["a confirmed"])
            #expect(try bookings.truth("Other").count == 1)
            #expect(try await bookings.news() == ["booking.confirmed", "booking.confirmed"])
        }
    }
}
