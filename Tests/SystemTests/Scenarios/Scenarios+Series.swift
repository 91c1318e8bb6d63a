import Foundation
import Testing

extension Scenarios {
    @Suite("recurrence")
    struct Series {
        /// How a changed series shows in a round: the occurrences that are left again, those that went as removed, too,
        /// or the master alone. All have been seen.
        static let seriesDeltas = ["resend", "removed", "masterOnly"]

        @Test(
            "S37 occurrences that come sparse take title, show_as, location and privacy from their master",
            arguments: ["withSeries", "last", "absent"])
        func sparse(masters: String) async throws {
            try await Fleet.run { fleet in
                // Beside its occurrences, on a later page, or nowhere: then it must be fetched.
                try fleet.simulator.limitPages(to: 1)
                let link = try fleet.link()
                try link.mailbox.set("masters", .string(masters))
                let day = fleet.date(3)
                let open = try link.mailbox.create(
                    GraphEvent.series(
                        "Stand-up", day, "09:00", minutes: 15, pattern: GraphEvent.weekly(on: day),
                        range: ["type": "numbered", "numberOfOccurrences": 4],
                        ["showAs": "tentative", "location": ["displayName": "Room 7"]]))
                let secret = try link.mailbox.create(
                    GraphEvent.series(
                        "Therapy", day, "12:00", pattern: GraphEvent.weekly(on: day),
                        range: ["type": "numbered", "numberOfOccurrences": 3], ["sensitivity": "private"]))
                fleet.keepSecret("Therapy")
                try await link.connect()
                let events = try link.mirror().values
                let ups = events.filter { $0["series_id"].string == open }
                #expect(ups.count == 4)
                for event in ups {
                    #expect(event["title"] == "Stand-up" && event["show_as"] == "tentative")
                    #expect(event["location"] == "Room 7" && event["type"] == "occurrence")
                }
                let hidden = events.filter { $0["series_id"].string == secret }
                #expect(hidden.count == 3)
                #expect(hidden.allSatisfy { $0["title"] == "Private" && $0["private"] == true })
                try await link.settle()
                // A change of the master alone reaches all of them.
                let changes = try await link.changesOfSync { try link.mailbox.change(open, ["subject": "Sit-down"]) }
                #expect(changes.map(\.type) == Array(repeating: "event.updated", count: 4))
                #expect(changes.allSatisfy { $0.data["title"] == "Sit-down" })
                try await link.settle()
            }
        }

        @Test("S38 an old master: this window's occurrences and no ghost at the first date")
        func oldMaster() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let day = fleet.date(-3 * 364)
                let id = try link.mailbox.create(
                    GraphEvent.series("Old", day, "10:00", pattern: GraphEvent.weekly(on: day)))
                try await link.connect()
                let mirror = try link.mirror()
                #expect((55...58).contains(mirror.count))
                #expect(mirror.values.allSatisfy { $0["series_id"].string == id && $0["type"] == "occurrence" })
                #expect(mirror[id] == nil, "the master is no event")
                try await link.settle()
            }
        }

        @Test("S39 a deleted occurrence frees its slot and is one event.deleted", arguments: seriesDeltas)
        func deletedOccurrence(seriesDelta: String) async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let day = fleet.date(2)
                try link.mailbox.set("seriesDelta", .string(seriesDelta))
                let series = try link.mailbox.create(
                    GraphEvent.series("Tuesdays", day, "10:00", pattern: GraphEvent.weekly(on: day)))
                try await link.connect()
                let third = try link.mailbox.occurrence(fleet.date(16), of: series)
                let changes = try await link.changesOfSync { try link.mailbox.delete(third) }
                #expect(changes.map(\.type) == ["event.deleted"])
                #expect(changes.first?["event_id"] == third)
                #expect(changes.first?.data["start_time"].string?.hasPrefix(fleet.date(16)) == true)
                #expect(try link.mirror()[third] == nil)
                try await link.settle()
            }
        }

        @Test("S40 a cancelled occurrence does not block")
        func cancelledOccurrence() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let day = fleet.date(2)
                let series = try link.mailbox.create(
                    GraphEvent.series("Weekly", day, "10:00", pattern: GraphEvent.weekly(on: day)))
                try await link.connect()
                let second = try link.mailbox.occurrence(fleet.date(9), of: series)
                let changes = try await link.changesOfSync {
                    try link.mailbox.change(second, ["isCancelled": true])
                }
                #expect(changes.map { $0["event_id"] } == [second])
                let event = try link.mirror()[second]
                #expect(event == nil || (event?["blocks"] == false && event?["status"] == "cancelled"))
                try await link.settle()
            }
        }

        @Test("S41 a moved occurrence blocks at its new time only, as an exception of the same series")
        func movedOccurrence() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let day = fleet.date(2)
                let series = try link.mailbox.create(
                    GraphEvent.series("Weekly", day, "10:00", pattern: GraphEvent.weekly(on: day)))
                try await link.connect()
                let second = try link.mailbox.occurrence(fleet.date(9), of: series)
                let changes = try await link.changesOfSync {
                    try link.mailbox.change(
                        second,
                        [
                            "start": GraphEvent.time("\(fleet.date(10))T15:00:00"),
                            "end": GraphEvent.time("\(fleet.date(10))T16:00:00"),
                        ])
                }
                #expect(changes.map(\.type) == ["event.updated"], "\(changes)")
                let events = try link.mirror()
                let moved = events.values.filter {
                    $0["start_time"].string?.hasPrefix("\(fleet.date(10))T15:00") == true
                }
                #expect(moved.count == 1)
                #expect(moved.first?["type"] == "exception" && moved.first?["series_id"].string == series)
                #expect(!events.values.contains { $0["start_time"].string?.hasPrefix(fleet.date(9)) == true })
                try await link.settle()
            }
        }

        @Test(
            "S42 this and following: old future occurrences go, new ones come, past ones stay", arguments: seriesDeltas)
        func thisAndFollowing(seriesDelta: String) async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try link.mailbox.set("seriesDelta", .string(seriesDelta))
                let first = fleet.date(-14)
                let weekly = GraphEvent.weekly(on: first)
                let old = try link.mailbox.create(GraphEvent.series("Old", first, "10:00", pattern: weekly))
                try await link.connect()
                let before = try link.mirror()
                let past = before.filter { ($0.value["start_time"].string ?? "") < "\(fleet.date(7))T" }
                let mark = try fleet.changesMark()
                let new = try link.mailbox.split(old, from: fleet.date(7), ["subject": "New"])
                try await link.sync()
                let after = try link.mirror()
                #expect(past.count == 3)
                for (id, event) in past {
                    let kept = after[id].map(ExpectedEvent.comparable)
                    #expect(kept == ExpectedEvent.comparable(event), "past ones stay as they are")
                }
                #expect(after.values.filter { $0["series_id"].string == old }.count == past.count)
                #expect(after.values.filter { $0["series_id"].string == new }.count == before.count - past.count)
                let events = try link.changes(since: mark)
                #expect(events.filter { $0.type == "event.deleted" }.count == before.count - past.count)
                #expect(events.filter { $0.type == "event.created" }.count == before.count - past.count)
                try await link.settle()
                let quiet = try await link.changesOfSync {}
                #expect(quiet.isEmpty)
            }
        }

        @Test("S43 a daily series without end: the window's occurrences, in bounded time")
        func withoutEnd() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try link.mailbox.create(
                    GraphEvent.series("Daily", fleet.date(-400), "08:00", minutes: 30, pattern: ["type": "daily"]))
                let entry = try await link.connect()
                #expect((394...397).contains(entry.data["events"].int ?? 0))
                try await link.settle()
            }
        }

        @Test("S44 a deleted series takes every occurrence with it, exceptions included")
        func seriesDeleted() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let day = fleet.date(2)
                let series = try link.mailbox.create(
                    GraphEvent.series(
                        "Goes", day, "10:00", pattern: GraphEvent.weekly(on: day),
                        range: ["type": "numbered", "numberOfOccurrences": 10]))
                let exception = try link.mailbox.occurrence(fleet.date(9), of: series)
                try link.mailbox.change(exception, ["subject": "Changed"])
                let other = try link.mailbox.create(GraphEvent.timed("Stays", fleet.day(3)))
                try await link.connect()
                #expect(try link.mirror().count == 11)
                let changes = try await link.changesOfSync { try link.mailbox.delete(series) }
                #expect(changes.map(\.type) == Array(repeating: "event.deleted", count: 10))
                #expect(Array(try link.mirror().keys) == [other])
                try await link.settle()
            }
        }

        @Test("S45 weekday and last-day rules: the server's own expansion")
        func rules() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let workdays: JSON = ["monday", "tuesday", "wednesday", "thursday", "friday"]
                let patterns: [(String, JSON)] = [
                    ("Every weekday", ["type": "weekly", "daysOfWeek": workdays, "firstDayOfWeek": "monday"]),
                    ("Last weekday", ["type": "relativeMonthly", "daysOfWeek": workdays, "index": "last"]),
                    ("The 31st", ["type": "absoluteMonthly", "dayOfMonth": 31]),
                ]
                for (name, pattern) in patterns {
                    try link.mailbox.create(
                        GraphEvent.series(
                            name, "2026-08-31", "10:00", zone: "W. Europe Standard Time", pattern: pattern))
                }
                try await link.connect()
                let titles = try link.mirror().values.compactMap { $0["title"].string }
                #expect(titles.filter { $0 == "Every weekday" }.count > 250)
                #expect((11...14).contains(titles.filter { $0 == "Last weekday" }.count))
                #expect(titles.contains("The 31st"))
                try await link.settle()
            }
        }
    }
}
