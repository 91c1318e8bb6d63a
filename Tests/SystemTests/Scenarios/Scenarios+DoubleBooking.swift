import Foundation
import TestSupport
import Testing

extension Scenarios {
    @Suite("no double booking")
    struct DoubleBooking {
        @Test("S46, S87, S88 an occurrence, a buffer, an event of a second ago: rejected with what is in the way")
        func overlap() async throws {
            try await Fleet.run { fleet in
                var link = try fleet.link()
                link.settings = ["buffer_before": "PT15M"]
                let day = fleet.date(3)
                let series = try link.mailbox.create(
                    GraphEvent.series("Weekly", day, "10:00", pattern: GraphEvent.weekly(on: day)))
                try await link.connect()
                let ninth = try link.mailbox.occurrence(fleet.date(3 + 8 * 7), of: series)
                let start = try #require(Instant.read("\(fleet.date(3 + 8 * 7))T10:00:00"))
                let fresh = try link.mailbox.create(GraphEvent.timed("Fresh", fleet.day(5, hour: 2)))
                let entry = try await link.push(
                    Booking.upsert("ninth", start.addingTimeInterval(1800)),
                    Booking.upsert("fresh", fleet.day(5, hour: 2)),
                    Booking.upsert("buffer", fleet.day(5, hour: 3)),
                    Booking.upsert("free", fleet.day(5, hour: 4)),
                    Booking.upsert("over", fleet.day(5, hour: 2), ["on_conflict": "allow"]))
                #expect(
                    entry.outcomes == [
                        "ninth rejected", "fresh rejected", "buffer rejected", "free confirmed", "over confirmed",
                    ])
                #expect(entry.conflicts(of: 0) == [ninth] && entry.conflicts(of: 1) == [fresh])
                try await link.sync()
                try await link.settle()
            }
        }

        @Test("S87 what touches is no overlap; a buffer widens the booking; allow overrides")
        func edges() async throws {
            try await Fleet.run { fleet in
                var link = try fleet.link()
                let ten = fleet.day(2)
                let busy = try link.mailbox.create(GraphEvent.timed("Busy", ten))
                try await link.connect()
                let writes = try fleet.simulator.writes().count
                let half = try await link.push(Booking.upsert("half", ten.addingTimeInterval(1800)))
                #expect(half.outcomes == ["half rejected"] && half.conflicts(of: 0) == [busy])
                #expect(try fleet.simulator.writes().count == writes, "nothing is created")
                let next = try await link.push(Booking.upsert("next", ten.addingTimeInterval(3600)))
                #expect(next.outcomes == ["next confirmed"])
                #expect(try await link.push(Booking.cancel("next")).outcomes == ["next cancelled"])
                link.settings = ["buffer_before": "PT15M"]
                try await link.connect()
                let again = try await link.push(
                    Booking.upsert("next", ten.addingTimeInterval(3600)),
                    Booking.upsert("half", ten.addingTimeInterval(1800), ["on_conflict": "allow"]))
                #expect(again.outcomes == ["next rejected", "half confirmed"])
                try await link.settle()
            }
        }

        // A hundred times in a fifth of the jobs: 20 calendars side by side, whose 50 jobs ask for the same five hours
        // each, every job in an order of its own; the workers interleave them as they come.
        @Test("S89 50 jobs for the same time over several workers, a hundred times: exactly one is confirmed")
        func fiftyAtOnce() async throws {
            try await Fleet.run(.init(workers: 3)) { fleet in
                let links = try (0..<20).map { number in
                    var link = try fleet.link(
                        try fleet.simulator.mailbox("m\(number)@acme.example"), tenant: "tenant-\(number)",
                        resource: "room-\(number)")
                    link.settings = ["frequency": "manual"]
                    return link
                }
                for entry in try await fleet.results(of: links.map { try fleet.push($0.payload) }) {
                    #expect(entry.type == "connect.succeeded", "\(entry)")
                }
                var jobs: [[String]] = []
                for turn in 0..<50 {
                    let bookings = (0..<5).map { Booking.upsert("h\($0)-\(turn)", fleet.day(1, hour: $0)) }
                    let rotated = Array(bookings[(turn % 5)...] + bookings[..<(turn % 5)])
                    jobs.append(try links.map { try $0.pushSync(["bookings": .array(rotated)]) })
                }
                let entries = try await fleet.results(of: jobs.flatMap(\.self), within: .seconds(300))
                for (number, link) in links.enumerated() {
                    let outcomes = (0..<50).flatMap { entries[$0 * links.count + number].outcomes }
                    for hour in 0..<5 {
                        let own = outcomes.filter { $0.hasPrefix("h\(hour)-") }
                        #expect(own.count { $0.hasSuffix("confirmed") } == 1, "\(own)")
                        #expect(own.count { $0.hasSuffix("rejected") } == 49)
                    }
                    #expect(try link.truth().count == 5)
                }
                try await links[7].settle()
            }
        }

        @Test("two connections to one calendar that want the same time at once: at most one is confirmed")
        func twoConnections() async throws {
            try await Fleet.run(.init(workers: 2)) { fleet in
                let mailbox = try fleet.simulator.mailbox("shared@acme.example")
                let links = try (0..<4).map { try fleet.link(mailbox, resource: "room-\($0)") }
                for link in links { try await link.connect() }
                try fleet.simulator.setLatency(milliseconds: 20)
                for round in 1...5 {
                    let jobs = try links.map {
                        try $0.pushSync(["bookings": [Booking.upsert("r\(round)", fleet.day(round))]])
                    }
                    let outcomes = try await fleet.results(of: jobs).flatMap(\.outcomes)
                    #expect(outcomes.count { $0.hasSuffix("confirmed") } <= 1, "\(outcomes)")
                    let confirmed = outcomes.count { $0.hasSuffix("confirmed") }
                    let there = try links[0].truth().filter { $0["subject"].string == "r\(round)" }
                    #expect(there.count == confirmed)
                }
            }
        }

        @Test("S90, S91 bookings of one job count for each other in order; a booking's own event is no conflict")
        func withinOneJob() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                let start = fleet.day(1)
                let entry = try await link.push(
                    Booking.upsert("a", start), Booking.upsert("b", start.addingTimeInterval(1800)))
                #expect(entry.outcomes == ["a confirmed", "b rejected"])
                #expect(entry.conflicts(of: 1) == [entry.bookings[0]["event_id"].string])
                let moved = try await link.push(Booking.upsert("a", start.addingTimeInterval(900)))
                #expect(moved.outcomes == ["a updated"])
                try await link.settle()
            }
        }

        @Test("a person who enters an event between the check and the write keeps the time")
        func personFirst() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                try fleet.simulator.add(
                    Fault(
                        path: "/events", times: 1,
                        effect: ["control": [link.entering(GraphEvent.timed("Mine", fleet.day(1)))]]
                    ).on("POST"))
                let entry = try await link.push(Booking.upsert("a", fleet.day(1)))
                #expect(entry.outcomes == ["a rejected"] && entry.conflicts(of: 0).count == 1)
                #expect(try link.titles() == ["Mine"])
                try await link.sync()
                try await link.settle()
            }
        }
    }
}
