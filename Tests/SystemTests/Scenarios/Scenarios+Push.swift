import Foundation
import TestSupport
import Testing

extension Scenarios {
    @Suite("push")
    struct Pushing {
        /// Writes of single events, batches' parts among them.
        private static let writes = "/events"

        @Test("S04 a read-only calendar: each booking fails with access_denied, the pull lands, no write is tried")
        func readOnly() async throws {
            try await Fleet.run { fleet in
                let mailbox = try fleet.simulator.mailbox("olga@acme.example")
                try fleet.simulator.control(
                    "POST", "mailboxes/\(mailbox.address)/calendars", ["name": "Holidays", "canEdit": false])
                let calendars = try fleet.simulator.control("GET", "mailboxes/\(mailbox.address)/calendars").elements
                let id = calendars.first { $0["name"] == "Holidays" }?["id"].string ?? ""
                let link = try fleet.link(mailbox, calendar: id)
                #expect(try await link.connect().data["can_edit"] == false)
                let event = try mailbox.create(GraphEvent.timed("Pulled", fleet.day(1)), in: id)
                let entry = try await link.push(Booking.upsert("a", fleet.day(2)))
                #expect(entry.outcomes == ["a failed"])
                #expect(entry.bookings[0]["error"]["code"] == "access_denied")
                #expect(try link.mirror().keys.contains(event))
                #expect(try fleet.simulator.writes().isEmpty)
                try await link.settle()
            }
        }

        @Test(
            "S48, S50 an all-day booking is all-day, from midnight to midnight of the mailbox's zone, on its day only",
            arguments: Time.zones)
        func allDay(windows: String, iana: String) async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link(inZone: windows, iana)
                try await link.connect()
                let entry = try await link.push([
                    "booking_id": "a", "title": "a", "all_day": true, "start_date": .string(fleet.date(10)),
                    "end_date": .string(fleet.date(11)),
                ])
                #expect(entry.outcomes == ["a confirmed"])
                let event = try link.truth()[0]
                #expect(event["isAllDay"] == true)
                #expect(event["startDate"].string == fleet.date(10) && event["endDate"].string == fleet.date(11))
                let mirrored = try #require(try link.mirror().values.first)
                #expect(mirrored["start_date"].string == fleet.date(10))
                #expect(mirrored["end_date"].string == fleet.date(11))
                #expect(
                    Instant.read(mirrored["start_time"].string ?? "")
                        == Instant.midnight(fleet.date(10), in: link.reading.zone))
                try await link.settle()
                let again = try await link.push([
                    "booking_id": "a", "title": "a", "all_day": true, "start_date": .string(fleet.date(10)),
                    "end_date": .string(fleet.date(11)),
                ])
                #expect(again.outcomes == ["a unchanged"])
            }
        }

        @Test(
            "S75 a create that hangs past the timeout, or whose worker is killed on the way: one event, confirmed once",
            arguments: 0...6)
        func createTimesOut(round: Int) async throws {
            var random = SeededRandom(seed: SeededRandom.printedSeed("S75 \(round)"))
            try await Fleet.run(.init(workers: 2, workerFlags: ["--lease", "1s", "--request-timeout", "1s"])) { fleet in
                let link = try fleet.link()
                try await link.connect()
                if round == 0 {
                    try fleet.simulator.add(
                        Fault(path: Self.writes, times: 1, effect: ["hang": "after"]).on("POST"))
                } else {
                    try fleet.simulator.setLatency(milliseconds: 30)
                }
                let before = try fleet.simulator.requests().count
                let job = try link.pushSync(["bookings": [Booking.upsert("a", fleet.day(1))]])
                if round > 0 {
                    // A push takes four requests; the kill may come before the first, within any, or after the last.
                    let after = before + Int.random(in: 0...4, using: &random)
                    try await eventually("\(after - before) requests") {
                        try fleet.simulator.requests().count >= after
                    }
                    random.spin(upTo: .milliseconds(60))
                    for worker in fleet.workers { try await worker.kill() }
                    try await fleet.startWorker()
                }
                let entry = try await fleet.result(of: job)
                #expect(entry.outcomes == ["a confirmed"], "\(entry)")
                #expect(try link.titles() == ["a"])
                #expect(try link.news().filter { $0 != "calendar.connected" } == ["booking.confirmed"])
                try await link.settle()
            }
        }

        @Test("S76 a 503 on a create that worked: one event")
        func executed() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                try fleet.simulator.add(
                    Fault(
                        path: Self.writes, times: 2,
                        effect: ["status": 503, "code": "ConcurrentItemSave", "execute": true]
                    ).on("POST"))
                #expect(try await link.push(Booking.upsert("a", fleet.day(1))).outcomes == ["a confirmed"])
                #expect(try link.titles() == ["a"])
                try await link.settle()
            }
        }

        @Test("S77 a create that is throttled three times: one event, no try before its time")
        func throttled() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                try fleet.simulator.add(
                    Fault(path: Self.writes, times: 3, effect: ["status": 429, "retryAfter": 1]).on("POST"))
                let began = ContinuousClock.now
                let entry = try await link.push(Booking.upsert("a", fleet.day(1)))
                #expect(entry.outcomes == ["a confirmed"] && entry["attempts"] == "1", "\(entry)")
                #expect(ContinuousClock.now - began >= .seconds(3))
                #expect(try link.titles() == ["a"])
                try await link.settle()
            }
        }

        @Test("S84 a PATCH that meets another writer's is tried again, once or twice, or fails aloud: never lost")
        func irresolvable() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                try await link.push(Booking.upsert("a", fleet.day(1)), Booking.upsert("b", fleet.day(2)))
                try fleet.simulator.add(
                    Fault.status(409, "ErrorIrresolvableConflict", on: Self.writes, times: 1).on("PATCH"))
                #expect(
                    try await link.push(Booking.upsert("a", fleet.day(1), ["title": "New"])).outcomes == ["a updated"])
                #expect(try link.titles() == ["New", "b"])
                // For ever: told, or another attempt of the job that ends in a failure; the event stays as it was.
                try fleet.simulator.add(Fault.status(412, "ErrorIrresolvableConflict", on: Self.writes).on("PATCH"))
                let entry = try await link.trySync([
                    "bookings": [Booking.upsert("b", fleet.day(2), ["title": "Lost?"])], "max_attempts": 2,
                ])
                #expect(entry.type == "sync.failed" || entry.outcomes == ["b failed"], "\(entry)")
                try fleet.simulator.clearFaults()
                #expect(try link.titles() == ["New", "b"])
                try await link.settle()
            }
        }

        @Test("S84 an event that a person changes in the same moment is read again: both changes stand and are told")
        func quicker() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                let made = try await link.push(Booking.upsert("a", fleet.day(1)))
                let moved = GraphEvent.timed("a", fleet.day(4))
                let id = made.bookings[0]["event_id"].string ?? ""
                let hand: JSON = [
                    "method": "PATCH", "path": .string("/control/mailboxes/\(link.mailbox.address)/events/\(id)"),
                    "body": ["start": moved["start"], "end": moved["end"]],
                ]
                try fleet.simulator.add(
                    Fault(path: Self.writes, times: 1, effect: ["control": [hand]]).on("PATCH"))
                let mark = try fleet.changesMark()
                let entry = try await link.push(Booking.upsert("a", fleet.day(1), ["title": "New"]))
                #expect(entry.outcomes == ["a updated"])
                #expect(try link.news(since: mark) == ["booking.moved", "booking.updated"])
                let event = try link.truth()[0]
                #expect(event["subject"] == "New" && Instant.read(event["start"].string ?? "") == fleet.day(4))
                try await link.settle()
            }
        }

        @Test(
            "S78, S80, S85 the same upsert writes nothing, a changed title is one PATCH of the title, never attendees")
        func onlyWhatChanged() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                let guests: JSON = ["attendees": [["email": "guest@example.com"]], "body": "Agenda"]
                #expect(
                    try await link.push(Booking.upsert("a", fleet.day(1), guests)).outcomes == ["a confirmed"])
                let mail = { try fleet.simulator.control("GET", "mailboxes/\(link.mailbox.address)/mail").text }
                let invited = try mail()
                let writes = try fleet.simulator.writes().count
                #expect(
                    try await link.push(Booking.upsert("a", fleet.day(1), guests)).outcomes == ["a unchanged"])
                try await link.connect()
                #expect(try fleet.simulator.writes().count == writes)
                #expect(try mail() == invited)
                #expect(
                    try await link.push(Booking.upsert("a", fleet.day(1), guests.merging(["title": "New"]))).outcomes
                        == ["a updated"])
                #expect(try fleet.simulator.writes().count == writes + 1)
                #expect(try fleet.simulator.writes().last?.members == ["subject"])
                #expect(try link.titles() == ["New"])
                // Only the body: nobody is invited again by it. The key of creates is in no update.
                let body = guests.merging(["title": "New", "body": "Another agenda"])
                #expect(try await link.push(Booking.upsert("a", fleet.day(1), body)).outcomes == ["a updated"])
                #expect(try fleet.simulator.writes().last?.members == ["body"])
                #expect(try fleet.simulator.writes().count == writes + 2)
                try await link.settle()
            }
        }

        @Test("S79 no echo of what was confirmed, updated and cancelled through the product")
        func noEcho() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                let mark = try fleet.changesMark()
                try await link.push(Booking.upsert("a", fleet.day(1)), Booking.upsert("b", fleet.day(2)))
                try await link.settle()
                try await link.push(Booking.upsert("a", fleet.day(3)))
                try await link.settle()
                try await link.push(Booking.cancel("b"))
                try await link.settle()
                #expect(
                    try link.news(since: mark) == [
                        "booking.confirmed", "booking.confirmed", "booking.updated", "booking.cancelled",
                    ])
            }
        }

        @Test("S81, S82 a person moves one and deletes another: told once each, and left so")
        func personsHand() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                let made = try await link.push(Booking.upsert("a", fleet.day(1)), Booking.upsert("b", fleet.day(2)))
                let ids = made.bookings.map { $0["event_id"].string ?? "" }
                let changes = try await link.changesOfSync {
                    let moved = GraphEvent.timed("a", fleet.day(5))
                    try link.mailbox.change(ids[0], ["start": moved["start"], "end": moved["end"]])
                    try link.mailbox.delete(ids[1])
                }
                #expect(changes.map(\.type).sorted() == ["booking.cancelled_in_outlook", "booking.moved"])
                let move = changes.first { $0.type == "booking.moved" }
                #expect(move?.data["start_time"].string == Instant.write(fleet.day(5)) && move?["booking_id"] == "a")
                try await link.settle()
                #expect(try link.titles() == ["a"])
                #expect(try await link.push(Booking.upsert("b", fleet.day(2))).outcomes == ["b confirmed"])
                #expect(try link.titles() == ["a", "b"])
                try await link.settle()
            }
        }

        @Test("S83 404, 410 and a 403 of what is cancelled already: all are cancelled")
        func cancelled() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                let made = try await link.push(
                    Booking.upsert("a", fleet.day(1)), Booking.upsert("b", fleet.day(2)),
                    Booking.upsert("c", fleet.day(3)))
                try link.mailbox.delete(made.bookings[0]["event_id"].string ?? "")
                try link.mailbox.change(made.bookings[1]["event_id"].string ?? "", ["isCancelled": true])
                try fleet.simulator.add(
                    Fault(
                        path: Self.writes, skip: 1, times: 1, effect: ["status": 403, "code": "ErrorAccessDenied"]
                    ).on("DELETE"))
                let entry = try await link.push(Booking.cancel("a"), Booking.cancel("b"), Booking.cancel("never"))
                #expect(entry.outcomes == ["a cancelled", "b cancelled", "never cancelled"])
                try fleet.simulator.add(
                    Fault(path: Self.writes, times: 1, effect: ["status": 410, "code": "ErrorItemNotFound"])
                        .on("DELETE"))
                #expect(try await link.push(Booking.cancel("c")).outcomes == ["c cancelled"])
            }
        }

        @Test("S86 a booking that Exchange refuses fails with its code, the others are confirmed")
        func refused() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                try fleet.simulator.add(
                    Fault(
                        path: Self.writes, skip: 2, times: 1,
                        effect: ["status": 400, "code": "ErrorPropertyValidationFailure"]
                    ).on("POST"))
                let all = (1...5).map { Booking.upsert("b\($0)", fleet.day($0)) }
                let entry = try await link.sync(["bookings": .array(all)])
                #expect(entry.outcomes.count { $0.hasSuffix("confirmed") } == 4)
                let failed = entry.bookings.first { $0["outcome"] == "failed" }
                #expect(failed?["error"]["graph"]["code"] == "ErrorPropertyValidationFailure", "\(entry)")
                try await link.settle()
            }
        }
    }
}
