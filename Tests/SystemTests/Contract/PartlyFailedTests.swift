// Goal: what a sync has done for some of its bookings is told, whatever becomes of the others, once and under its right
// name. Method: writes refused by the simulator one by one; the job's result, the changes and the hash side by side.

import Foundation
import TestSupport
import Testing

@Suite("A sync that comes to something for some of its bookings")
struct PartlyFailedTests {
    private static func bookings(_ fleet: Fleet) -> JSON {
        .array((1...5).map { Booking.upsert("b\($0)", fleet.day($0)) })
    }

    /// The bookings that the hash has an event of.
    private static func shown(_ link: Link) throws -> Set<String> {
        Set(try link.mirror().values.compactMap { $0["booking_id"].string })
    }

    @Test("a full mailbox takes no event: that booking fails, the others stand", arguments: [403, 507])
    func fullMailbox(status: Int) async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            try fleet.simulator.add(
                .status(status, "ErrorQuotaExceeded", on: "/events", skip: 2, times: 1).on("POST"))
            let entry = try await link.sync(["bookings": Self.bookings(fleet)])
            #expect(entry.outcomes.count { $0.hasSuffix("confirmed") } == 4, "\(entry)")
            let failed = entry.bookings.first { $0["outcome"] == "failed" }
            #expect(failed?["error"]["code"] == "mailbox_unavailable")
            try await link.settle()
        }
    }

    @Test("the last attempt fails: what stands is confirmed and in the result, and the next job finishes the rest")
    func lastAttempt() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            try fleet.simulator.add(.status(500, on: "/events", skip: 2).on("POST"))
            let mark = try fleet.changesMark()
            let entry = try await link.trySync(["bookings": Self.bookings(fleet), "max_attempts": 2])
            #expect(entry.type == "sync.failed" && entry.code == "graph_unavailable", "\(entry)")
            let confirmed = entry.bookings.filter { $0["outcome"] == "confirmed" }.compactMap {
                $0["booking_id"].string
            }
            #expect(entry.bookings.count == 5 && confirmed.count == 2, "\(entry)")
            let rest = entry.bookings.filter { $0["outcome"] != "confirmed" }
            #expect(rest.allSatisfy { $0["outcome"] == "failed" && $0["error"]["code"] == "graph_unavailable" })
            let told = try link.changes(since: mark).filter { $0.type == "booking.confirmed" }
            #expect(Set(told.compactMap { $0["booking_id"] }) == Set(confirmed))
            #expect(try Self.shown(link) == Set(confirmed), "hash and stream agree")

            try fleet.simulator.clearFaults()
            let again = try await link.sync(["bookings": Self.bookings(fleet)])
            for outcome in again.bookings {
                let stood = confirmed.contains(outcome["booking_id"].string ?? "")
                #expect(outcome["outcome"] == (stood ? "unchanged" : "confirmed"), "\(again)")
            }
            #expect(try link.news(since: mark).count { $0 == "booking.confirmed" } == 5)
            #expect(try link.titles().count == 5)
            try await link.settle()
        }
    }

    @Test("a job that names a booking twice is tried again: its next attempt knows what the first one told")
    func namedTwice() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            let mark = try fleet.changesMark()
            // As often as one attempt sends it.
            try fleet.simulator.add(.status(500, on: "/events/", times: 4).on("DELETE"))
            let entry = try await link.push(
                Booking.upsert("x", fleet.day(1)), Booking.cancel("x"), Booking.upsert("y", fleet.day(2)))
            #expect(entry.outcomes == ["x confirmed", "x cancelled", "y confirmed"], "\(entry)")
            #expect(entry["attempts"] == "2")
            #expect(
                try link.news(since: mark).sorted() == ["booking.cancelled", "booking.confirmed", "booking.confirmed"])
            #expect(try link.titles() == ["y"])
            try await link.settle()
        }
    }

    @Test("a big job doesn't spend an attempt on each part that Graph refuses for a moment")
    func manyParts() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            for skip in stride(from: 3, to: 120, by: 17) {
                try fleet.simulator.add(.status(503, on: "/events", skip: skip, times: 1).on("POST"))
            }
            let all = (0..<100).map { Booking.upsert("b\($0)", fleet.day(1 + $0 / 20, hour: $0 % 20)) }
            let entry = try await link.sync(["bookings": .array(all)])
            #expect(entry.outcomes.count { $0.hasSuffix("confirmed") } == 100 && entry["attempts"] == "1", "\(entry)")
            #expect(try link.titles().count == 100)
            try await link.settle()
        }
    }

    @Test("a first read gets on though pages are refused now and then, on its first attempt")
    func manyPages() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try fleet.simulator.limitPages(to: 1)
            for number in 0..<30 { try link.mailbox.create(GraphEvent.timed("E\(number)", fleet.day(number))) }
            for skip in [2, 3, 9, 17, 25] {
                try fleet.simulator.add(.status(503, on: Fault.delta, skip: skip, times: 1))
            }
            let entry = try await link.connect()
            #expect(entry.data["events"] == 30 && entry["attempts"] == "1", "\(entry)")
            try await link.settle()
        }
    }

    @Test("cancelled and made anew in one job: attempts that fail later make no further events")
    func madeAnew() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            try await link.push(Booking.upsert("g", fleet.day(1)))
            let creates = try fleet.simulator.writes().count { $0.method == "POST" }
            try fleet.simulator.add(.status(503, on: "/events/", times: 2).on("PATCH"))
            let entry = try await link.push(
                Booking.cancel("g"), Booking.upsert("g", fleet.day(1)),
                Booking.upsert("g", fleet.day(1), ["title": "other"]))
            #expect(entry.outcomes == ["g cancelled", "g confirmed", "g updated"], "\(entry)")
            #expect(try fleet.simulator.writes().count { $0.method == "POST" } == creates + 1)
            #expect(try link.titles() == ["other"])
            try await link.settle()
        }
    }
}
