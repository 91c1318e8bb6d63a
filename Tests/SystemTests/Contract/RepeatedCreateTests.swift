// Goal: a create that Graph takes for the repeat of an earlier one is confirmed only with an event that is where the
// booking should be. Method: the simulator's three answers to a known transaction id; a person who moves the event.

import Foundation
import TestSupport
import Testing

@Suite("A create that was carried out before")
struct RepeatedCreateTests {
    @Test(
        "of an earlier life of the connection, and its event lies in another calendar: the booking gets one of its own",
        arguments: ["400", "409", "existing"])
    func elsewhere(answer: String) async throws {
        try await Fleet.run { fleet in
            try fleet.simulator.control("PATCH", "settings", ["duplicateTransaction": .string(answer)])
            var link = try fleet.link()
            let other = try link.mailbox.addCalendar("Other")
            try await link.connect()
            let first = try await link.push(Booking.upsert("b", fleet.day(1)))
            let event = try #require(first.bookings[0]["event_id"].string)
            try await link.disconnect()
            link.token = try fleet.consent(of: link.mailbox).token
            try await link.connect()
            try link.mailbox.move(event, to: other)
            let again = try await link.push(Booking.upsert("b", fleet.day(1)))
            #expect(again.outcomes == ["b confirmed"])
            #expect(again.bookings[0]["event_id"].string != event)
            #expect(try link.titles() == ["b"])
            try await link.settle()
        }
    }
}
