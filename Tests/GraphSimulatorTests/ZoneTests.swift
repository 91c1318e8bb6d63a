import Testing

@testable import GraphSimulator

/// Goal: wall-clock times become the right moments over clock changes and under every name of a zone.
@Suite struct ZoneTests {
    private func series(_ zone: String, _ start: String, days: [Weekday]) throws -> EventItem {
        let zone = try #require(Zone.named(zone))
        let wall = try #require(WallTime(text: start))
        let pattern = RecurrencePattern(kind: .weekly, daysOfWeek: days)
        let range = RecurrenceRange(kind: .noEnd, startDate: wall.day, zone: zone.name)
        let begin = EventTime(wall: wall, zone: zone)
        let end = EventTime(wall: WallTime(ticks: wall.ticks + 36_000_000_000), zone: zone)
        return EventItem(
            number: 1,
            content: EventContent(
                created: begin.instant, modified: begin.instant, change: 1, uid: "", start: begin, end: end,
                originalStartZone: zone.name, originalEndZone: zone.name, organizer: Person(name: "", address: ""),
                recurrence: Recurrence(pattern: pattern, range: range)))
    }

    private func starts(_ item: EventItem, _ from: String, _ to: String) throws -> [String] {
        let window = Window(from: try #require(Instant(iso: from)), to: try #require(Instant(iso: to)))
        return item.occurrences(in: window).map(\.start.iso)
    }

    @Test("09:00 in Berlin is 08:00 UTC before the end of March and 07:00 after it")
    func berlin() throws {
        let item = try series("W. Europe Standard Time", "2026-03-02T09:00", days: [.monday])
        #expect(
            try starts(item, "2026-03-20T00:00:00Z", "2026-04-07T00:00:00Z") == [
                "2026-03-23T08:00:00Z", "2026-03-30T07:00:00Z", "2026-04-06T07:00:00Z",
            ])
    }

    @Test("New York changes its clocks three weeks before Berlin in spring, one week after in autumn")
    func twoContinents() throws {
        let item = try series("Eastern Standard Time", "2026-03-04T10:00", days: [.wednesday])
        #expect(
            try starts(item, "2026-03-01T00:00:00Z", "2026-03-20T00:00:00Z") == [
                "2026-03-04T15:00:00Z", "2026-03-11T14:00:00Z", "2026-03-18T14:00:00Z",
            ])
        #expect(
            try starts(item, "2026-10-26T00:00:00Z", "2026-11-06T00:00:00Z") == [
                "2026-10-28T14:00:00Z", "2026-11-04T15:00:00Z",
            ])
    }

    @Test("a time that doesn't exist moves on by the gap, one that is there twice is taken the first time")
    func gapAndOverlap() throws {
        let berlin = try #require(Zone.named("Europe/Berlin"))
        let gap = try #require(WallTime(text: "2026-03-29T02:30:00"))
        #expect(berlin.instant(of: gap).iso == "2026-03-29T01:30:00Z")
        let twice = try #require(WallTime(text: "2026-10-25T02:30:00"))
        #expect(berlin.instant(of: twice).iso == "2026-10-25T00:30:00Z")
    }

    @Test(
        "names of zones",
        arguments: [
            ("W. Europe Standard Time", 7200), ("w. europe standard time", 7200), ("Europe/Kiev", 10_800),
            ("Europe/Kyiv", 10_800), ("Asia/Calcutta", 19_800), ("Asia/Kolkata", 19_800), ("UTC", 0),
            ("tzone://Microsoft/Utc", 0), ("UTC-11", -39_600), ("Nepal Standard Time", 20_700),
        ])
    func names(name: String, offset: Int) throws {
        let zone = try #require(Zone.named(name))
        #expect(zone.offset(at: try #require(Instant(iso: "2026-07-01T00:00:00Z"))) == offset)
        #expect(zone.name == name)
    }

    @Test("what is no zone", arguments: ["", "GMT+2", "+02:00", "Greenwich Mean Time", "CEST", "Mars/Olympus"])
    func noNames(name: String) { #expect(Zone.named(name) == nil) }

    @Test("every Windows name is a zone that this machine knows")
    func table() {
        for name in WindowsZoneTable.sorted { #expect(Zone.named(name) != nil, "\(name)") }
        #expect(WindowsZoneTable.sorted.count == 139)
    }

    @Test(
        "times in ISO 8601",
        arguments: [
            ("2026-05-01T10:00:00Z", "2026-05-01T10:00:00Z"), ("2026-05-01T10:00:00+02:00", "2026-05-01T08:00:00Z"),
            ("2026-05-01", "2026-05-01T00:00:00Z"), ("2026-05-01T10:00:00.1234567Z", "2026-05-01T10:00:00.1234567Z"),
            ("2026-05-01T10:00:00.5", "2026-05-01T10:00:00.5Z"), ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
        ])
    func instants(text: String, iso: String) { #expect(Instant(iso: text)?.iso == iso) }

    @Test(
        "what is no time",
        arguments: [
            "", "tomorrow", "2026-13-01T00:00:00Z", "2026-02-30", "2026-05-01T25:00:00Z", "2026-05-01T10:00:00 02:00",
        ])
    func noInstants(text: String) { #expect(Instant(iso: text) == nil) }
}
