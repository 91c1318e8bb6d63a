import Foundation
import Testing

extension Scenarios {
    @Suite("time")
    struct Time {
        static let zones = [
            ("Tonga Standard Time", "Pacific/Tongatapu"), ("W. Europe Standard Time", "Europe/Berlin"),
            ("Pacific Standard Time", "America/Los_Angeles"),
        ]

        @Test("S47 an all-day event is a date, the same one in every zone", arguments: zones)
        func allDayIsADate(windows: String, iana: String) async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link(inZone: windows, iana)
                let day = fleet.date(40)
                let one = try link.mailbox.create(GraphEvent.allDay("One day", day, zone: windows))
                let utc = try link.mailbox.create(GraphEvent.allDay("Written in UTC", day))
                let three = try link.mailbox.create(GraphEvent.allDay("Three days", day, days: 3, zone: windows))
                try await link.connect()
                let mirror = try link.mirror()
                for (id, end) in [(one, 41), (utc, 41), (three, 43)] {
                    let event = try #require(mirror[id])
                    #expect(event["all_day"] == true)
                    #expect(event["start_date"].string == day && event["end_date"].string == fleet.date(end))
                    let start = Instant.read(event["start_time"].string ?? "")
                    #expect(start == Instant.midnight(day, in: link.reading.zone))
                }
                try await link.settle()
            }
        }

        // Pushed all-day bookings: S50.
        @Test("S48 a one-day event is on one day only, alone or in a series", arguments: zones)
        func allDayDoesNotGrow(windows: String, iana: String) async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link(inZone: windows, iana)
                let zone = link.reading.zone
                let day = fleet.date(40)
                let weekly: JSON = [
                    "recurrence": [
                        "pattern": (["interval": 1] as JSON).merging(GraphEvent.weekly(on: day)),
                        "range": ["type": "numbered", "startDate": .string(day), "numberOfOccurrences": 3],
                    ]
                ]
                try link.mailbox.create(GraphEvent.allDay("Once", fleet.date(41), zone: windows))
                try link.mailbox.create(GraphEvent.allDay("Each week", day, zone: windows, weekly))
                try await link.connect()
                let events = try link.mirror().values
                let days = try events.map { event in
                    let start = try #require(Instant.read(event["start_time"].string ?? ""))
                    let end = try #require(Instant.read(event["end_time"].string ?? ""))
                    let first = Instant.day(start, in: zone)
                    #expect(event["all_day"] == true && event["start_date"].string == first)
                    #expect(Instant.day(end.addingTimeInterval(-1), in: zone) == first, "\(event.text)")
                    #expect(Instant.midnight(first, in: zone) == start)
                    return first
                }
                #expect(Set(days) == [day, fleet.date(41), fleet.date(47), fleet.date(54)])
                try await link.settle()
            }
        }

        @Test("S49 midnight to midnight is not all-day", arguments: zones)
        func midnightToMidnight(windows: String, iana: String) async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link(inZone: windows, iana)
                let event: JSON = [
                    "subject": "Night shift", "isAllDay": false,
                    "start": GraphEvent.time("\(fleet.date(5))T00:00:00", windows),
                    "end": GraphEvent.time("\(fleet.date(6))T00:00:00", windows),
                ]
                let id = try link.mailbox.create(event)
                let series = try link.mailbox.create(
                    GraphEvent.series(
                        "Each night", fleet.date(5), "00:00", minutes: 1440, zone: windows,
                        pattern: GraphEvent.weekly(on: fleet.date(5)),
                        range: ["type": "numbered", "numberOfOccurrences": 3]))
                try await link.connect()
                let mirrored = try #require(try link.mirror()[id])
                #expect(mirrored["all_day"] == false && mirrored["start_date"].isNull)
                let occurrences = try link.mirror().values.filter { $0["series_id"].string == series }
                #expect(occurrences.count == 3 && occurrences.allSatisfy { $0["all_day"] == false })
                try await link.settle()
            }
        }

        @Test("S51 a 09:00 series keeps its wall time across the clock change")
        func acrossTheClockChange() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
                let change = try #require(berlin.nextDaylightSavingTimeTransition(after: fleet.day(1)))
                let first = Instant.day(change.addingTimeInterval(-10 * 86_400), in: berlin)
                try link.mailbox.create(
                    GraphEvent.series(
                        "Nine", first, "09:00", zone: "W. Europe Standard Time", pattern: GraphEvent.weekly(on: first),
                        range: ["type": "numbered", "numberOfOccurrences": 4]))
                try await link.connect()
                let starts = try link.mirror().values.compactMap { $0["start_time"].string }.sorted()
                let hours = starts.compactMap { Int($0.dropFirst(11).prefix(2)) }
                #expect(hours.count == 4)
                #expect(hours.first != hours.last)
                for start in starts {
                    let date = try #require(Instant.read(start))
                    #expect(
                        Instant.graph(date.addingTimeInterval(Double(berlin.secondsFromGMT(for: date)))).contains(
                            "T09:00"))
                }
                try await link.settle()
            }
        }

        @Test("S52 a series of another continent is at its organiser's wall time, in the two odd weeks as well")
        func twoContinents() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link(
                    try fleet.simulator.mailbox("b@acme.example", zone: "W. Europe Standard Time"))
                let york = try #require(TimeZone(identifier: "America/New_York"))
                let first = fleet.date(2)
                try link.mailbox.create(
                    GraphEvent.series(
                        "Across", first, "09:00", zone: "Eastern Standard Time", pattern: GraphEvent.weekly(on: first)))
                try await link.connect()
                let starts = try link.mirror().values.compactMap { Instant.read($0["start_time"].string ?? "") }
                #expect(starts.count > 50)
                for start in starts {
                    let local = start.addingTimeInterval(Double(york.secondsFromGMT(for: start)))
                    #expect(Instant.graph(local).hasSuffix("T09:00:00"))
                }
                #expect(Set(starts.map { Int($0.timeIntervalSince1970) % 86_400 }).count == 2)
                try await link.settle()
            }
        }

        @Test("S53 zone names of all sorts parse to the right instants")
        func zoneNames() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let day = fleet.date(50)
                let names = [
                    ("W. Europe Standard Time", "Europe/Berlin"), ("tzone://Microsoft/Utc", "UTC"),
                    ("Europe/Kiev", "Europe/Kiev"), ("Europe/Kyiv", "Europe/Kiev"), ("Asia/Calcutta", "Asia/Kolkata"),
                ]
                var expected: [String: Date] = [:]
                for (written, iana) in names {
                    let zone = try #require(TimeZone(identifier: iana))
                    let midnight = try #require(Instant.midnight(day, in: zone))
                    let start = midnight.addingTimeInterval(10 * 3600)
                    let raw: JSON = [
                        "start": GraphEvent.time("\(day)T10:00:00.0000000", written),
                        "end": GraphEvent.time("\(day)T11:00:00.0000000", written),
                        "originalStartTimeZone": .string(written), "originalEndTimeZone": .string(written),
                    ]
                    expected[try link.mailbox.create(GraphEvent.timed(written, start), ["raw": raw])] = start
                }
                try await link.connect()
                let mirror = try link.mirror()
                for (id, start) in expected {
                    #expect(Instant.read(mirror[id]?["start_time"].string ?? "") == start, "\(mirror[id]?.text ?? id)")
                }
                try await link.settle()
            }
        }

        @Test("S54 seven digits, no length, an end before the start: nothing fails, and the inverted one doesn't block")
        func oddTimes() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let day = fleet.date(3)
                let fine = try link.mailbox.create(
                    GraphEvent.timed(
                        "Fine", fleet.day(3),
                        [
                            "start": GraphEvent.time("\(day)T10:00:00.1234567"),
                            "end": GraphEvent.time("\(day)T11:00:00.7654321"),
                        ]))
                let empty = try link.mailbox.create(GraphEvent.timed("Empty", fleet.day(4), minutes: 0))
                let inverted = try link.mailbox.create(GraphEvent.timed("Inverted", fleet.day(3), minutes: -60))
                let entry = try await link.connect()
                let mirror = try link.mirror()
                #expect(mirror[fine]?["blocks"] == true)
                #expect(mirror[empty]?["start_time"] == mirror[empty]?["end_time"])
                #expect(mirror[inverted] == nil || mirror[inverted]?["blocks"] == false)
                #expect(entry.data["warnings"].elements.count >= 1, "the inverted one is reported: \(entry.data.text)")
                try await link.settle()
            }
        }
    }
}
