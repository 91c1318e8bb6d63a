import FleetCore
import FleetWorker
import Foundation
import GraphSimulator
import Testing

// Goal: a booking gets one event, which follows it, and nothing more is written than has changed. Method: a worker
// against the simulator; the calendar as the simulator knows it.

@Suite("Pushing bookings", .timeLimit(.minutes(1))) struct PushTests {
    @Test("a booking is created, is unchanged when pushed again, changed by one field, and cancelled")
    func life() async throws {
        try await Fleet.withBookings { bookings in
            let before = try bookings.fleet.graph.requests().count
            let made = try await bookings.sync(Bookings.upsert("b-1", Bookings.time(10)))
            #expect(Bookings.outcomes(made) == ["b-1 confirmed"])
            #expect(try bookings.fleet.graph.requests().count - before == 4)
            #expect(made.data.int("graph_calls") == 4)
            #expect(try bookings.calendar() == ["10 Booked"])
            let event = Bookings.event(made)
            #expect(try await bookings.fleet.mirror("r")[event]?["booking_id"] == "b-1")

            let again = try await bookings.sync(Bookings.upsert("b-1", Bookings.time(10)))
            #expect(Bookings.outcomes(again) == ["b-1 unchanged"] && Bookings.event(again) == event)
            let renamed = try await bookings.sync(Bookings.upsert("b-1", Bookings.time(10), title: "New"))
            #expect(Bookings.outcomes(renamed) == ["b-1 updated"] && Bookings.event(renamed) == event)
            #expect(try bookings.calendar() == ["10 New"])
            #expect(try await bookings.settles())

            let ended = try await bookings.sync(Bookings.cancel("b-1"), Bookings.cancel("b-never"))
            #expect(Bookings.outcomes(ended) == ["b-1 cancelled", "b-never cancelled"])
            #expect(try bookings.calendar().isEmpty)
            #expect(try await bookings.settles())
            #expect(try bookings.writes() == ["POST", "PATCH", "DELETE"])
            #expect(
                try await bookings.news() == ["booking.confirmed", "booking.updated", "booking.cancelled"])
            let once = try await bookings.sync(Bookings.upsert("b-1", Bookings.time(11)))
            #expect(Bookings.outcomes(once) == ["b-1 confirmed"])
        }
    }

    @Test("S87, S88: what overlaps a blocking event is rejected, buffers widen the booking, allow doesn't ask")
    func conflicts() async throws {
        try await Fleet.withBookings(settings: "{\"buffer_before\":\"PT15M\"}") { bookings in
            let taken = try bookings.fleet.graph.control(
                "POST", "/mailboxes/\(bookings.mailbox)/calendars/default/events",
                [
                    "subject": "Taken", "start": GraphWorld.time(Bookings.hour(10)),
                    "end": GraphWorld.time(Bookings.hour(11)),
                ])["immutableId"]?.string
            let entry = try await bookings.sync(
                Bookings.upsert("in", Bookings.time(10.5)), Bookings.upsert("behind", Bookings.time(11)),
                Bookings.upsert("ahead", Bookings.time(9)),
                Bookings.upsert("allowed", Bookings.time(10.5), title: "Over", ",\"on_conflict\":\"allow\""))
            #expect(
                Bookings.outcomes(entry) == [
                    "in rejected", "behind rejected", "ahead confirmed", "allowed confirmed",
                ])
            #expect(Bookings.conflicts(entry) == [taken])
            #expect(try bookings.calendar().sorted() == ["10 Taken", "10.5 Over", "9 Booked"])
            #expect(try await bookings.settles())
        }
    }

    @Test("S90, S91: bookings of one job count for each other in order, and a booking's own event not for itself")
    func amongThemselves() async throws {
        try await Fleet.withBookings { bookings in
            let entry = try await bookings.sync(
                Bookings.upsert("a", Bookings.time(10)), Bookings.upsert("b", Bookings.time(10.5)),
                Bookings.upsert("c", Bookings.time(12)))
            #expect(Bookings.outcomes(entry) == ["a confirmed", "b rejected", "c confirmed"])
            #expect(Bookings.conflicts(entry, 1) == [Bookings.event(entry, 0)])
            let moved = try await bookings.sync(
                Bookings.upsert("a", Bookings.time(10.25)), Bookings.upsert("c", Bookings.time(11)))
            #expect(Bookings.outcomes(moved) == ["a updated", "c rejected"])
            #expect(try bookings.calendar() == ["10.25 Booked", "12 Booked"])
            #expect(try await bookings.settles())
        }
    }

    @Test("a booking that comes twice in a job is done in order")
    func twice() async throws {
        try await Fleet.withBookings { bookings in
            let entry = try await bookings.sync(
                Bookings.upsert("a", Bookings.time(10)), Bookings.upsert("a", Bookings.time(12)),
                Bookings.upsert("b", Bookings.time(10)), Bookings.cancel("a"))
            #expect(Bookings.outcomes(entry) == ["a confirmed", "a updated", "b confirmed", "a cancelled"])
            #expect(try bookings.calendar() == ["10 Booked"])
            #expect(try await bookings.settles())
        }
    }

    @Test("an older revision changes nothing")
    func revisions() async throws {
        try await Fleet.withBookings { bookings in
            _ = try await bookings.sync(Bookings.upsert("a", Bookings.time(10), ",\"revision\":5"))
            let old = try await bookings.sync(Bookings.upsert("a", Bookings.time(12), title: "Old", ",\"revision\":4"))
            #expect(Bookings.outcomes(old) == ["a unchanged"])
            let new = try await bookings.sync(Bookings.upsert("a", Bookings.time(12), title: "New", ",\"revision\":6"))
            #expect(Bookings.outcomes(new) == ["a updated"])
            #expect(try bookings.calendar() == ["12 New"])
        }
    }

    @Test("invitations go out once the booking is confirmed, and a change of the body sends no attendees")
    func attendees() async throws {
        try await Fleet.withBookings { bookings in
            let guests = ",\"attendees\":[{\"email\":\"guest@example.com\"}]"
            let before = try bookings.fleet.graph.requests().count
            let made = try await bookings.sync(Bookings.upsert("a", Bookings.time(10), guests))
            #expect(Bookings.outcomes(made) == ["a confirmed"])
            #expect(try bookings.fleet.graph.requests().count - before == 5)
            #expect(try bookings.writes() == ["POST", "PATCH"])
            let mail = try bookings.fleet.graph.control("GET", "/mailboxes/\(bookings.mailbox)/mail")
            #expect((mail.array ?? mail["mail"]?.array ?? []).count == 1)
            let body = try await bookings.sync(Bookings.upsert("a", Bookings.time(10), ",\"body\":\"x\"" + guests))
            #expect(Bookings.outcomes(body) == ["a updated"])
            let unnamed = try await bookings.sync(Bookings.upsert("a", Bookings.time(10), ",\"body\":\"x\""))
            #expect(Bookings.outcomes(unnamed) == ["a unchanged"])
            #expect(try await bookings.settles())
        }
    }

    @Test("100 bookings in one job cost at most 12 requests and 110 units")
    func hundred() async throws {
        try await Fleet.withBookings { bookings in
            let before = try bookings.fleet.graph.requests().count
            let all = (0..<100).map { Bookings.upsert("b-\($0)", Bookings.time(Double($0) * 2 + 2)) }
            let entry = try await bookings.sync(all.joined(separator: ","))
            #expect(Bookings.outcomes(entry).allSatisfy { $0.hasSuffix("confirmed") })
            #expect(try bookings.truth().count == 100)
            print("100 bookings: \(entry.data.int("graph_calls") ?? 0) units")
            #expect(entry.data.int("graph_calls") ?? 1000 <= 110)
            let requests = try bookings.fleet.graph.requests().dropFirst(before)
            #expect(requests.count - 100 <= 12, "\(requests.filter { !$0.hasPrefix("POST /v1.0/me/events") })")
            #expect(try await bookings.settles())
        }
    }

    @Test("direction push neither pulls nor mirrors, and checks conflicts all the same; pull fails each booking")
    func directions() async throws {
        try await Fleet.withBookings(settings: "{\"direction\":\"push\"}") { bookings in
            try bookings.fleet.graph.addEvent(bookings.mailbox, "Taken", hours: 9000)
            let at = Date().addingTimeInterval(9000 * 3600)
            let time = "\"start_time\":\"\(Bookings.text(at))\",\"end_time\":\"\(Bookings.text(at + 600))\""
            let entry = try await bookings.sync(
                Bookings.upsert("far", time), Bookings.upsert("near", Bookings.time(10)))
            #expect(Bookings.outcomes(entry) == ["far rejected", "near confirmed"])
            let again = try await bookings.sync(Bookings.upsert("near", Bookings.time(10)))
            #expect(Bookings.outcomes(again) == ["near unchanged"])
            #expect(try await bookings.fleet.mirror("r").isEmpty)
        }
        try await Fleet.withBookings(settings: "{\"direction\":\"pull\"}") { bookings in
            let entry = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            #expect(entry.type == "sync.succeeded" && Bookings.outcomes(entry) == ["a failed"])
            #expect(Bookings.errorCode(entry) == "invalid_job")
            #expect(try bookings.writes().isEmpty)
        }
    }
}
