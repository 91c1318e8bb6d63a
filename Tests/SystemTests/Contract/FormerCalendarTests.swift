// Goal: a connection that is mapped to another calendar of its mailbox keeps the promise of one event per booking:
// nothing is written unasked, and what is pushed again leaves nothing behind. Method: real workers, the simulator's
// view of both calendars.

import Foundation
import TestSupport
import Testing

@Suite("A calendar that was left")
struct FormerCalendarTests {
    /// The same resource, mapped to another calendar of its mailbox.
    private static func moved(_ link: Link, to calendar: String) -> Link {
        var link = link
        link.calendar = calendar
        link.calendarID = calendar
        return link
    }

    @Test("bookings stay until they are pushed again, cancelled or removed; then each has one event, or none")
    func pushedAgain() async throws {
        try await Fleet.run { fleet in
            let old = try fleet.link()
            let new = Self.moved(old, to: try old.mailbox.addCalendar("Other"))
            try await old.connect()
            let first = try await old.push(
                Booking.upsert("again", fleet.day(1)), Booking.upsert("cancelled", fleet.day(2)),
                Booking.upsert("in the way", fleet.day(3)), Booking.upsert("left", fleet.day(4)))
            try old.mailbox.create(GraphEvent.timed("A person's", fleet.day(3)), in: new.calendar)
            let mark = try fleet.changesMark()
            let writes = try fleet.simulator.writes().count
            try await new.connect()
            #expect(try fleet.simulator.writes().count == writes, "a connect writes nothing")
            #expect(try old.titles() == ["again", "cancelled", "in the way", "left"])

            let second = try await new.push(
                Booking.upsert("again", fleet.day(1)), Booking.cancel("cancelled"),
                Booking.upsert("in the way", fleet.day(3)))
            #expect(second.outcomes == ["again confirmed", "cancelled cancelled", "in the way rejected"])
            #expect(try old.titles() == ["in the way", "left"])
            #expect(try new.titles() == ["A person's", "again"])
            let told = try new.changes(since: mark).filter { $0.type == "booking.cancelled" }
            #expect(told.map { $0["event_id"] } == [first.bookings[1]["event_id"].string])
            try await new.settle()

            let end = try await new.disconnect(["remove_events": true])
            #expect(end.data["removed_events"] == 3, "\(end)")
            #expect(try old.titles() == [] && new.titles() == ["A person's"])
            try fleet.expectNothingLeft(of: new)
        }
    }

    @Test("back in the first calendar a booking's event is its own again, and what it had meanwhile goes")
    func back() async throws {
        try await Fleet.run { fleet in
            let old = try fleet.link()
            let new = Self.moved(old, to: try old.mailbox.addCalendar("Other"))
            try await old.connect()
            let first = try await old.push(Booking.upsert("stays", fleet.day(1)), Booking.upsert("goes", fleet.day(2)))
            try await new.connect()
            try await new.push(Booking.upsert("goes", fleet.day(2)))
            try await old.connect()
            let last = try await old.push(Booking.upsert("stays", fleet.day(1)), Booking.upsert("goes", fleet.day(2)))
            #expect(last.outcomes == ["stays confirmed", "goes confirmed"])
            #expect(last.bookings[0]["event_id"] == first.bookings[0]["event_id"])
            #expect(try old.titles() == ["goes", "stays"] && new.titles() == [])
            try await old.settle()
        }
    }

    @Test("trouble at the removal: the job is tried again and ends as if nothing had been", arguments: [503, 429])
    func trouble(status: Int) async throws {
        try await Fleet.run { fleet in
            let old = try fleet.link()
            let new = Self.moved(old, to: try old.mailbox.addCalendar("Other"))
            try await old.connect()
            try await old.push(Booking.upsert("again", fleet.day(1)), Booking.upsert("cancelled", fleet.day(2)))
            try await new.connect()
            let mark = try fleet.changesMark()
            try fleet.simulator.add(.status(status, on: "/events/", times: 1).on("DELETE"))
            try await new.push(Booking.upsert("again", fleet.day(1)))
            try fleet.simulator.add(.status(status, on: "/events/", times: 1).on("DELETE"))
            try await new.push(Booking.cancel("cancelled"))
            #expect(try new.news(since: mark) == ["booking.confirmed", "booking.cancelled"])
            #expect(try old.titles() == [] && new.titles() == ["again"])
            try await new.settle()
        }
    }

    @Test("a removal that fails on the last attempt isn't answered as cancelled, and the next job finishes it")
    func lastAttempt() async throws {
        try await Fleet.run { fleet in
            let old = try fleet.link()
            let new = Self.moved(old, to: try old.mailbox.addCalendar("Other"))
            try await old.connect()
            try await old.push(Booking.upsert("b", fleet.day(1)))
            try await new.connect()
            let mark = try fleet.changesMark()
            try fleet.simulator.add(.status(503, on: "/events/").on("DELETE"))
            let bookings: JSON = [Booking.upsert("other", fleet.day(2)), Booking.cancel("b")]
            let failed = try await new.trySync(["bookings": bookings, "max_attempts": 1])
            #expect(failed.type == "sync.failed" && failed.outcomes == ["other confirmed", "b failed"], "\(failed)")
            #expect(try new.news(since: mark) == ["booking.confirmed"])
            #expect(try old.titles() == ["b"])

            try fleet.simulator.clearFaults()
            #expect(try await new.push(Booking.cancel("b")).outcomes == ["b cancelled"])
            #expect(try new.news(since: mark) == ["booking.confirmed", "booking.cancelled"])
            #expect(try old.titles() == [] && new.titles() == ["other"])
            try await new.settle()
        }
    }

    @Test("the calendar of another mailbox is out of reach: nothing there is touched, and nothing fails for it")
    func otherMailbox() async throws {
        try await Fleet.run { fleet in
            let old = try fleet.link()
            var new = try fleet.link(try fleet.simulator.mailbox("second@acme.example"))
            new.resource = old.resource
            try await old.connect()
            try await old.push(Booking.upsert("b", fleet.day(1)))
            try await new.connect()
            let writes = try fleet.simulator.writes().count
            #expect(try await new.push(Booking.upsert("b", fleet.day(1))).outcomes == ["b confirmed"])
            #expect(try await new.push(Booking.cancel("b")).outcomes == ["b cancelled"])
            #expect(try fleet.simulator.writes().count == writes + 2, "one create, one removal")
            #expect(try old.titles() == ["b"] && new.titles() == [])
            try await new.settle()
        }
    }
}
