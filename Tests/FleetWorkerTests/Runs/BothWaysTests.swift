import FleetCore
import FleetWorker
import Foundation
import GraphSimulator
import TestSupport
import Testing

// Goal: what people do to a booking's event in Outlook is told once, as the booking's news, and stays.

@Suite("Bookings both ways", .timeLimit(.minutes(1))) struct BothWaysTests {
    @Test("S81: a person moves it: told with the new times, never moved back; an upsert of something else keeps it")
    func moved() async throws {
        try await Fleet.withBookings { bookings in
            let made = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            try bookings.move(Bookings.event(made), toHour: 15)
            _ = try await bookings.fleet.sync("r")
            #expect(try await bookings.news() == ["booking.confirmed", "booking.moved"])
            #expect(
                try await bookings.fleet.changes.last?.data["start_time"] == Bookings.text(Bookings.hour(15)))
            #expect(try await bookings.settles())
            let same = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            #expect(Bookings.outcomes(same) == ["a unchanged"])
            let renamed = try await bookings.sync(Bookings.upsert("a", Bookings.time(10), title: "New"))
            #expect(Bookings.outcomes(renamed) == ["a updated"])
            #expect(try bookings.calendar() == ["15 New"])
            let back = try await bookings.sync(Bookings.upsert("a", Bookings.time(11), title: "New"))
            #expect(Bookings.outcomes(back) == ["a updated"])
            #expect(try bookings.calendar() == ["11 New"])
            #expect(try await bookings.settles())
        }
    }

    @Test(
        "S82: a person deletes it, or moves it to another calendar: told once, not made again but by an upsert",
        arguments: [true, false])
    func deleted(byDeleting: Bool) async throws {
        try await Fleet.withBookings { bookings in
            let made = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            let event = Bookings.event(made)
            if byDeleting {
                try bookings.delete(event)
            } else {
                let path = "/mailboxes/\(bookings.mailbox)"
                try bookings.fleet.graph.control("POST", path + "/calendars", ["name": "Other"])
                try bookings.fleet.graph.control("POST", path + "/events/\(event)/move", ["calendar": "Other"])
            }
            _ = try await bookings.fleet.sync("r")
            #expect(try await bookings.news() == ["booking.confirmed", "booking.cancelled_in_outlook"])
            #expect(try await bookings.settles())
            #expect(try bookings.calendar().isEmpty)
            let again = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            #expect(Bookings.outcomes(again) == ["a confirmed"] && Bookings.event(again) != event)
            #expect(try bookings.calendar() == ["10 Booked"])
            #expect(try await bookings.settles())
        }
    }

    @Test("what a person did in the moment before an upsert is told before it")
    func justBefore() async throws {
        try await Fleet.withBookings { bookings in
            let made = try await bookings.sync(
                Bookings.upsert("a", Bookings.time(10)), Bookings.upsert("b", Bookings.time(20)))
            try bookings.delete(Bookings.event(made))
            try bookings.move(Bookings.event(made, 1), toHour: 22)
            let next = try await bookings.sync(
                Bookings.upsert("a", Bookings.time(10)), Bookings.upsert("b", Bookings.time(20), title: "New"))
            #expect(Bookings.outcomes(next) == ["a confirmed", "b updated"])
            #expect(try bookings.calendar() == ["10 Booked", "22 New"])
            #expect(
                try await bookings.news().dropFirst(2).sorted() == [
                    "booking.cancelled_in_outlook", "booking.confirmed", "booking.moved", "booking.updated",
                ])
            #expect(try await bookings.settles())
        }
    }

    @Test("a booking beyond the window, and one that a person moves there, are followed all the same")
    func beyondTheWindow() async throws {
        try await Fleet.withBookings { bookings in
            let far = 500.0 * 24
            let made = try await bookings.sync(
                Bookings.upsert("far", Bookings.time(far)), Bookings.upsert("near", Bookings.time(10)))
            #expect(Bookings.outcomes(made) == ["far confirmed", "near confirmed"])
            #expect(try await bookings.settles())
            try bookings.move(Bookings.event(made, 0), toHour: far + 5)
            try bookings.move(Bookings.event(made, 1), toHour: far + 10)
            _ = try await bookings.fleet.sync("r")
            #expect(try await bookings.news().dropFirst(2) == ["booking.moved", "booking.moved"])
            #expect(try await bookings.settles())
            try bookings.delete(Bookings.event(made, 1))
            _ = try await bookings.fleet.sync("r")
            #expect(try await bookings.news().last == "booking.cancelled_in_outlook")
            #expect(try await bookings.settles())
            try bookings.delete(Bookings.event(made, 0))
            _ = try await bookings.fleet.sync("r", more: ",\"full\":true")
            #expect(try await bookings.news().count { $0 == "booking.cancelled_in_outlook" } == 2)
        }
    }
}
