import FleetCore
import FleetWorker
import Foundation
import GraphSimulator
import TestSupport
import Testing

// Goal: whatever happens to a write, a booking has one event, and its end is told once. Method: faults of the simulator
// (also a person's hand between two of our requests), and workers that lose their lease at named moments.

@Suite("Pushing bookings in trouble", .timeLimit(.minutes(1))) struct PushTroubleTests {
    @Test(
        "S75, S76, S77: a create of which nobody knows the end is looked for, and made once",
        arguments: [
            ["cut": "after"] as JSON, ["cut": "before"],
            ["status": 503, "execute": true, "code": "ConcurrentItemSave"],
            ["status": 500], ["cut": "middle"], ["status": 429, "retryAfter": 0],
        ])
    func unknownOutcome(effect: JSON) async throws {
        try await Fleet.withBookings { bookings in
            try bookings.fault("POST", "/events", times: 2, effect)
            let entry = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            #expect(Bookings.outcomes(entry) == ["a confirmed"], "\(entry.fields)")
            #expect(try bookings.calendar() == ["10 Booked"])
            #expect(try await bookings.news() == ["booking.confirmed"])
            #expect(try await bookings.settles())
            #expect(try await bookings.fleet.allKeys().filter { $0.hasPrefix("intent") } == [])
        }
    }

    @Test(
        "a change or removal of which nobody knows the end is done once, and told once",
        arguments: ["PATCH", "DELETE"], ["after", "before"])
    func unknownChange(method: String, cut: String) async throws {
        try await Fleet.withBookings { bookings in
            _ = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            try bookings.fault(method, "/events", ["cut": .string(cut)])
            let next =
                method == "PATCH" ? Bookings.upsert("a", Bookings.time(12), title: "New") : Bookings.cancel("a")
            let entry = try await bookings.sync(next)
            #expect(Bookings.outcomes(entry) == [method == "PATCH" ? "a updated" : "a cancelled"])
            #expect(try bookings.calendar() == (method == "PATCH" ? ["12 New"] : []))
            let told = method == "PATCH" ? "booking.updated" : "booking.cancelled"
            #expect(try await bookings.news() == ["booking.confirmed", told])
            #expect(try await bookings.settles())
        }
    }

    @Test(
        "a worker that dies between two steps leaves an intent, and the next one finds what was written",
        arguments: ["intended", "written", "pushed"], [false, true])
    func dies(step: String, many: Bool) async throws {
        let announcements = Announcements()
        try await Fleet.withBookings(hooks: announcements, lease: .seconds(3)) { bookings in
            announcements.hold { point in
                switch point {
                case .bookingsIntended: step == "intended"
                case .bookingsWritten: step == "written"
                case .bookingsPushed: step == "pushed"
                default: false
                }
            }
            let guests = ",\"attendees\":[{\"email\":\"guest@example.com\"}]"
            var all = [Bookings.upsert("a", Bookings.time(10), guests)]
            if many { all += (0..<5).map { Bookings.upsert("m-\($0)", Bookings.time(20 + Double($0))) } }
            try await bookings.fleet.push(
                """
                {"id":"j","kind":"sync","tenant_id":"acme","resource_id":"r",\
                "bookings":[\(all.joined(separator: ","))]}
                """
            )
            try await announcements.reached("the step") { point in
                switch point {
                case .bookingsIntended: step == "intended"
                case .bookingsWritten: step == "written"
                case .bookingsPushed: step == "pushed"
                default: false
                }
            }
            try await bookings.fleet.pretendDead(try await bookings.fleet.ownerName())
            announcements.release()
            let entry = try await bookings.fleet.result("j")
            #expect(Bookings.outcomes(entry).allSatisfy { $0.hasSuffix("confirmed") }, "\(entry.fields)")
            #expect(try bookings.truth().count == all.count)
            #expect(try await bookings.news() == all.map { _ in "booking.confirmed" })
            #expect(try await bookings.settles())
            let mail = try bookings.fleet.graph.control("GET", "/mailboxes/\(bookings.mailbox)/mail")
            #expect((mail.array ?? mail["mail"]?.array ?? []).count == 1)
        }
    }

    @Test("a cancelled booking whose create nobody confirmed is found again when its removal fails")
    func unconfirmedRemoval() async throws {
        try await Fleet.withBookings { bookings in
            _ = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            _ = try await bookings.sync(Bookings.cancel("a"))
            // Created, and nobody heard of it; then its removal fails, and is tried again.
            try bookings.fault("POST", "/events", ["cut": "after"])
            let failed = try await bookings.sync(
                Bookings.upsert("a", Bookings.time(12)), more: ",\"max_attempts\":1")
            #expect(failed.type == "sync.failed")
            try bookings.fault("DELETE", "/events", ["status": 503])
            let entry = try await bookings.sync(Bookings.cancel("a"))
            #expect(Bookings.outcomes(entry) == ["a cancelled"])
            #expect(try bookings.calendar().isEmpty)
            #expect(try await bookings.settles())
        }
    }

    @Test("an event of a job that failed for good is adopted by the next sync, which says booking.confirmed")
    func adopted() async throws {
        try await Fleet.withBookings { bookings in
            try bookings.fault("POST", "/events", ["cut": "after"])
            let failed = try await bookings.sync(
                Bookings.upsert("a", Bookings.time(10)), more: ",\"max_attempts\":1")
            #expect(failed.type == "sync.failed")
            _ = try await bookings.fleet.sync("r")
            #expect(try await bookings.news() == ["booking.confirmed"])
            #expect(try await bookings.settles())
            let again = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            #expect(Bookings.outcomes(again) == ["a unchanged"])
        }
    }

    @Test("a person who comes between the check and the write keeps the time; the booking is undone and rejected")
    func personFirst() async throws {
        try await Fleet.withBookings { bookings in
            let mine: JSON = [
                "method": "POST", "path": .string("/control/mailboxes/\(bookings.mailbox)/calendars/default/events"),
                "body": [
                    "subject": "Mine", "start": GraphWorld.time(Bookings.hour(10)),
                    "end": GraphWorld.time(Bookings.hour(11)),
                ],
            ]
            try bookings.fault("POST", "/events", ["control": [mine]])
            let entry = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            #expect(Bookings.outcomes(entry) == ["a rejected"] && Bookings.conflicts(entry).count == 1)
            #expect(try bookings.calendar() == ["10 Mine"])
            #expect(try await bookings.news() == ["booking.rejected"])
            _ = try await bookings.fleet.sync("r")
            #expect(try await bookings.news() == ["booking.rejected", "event.created"])
            #expect(try await bookings.settles())

            // A move yields, too, and the event goes back.
            _ = try await bookings.sync(Bookings.upsert("b", Bookings.time(14)))
            var other = mine
            if var object = other.object {
                object["body"] = [
                    "subject": "Mine too", "start": GraphWorld.time(Bookings.hour(16)),
                    "end": GraphWorld.time(Bookings.hour(17)),
                ]
                other = .object(object)
            }
            try bookings.fault("PATCH", "/events", ["controlAfter": [other]])
            let moved = try await bookings.sync(Bookings.upsert("b", Bookings.time(16), title: "Moved"))
            #expect(Bookings.outcomes(moved) == ["b rejected"])
            #expect(try bookings.calendar() == ["10 Mine", "14 Booked", "16 Mine too"])
            _ = try await bookings.fleet.sync("r")
            #expect(try await bookings.settles())
        }
    }

    @Test("who comes after our create has to look for another time")
    func personSecond() async throws {
        try await Fleet.withBookings { bookings in
            let late: JSON = [
                "method": "POST", "path": .string("/control/mailboxes/\(bookings.mailbox)/calendars/default/events"),
                "body": [
                    "subject": "Late", "start": GraphWorld.time(Bookings.hour(10)),
                    "end": GraphWorld.time(Bookings.hour(11)),
                ],
            ]
            try bookings.fault("POST", "/events", ["controlAfter": [late]])
            let entry = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            #expect(Bookings.outcomes(entry) == ["a confirmed"])
            #expect(try bookings.calendar().sorted() == ["10 Booked", "10 Late"])
        }
    }

    @Test("S84: an event that a person changes in the same moment is read again; both changes stand and are told")
    func conflict() async throws {
        try await Fleet.withBookings { bookings in
            let made = try await bookings.sync(Bookings.upsert("a", Bookings.time(10)))
            let hand: JSON = [
                "method": "PATCH",
                "path": .string("/control/mailboxes/\(bookings.mailbox)/events/\(Bookings.event(made))"),
                "body": ["start": GraphWorld.time(Bookings.hour(13)), "end": GraphWorld.time(Bookings.hour(14))],
            ]
            try bookings.fault("PATCH", "/events", ["control": [hand]])
            let entry = try await bookings.sync(Bookings.upsert("a", Bookings.time(10), title: "New"))
            #expect(Bookings.outcomes(entry) == ["a updated"], "\(entry.fields)")
            #expect(try bookings.calendar() == ["13 New"])
            let news = try await bookings.news()
            #expect(news == ["booking.confirmed", "booking.moved", "booking.updated"], "\(news)")
            #expect(try await bookings.settles())
            try bookings.fault("PATCH", "/events", times: 0, ["status": 412, "code": "ErrorIrresolvableConflict"])
            let never = try await bookings.sync(Bookings.upsert("a", Bookings.time(10), title: "Never"))
            #expect(Bookings.outcomes(never) == ["a failed"])
            #expect(try await bookings.settles())
        }
    }

    @Test("S86: a booking that Exchange refuses fails alone")
    func refused() async throws {
        try await Fleet.withBookings { bookings in
            try bookings.fault("POST", "/events", after: 2, ["status": 400, "code": "ErrorPropertyValidationFailure"])
            let all = (0..<5).map { Bookings.upsert("b-\($0)", Bookings.time(Double(10 + $0))) }
            let entry = try await bookings.sync(all.joined(separator: ","))
            let outcomes = Bookings.outcomes(entry)
            #expect(outcomes.count { $0.hasSuffix("confirmed") } == 4 && outcomes.count { $0.hasSuffix("failed") } == 1)
            let failed = outcomes.firstIndex { $0.hasSuffix("failed") } ?? 0
            #expect(Bookings.errorCode(entry, failed) == "invalid_job")
            #expect(try await bookings.settles())
        }
    }
}
