import FleetCore
import FleetStore
import Foundation
import GraphSimulator
import Testing

// Goal: invitations belong to the booking that they are for, and a connection that is made again knows its events from
// people's copies. Method: a worker against the simulator; the calendar as the simulator knows it.

@Suite("Pushing bookings again", .timeLimit(.minutes(1))) struct PushAgainTests {
    private static let guests = ",\"attendees\":[{\"email\":\"guest@example.com\"}]"

    @Test("a booking whose guests Exchange refuses fails as a whole: no event stays, nothing is said to be confirmed")
    func refusedGuests() async throws {
        try await Fleet.withBookings { bookings in
            try bookings.fault("PATCH", "/events", ["status": 400, "code": "ErrorPropertyValidationFailure"])
            let entry = try await bookings.sync(Bookings.upsert("a", Bookings.time(10), Self.guests))
            #expect(Bookings.outcomes(entry) == ["a failed"] && Bookings.errorCode(entry) == "invalid_job")
            #expect(try bookings.calendar().isEmpty)
            #expect(try await bookings.news() == [])
            #expect(try await bookings.settles())
            let again = try await bookings.sync(Bookings.upsert("a", Bookings.time(10), Self.guests))
            #expect(Bookings.outcomes(again) == ["a confirmed"])
            #expect(try bookings.calendar() == ["10 Booked"])
        }
    }

    @Test(
        "a conflict at the invitation, as seen right after a create, is read again and tried once more",
        arguments: [409, 412])
    func conflictAtInvitation(status: Int64) async throws {
        try await Fleet.withBookings { bookings in
            try bookings.fault(
                "PATCH", "/events", ["status": .integer(status), "code": "ErrorIrresolvableConflict"])
            let entry = try await bookings.sync(Bookings.upsert("a", Bookings.time(10), Self.guests))
            #expect(Bookings.outcomes(entry) == ["a confirmed"])
            #expect(try await bookings.news() == ["booking.confirmed"])
            let mail = try bookings.fleet.graph.control("GET", "/mailboxes/\(bookings.mailbox)/mail")
            #expect((mail.array ?? mail["mail"]?.array ?? []).count == 1)
            #expect(try await bookings.settles())
        }
    }

    @Test("a move whose new guests are refused fails, and the event is back where it was")
    func refusedMove() async throws {
        try await Fleet.withBookings { bookings in
            _ = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            try bookings.fault("PATCH", "/events", after: 1, ["status": 400, "code": "ErrorPropertyValidationFailure"])
            let entry = try await bookings.sync(Bookings.upsert("a", Bookings.time(12), title: "New", Self.guests))
            #expect(Bookings.outcomes(entry) == ["a failed"])
            #expect(try bookings.calendar() == ["10 Booked"])
            #expect(try await bookings.news() == ["booking.confirmed"])
            #expect(try await bookings.settles())
        }
    }

    @Test("S100: a connection that is made again finds its event by the mark, at whatever time it is wanted")
    func earlierLife() async throws {
        try await Fleet.withBookings { bookings in
            let made = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            _ = try await bookings.fleet.disconnect("r")
            try await bookings.fleet.connect("r", to: bookings.mailbox)
            let posts = try bookings.writes().count { $0 == "POST" }
            let entry = try await bookings.sync(Bookings.upsert("a", Bookings.time(400)))
            #expect(Bookings.outcomes(entry) == ["a confirmed"] && Bookings.event(entry) == Bookings.event(made))
            #expect(try bookings.calendar() == ["400 Booked"])
            #expect(try bookings.writes().count { $0 == "POST" } == posts)
            #expect(try await bookings.settles())
        }
    }

    @Test("after a connect anew a person's copy of a booking's event is not the booking's, and is never deleted")
    func copyAfterReconnect() async throws {
        try await Fleet.withBookings { bookings in
            let made = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            let event = try bookings.truth().first { $0["immutableId"]?.string == Bookings.event(made) }
            try bookings.fleet.graph.control(
                "POST", "/mailboxes/\(bookings.mailbox)/calendars/default/events",
                [
                    "subject": "Copy", "start": GraphWorld.time(Bookings.hour(40)),
                    "end": GraphWorld.time(Bookings.hour(41)), "properties": event?["properties"] ?? [:],
                ])
            _ = try await bookings.fleet.disconnect("r")
            try bookings.delete(Bookings.event(made))
            try await bookings.fleet.connect("r", to: bookings.mailbox)
            let entry = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            #expect(Bookings.outcomes(entry) == ["a confirmed"])
            #expect(try bookings.calendar().sorted() == ["10 Booked", "40 Copy"])
            _ = try await bookings.sync(Bookings.cancel("a"))
            #expect(try bookings.calendar() == ["40 Copy"])
            #expect(try await bookings.settles())
        }
    }

    @Test("an unchanged connection costs one request, a hundred bookings over two years at most twelve")
    func requests() async throws {
        try await Fleet.withBookings { bookings in
            var before = try bookings.fleet.graph.requests().count
            let quiet = try await bookings.fleet.sync("r")
            #expect(quiet.data.int("graph_calls") == 1)
            #expect(try bookings.fleet.graph.requests().count == before + 1)
            before += 1
            let all = (0..<100).map { Bookings.upsert("b-\($0)", Bookings.time(Double($0) * 168 + 2)) }
            let entry = try await bookings.sync(all.joined(separator: ","))
            #expect(Bookings.outcomes(entry).allSatisfy { $0.hasSuffix("confirmed") })
            #expect(entry.data.int("graph_calls") ?? 1000 <= 110)
            // The log names a batch's parts, too.
            #expect(try bookings.fleet.graph.requests().count - before - 100 <= 12)
        }
    }

    @Test("with one call a second every job ends")
    func smallRate() async throws {
        try await Fleet.with { fleet in
            var limits = BudgetLimits()
            limits.tenant = CallRate(count: 1, window: .seconds(1))
            try fleet.graph.addMailbox("room@example.com")
            try await fleet.withWorker(budgets: limits) { _ in
                try await fleet.connect("r", to: "room@example.com")
                let entry = try await Bookings(fleet: fleet).sync(Bookings.upsert("a", Bookings.time(10)))
                #expect(Bookings.outcomes(entry) == ["a confirmed"])
            }
        }
    }
}
