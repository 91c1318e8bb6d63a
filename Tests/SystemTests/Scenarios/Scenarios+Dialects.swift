// Graph's answers may differ in many ways that its documents allow or that clients have met. Goal: the fleet relies on
// none of them. Method: one round of everything (connect, pull, push, batch, resync, disconnect) for each of the
// simulator's dialects, and for each form of a refusal that asks to wait.

import Foundation
import TestSupport
import Testing

extension Scenarios {
    @Suite("dialects of Graph")
    struct Dialects {
        static let all = [
            "oddTokens", "otherPaths", "emptyPages", "repeats", "shuffled", "nulls", "missing", "extras",
            "changedRemovals", "chunked", "slow", "gzip", "closing", "headerCase", "terseBatches", "accepted",
        ]

        @Test("everything works however Graph's answers look", arguments: all + [all.joined(separator: " ")])
        func everything(dialect: String) async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try fleet.simulator.limitPages(to: 4)
                let day = fleet.date(3)
                let series = try link.mailbox.create(
                    GraphEvent.series(
                        "Weekly", day, "07:00", pattern: GraphEvent.weekly(on: day),
                        range: ["type": "numbered", "numberOfOccurrences": 3]))
                var ids = try (0..<10).map { try link.mailbox.create(GraphEvent.timed("E\($0)", fleet.day($0 + 1))) }
                let names = dialect.split(separator: " ").map { JSON.string(String($0)) }
                try fleet.simulator.control("PATCH", "settings", ["dialects": .array(names)])
                try await link.connect()
                #expect(try link.mirror().count == 13)

                let changes = try await link.changesOfSync {
                    try link.mailbox.delete(ids.removeLast())
                    try link.mailbox.change(ids[0], ["subject": "Changed"])
                    try link.mailbox.delete(try link.mailbox.occurrence(fleet.date(10), of: series))
                    for number in 0..<6 {
                        try link.mailbox.create(GraphEvent.timed("N\(number)", fleet.day(20 + number)))
                    }
                }
                let counts = Dictionary(changes.map { ($0.type, 1) }, uniquingKeysWith: +)
                #expect(counts == ["event.created": 6, "event.updated": 1, "event.deleted": 2], "\(changes)")

                let bookings = (0..<8).map { Booking.upsert("b\($0)", fleet.day(40 + $0)) }
                let made = try await link.sync(["bookings": .array(bookings)])
                #expect(made.outcomes.count { $0.hasSuffix("confirmed") } == 8, "\(made)")
                let more = try await link.push(
                    Booking.upsert("b0", fleet.day(40), ["title": "Renamed"]), Booking.upsert("b1", fleet.day(50)),
                    Booking.cancel("b2"), Booking.upsert("over", fleet.day(43)))
                #expect(more.outcomes == ["b0 updated", "b1 updated", "b2 cancelled", "over rejected"])

                let mark = try fleet.changesMark()
                try link.mailbox.loseSyncState()
                try await link.sync()
                #expect(try link.news(since: mark) == ["calendar.resynced"])
                try await link.settle()
                let gone = try await link.disconnect(["remove_events": true])
                #expect(gone.data["removed_events"].int == 7, "\(gone)")
                #expect(try link.titles().allSatisfy { !$0.hasPrefix("b") })
            }
        }

        /// Forms of `Retry-After`; none at all, too.
        static let waits = ["1", "1.25", "date", "none", "0", "-5", "soon", ""]

        @Test("a refusal is waited for, in whatever form it says how long", arguments: [429, 503])
        func waits(status: Int) async throws {
            try await Fleet.run { fleet in
                var links: [Link] = []
                for (number, form) in Self.waits.enumerated() {
                    let link = try fleet.link(
                        try fleet.simulator.mailbox("m\(number)@acme.example"), resource: "room-\(number)")
                    try await link.connect()
                    try link.mailbox.create(GraphEvent.timed("After", fleet.day(1)))
                    var effect: JSON = ["status": .number(Double(status))]
                    switch form {
                    case "none": break
                    case "date": effect["retryAfter"] = .string(Self.httpDate(fleet.now.addingTimeInterval(3)))
                    default: effect["retryAfter"] = .string(form)
                    }
                    try fleet.simulator.add(
                        Fault(path: Fault.delta, times: 1, effect: effect, mailbox: link.mailbox.address))
                    links.append(link)
                }
                for entry in try await fleet.results(of: links.map { try $0.pushSync() }) {
                    #expect(entry.type == "sync.succeeded", "\(entry)")
                    #expect(status == 503 || entry["attempts"] == "1", "\(entry)")
                }
                for link in links { #expect(try link.mirror().count == 1) }
            }
        }

        private static func httpDate(_ date: Date) -> String {
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.timeZone = .gmt
            formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
            return formatter.string(from: date)
        }
    }
}
