import Foundation
import TestSupport
import Testing

extension Scenarios {
    /// What people do to bookings' events, beyond moving and deleting them.
    @Suite("people's hands")
    struct Hands {
        @Test(
            "a person makes a booking's event recurring, and single again: told of the booking, followed exactly",
            arguments: Series.seriesDeltas)
        func madeRecurring(seriesDelta: String) async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try link.mailbox.set("seriesDelta", .string(seriesDelta))
                try await link.connect()
                let made = try await link.push(Booking.upsert("a", fleet.day(3)))
                let id = made.bookings[0]["event_id"].string ?? ""
                var follower = try Follower(link)
                let mark = try fleet.changesMark()
                try link.mailbox.change(id, ["recurrence": Self.daily(from: fleet.date(3), times: 4)])
                try await link.sync()
                #expect(
                    try link.news(since: mark) == ["booking.edited_in_outlook", "event.deleted"]
                        + Array(repeating: "event.created", count: 4))
                try follower.expectEqualsMirror()
                try await link.settle()
                // The series is still the booking's event: not in its own way, and not moved.
                let conflicting = Booking.upsert("b", fleet.day(5))
                #expect(try await link.push(conflicting).outcomes == ["b rejected"])
                #expect(try await link.push(Booking.upsert("a", fleet.day(3))).outcomes == ["a unchanged"])
                #expect(try await link.push(Booking.upsert("a", fleet.day(9))).outcomes == ["a failed"])
                let renamed = Booking.upsert("a", fleet.day(3), ["title": "New"])
                #expect(try await link.push(renamed).outcomes == ["a updated"])
                #expect(try link.titles() == Array(repeating: "New", count: 4))
                try await link.sync()
                try follower.expectEqualsMirror()
                try await link.settle()
                // The first occurrence goes: the rest is its event all the same.
                try link.mailbox.delete(try link.mailbox.occurrence(fleet.date(3), of: id))
                #expect(try await link.push(renamed).outcomes == ["a unchanged"])
                try await link.sync()
                #expect(try link.titles().count == 3)
                try follower.expectEqualsMirror()
                try link.mailbox.change(id, ["recurrence": .null])
                let single = try await link.changesOfSync {}.map(\.type)
                #expect(
                    single.contains("booking.edited_in_outlook") && single.filter { $0 == "event.deleted" }.count == 3)
                try follower.expectEqualsMirror()
                #expect(try link.mirror().mapValues { $0["booking_id"] } == [id: "a"])
                try await link.settle()
            }
        }

        @Test("a booking's event that a person made recurring goes as a whole with its cancel, and with a disconnect")
        func cancelledSeries() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                let made = try await link.push(Booking.upsert("a", fleet.day(3)), Booking.upsert("b", fleet.day(20)))
                for (number, day) in [3, 20].enumerated() {
                    try link.mailbox.change(
                        made.bookings[number]["event_id"].string ?? "",
                        ["recurrence": Self.daily(from: fleet.date(day), times: 4)])
                }
                var follower = try Follower(link)
                // Not even the person's act was seen before the cancel.
                #expect(try await link.push(Booking.cancel("a")).outcomes == ["a cancelled"])
                try await link.sync()
                #expect(try link.titles() == Array(repeating: "b", count: 4))
                try follower.expectEqualsMirror()
                try await link.settle()
                #expect(try await link.push(Booking.upsert("a", fleet.day(3))).outcomes == ["a confirmed"])
                try follower.expectEqualsMirror()
                // Seen before: then the hash has nothing of it once the cancel is told.
                #expect(try await link.push(Booking.cancel("b")).outcomes == ["b cancelled"])
                #expect(try link.mirror().values.map { $0["title"] } == ["a"])
                try follower.expectEqualsMirror()
                try await link.settle()
                #expect(try await link.disconnect(["remove_events": true]).data["removed_events"].int == 1)
                #expect(try link.titles().isEmpty)
            }
        }

        private static func daily(from day: String, times: Int) -> JSON {
            [
                "pattern": ["type": "daily", "interval": 1],
                "range": [
                    "type": "numbered", "numberOfOccurrences": .number(Double(times)), "startDate": .string(day),
                    "recurrenceTimeZone": "UTC",
                ],
            ]
        }

        @Test("S82 an event that comes back is the booking's again: an upsert takes it up, and a cancel removes it")
        func cameBack() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                let other = try link.mailbox.addCalendar("Other")
                let home = try link.mailbox.defaultCalendarID()
                let made = try await link.push(Booking.upsert("a", fleet.day(1)), Booking.upsert("b", fleet.day(2)))
                let ids = made.bookings.map { $0["event_id"].string ?? "" }
                var follower = try Follower(link)
                for id in ids { try link.mailbox.move(id, to: other) }
                let gone = try await link.changesOfSync {}.map(\.type)
                #expect(gone == ["booking.cancelled_in_outlook", "booking.cancelled_in_outlook"])
                for id in ids { try link.mailbox.move(id, to: home) }
                #expect(try await link.changesOfSync {}.map(\.type) == ["event.created", "event.created"])
                try follower.expectEqualsMirror()
                let entry = try await link.push(
                    Booking.upsert("a", fleet.day(1), ["title": "New"]), Booking.cancel("b"))
                #expect(entry.outcomes == ["a updated", "b cancelled"])
                #expect(try link.titles() == ["New"])
                #expect(try link.mirror().mapValues { $0["booking_id"] } == [ids[0]: "a"])
                try follower.expectEqualsMirror()
                try await link.settle()
            }
        }

        @Test("called off in Outlook, and still there: told, and nobody's; found by a sync, or first by an upsert")
        func calledOff() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                let made = try await link.push(Booking.upsert("a", fleet.day(1)), Booking.upsert("b", fleet.day(2)))
                let ids = made.bookings.map { $0["event_id"].string ?? "" }
                var follower = try Follower(link)
                try link.mailbox.change(ids[0], ["isCancelled": true])
                let told = try await link.changesOfSync {}.map(\.type)
                #expect(told == ["booking.cancelled_in_outlook", "event.created"])
                try follower.expectEqualsMirror()
                try link.mailbox.change(ids[1], ["isCancelled": true])
                let again = try await link.push(Booking.upsert("a", fleet.day(1)), Booking.upsert("b", fleet.day(2)))
                #expect(again.outcomes == ["a confirmed", "b confirmed"])
                try follower.expectEqualsMirror()
                let bookings = try link.mirror().values.compactMap { $0["booking_id"].string }
                #expect(bookings.sorted() == ["a", "b"])
                try await link.settle()
            }
        }
    }
}
