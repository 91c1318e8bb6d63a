import Foundation
import GraphSimulator
import Testing

// Goal: series as the wire tells them: sparse occurrences, deletions without tombstones, masters that come late or
// never.
@Suite("Series", .timeLimit(.minutes(1))) struct SeriesTests {
    private static let mailbox = "room@example.com"

    /// Monday 10:00 UTC, weekly, `count` times, beginning next week.
    private func addSeries(_ fleet: Fleet, count: Int = 5) throws -> (id: String, first: Date) {
        let day = (Date().timeIntervalSince1970 / 86_400).rounded(.down) * 86_400 + 7 * 86_400 + 10 * 3600
        let first = Date(timeIntervalSince1970: day)
        let date = String(first.formatted(.iso8601).prefix(10))
        let weekday = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"][
            (Int(day / 86_400) + 4) % 7]
        let id = try fleet.graph.addEvent(
            Self.mailbox, "Weekly", hours: 0,
            [
                ("start", GraphWorld.time(first)), ("end", GraphWorld.time(first + 3600)),
                (
                    "recurrence",
                    [
                        "pattern": ["type": "weekly", "interval": 1, "daysOfWeek": [.string(weekday)]],
                        "range": [
                            "type": "numbered", "startDate": .string(date),
                            "numberOfOccurrences": .integer(Int64(count)),
                        ],
                    ]
                ),
            ])
        return (id, first)
    }

    private func date(_ first: Date, week: Int) -> String {
        String((first + Double(week) * 7 * 86_400).formatted(.iso8601).prefix(10))
    }

    @Test(
        "S37 occurrences take title and the like from their master, wherever that comes",
        arguments: ["withSeries", "last", "absent"])
    func joined(masters: String) async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox, [("masters", .string(masters))])
            _ = try addSeries(fleet)
            try await fleet.connect("r", to: Self.mailbox)
            #expect(try await fleet.titles("r") == Array(repeating: "Weekly", count: 5))
            let series = Set(try await fleet.mirror("r").values.map { $0["series_id"] })
            #expect(series.count == 1 && series.first != nil)
        }
    }

    @Test(
        "S39 a deleted occurrence: exactly that slot goes, whatever the wire tells of it",
        arguments: ["resend", "removed", "masterOnly"])
    func deletedOccurrence(delta: String) async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox, [("seriesDelta", .string(delta))])
            let (id, first) = try addSeries(fleet)
            try await fleet.connect("r", to: Self.mailbox)
            try fleet.graph.control(
                "DELETE", "/mailboxes/\(Self.mailbox)/events/\(id)/occurrences/\(date(first, week: 2))")
            let entry = try await fleet.sync("r")
            #expect(entry.data.int("deleted") == 1)
            let change = try #require(try await fleet.changes.last)
            #expect(change.type == "event.deleted")
            #expect(change.data["start_time"]?.hasPrefix(date(first, week: 2)) == true)
            #expect(try await fleet.mirror("r").count == 4)
            #expect(try await fleet.sync("r").data.int("deleted") == 0)
        }
    }

    @Test("S41 a moved occurrence is an exception of the same series at its new time")
    func moved() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            let (id, first) = try addSeries(fleet)
            try await fleet.connect("r", to: Self.mailbox)
            let moved = first + 7 * 86_400 + 86_400
            try fleet.graph.control(
                "PATCH", "/mailboxes/\(Self.mailbox)/events/\(id)/occurrences/\(date(first, week: 1))",
                ["start": GraphWorld.time(moved), "end": GraphWorld.time(moved + 3600)])
            _ = try await fleet.sync("r")
            let events = try await fleet.mirror("r").values
            #expect(events.count == 5)
            let exception = try #require(events.first { $0["type"] == "exception" })
            #expect(exception["start_time"]?.hasPrefix(String(moved.formatted(.iso8601).prefix(13))) == true)
            #expect(exception["title"] == "Weekly")
        }
    }

    @Test("S44 with its master every occurrence goes")
    func masterDeleted() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            let (id, _) = try addSeries(fleet)
            try await fleet.connect("r", to: Self.mailbox)
            try fleet.graph.control("DELETE", "/mailboxes/\(Self.mailbox)/events/\(id)")
            #expect(try await fleet.sync("r").data.int("deleted") == 5)
            #expect(try await fleet.mirror("r").isEmpty)
        }
    }
}
