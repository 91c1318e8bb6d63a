import Testing

@testable import GraphSimulator

/// Goal: a rule falls on the dates on which Outlook shows it. Method: tables of rules and dates, worked out by hand
/// from printed calendars of 2026 and 2027.
@Suite struct RecurrenceTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let pattern: RecurrencePattern
        let start: String
        let from: String
        let through: String
        let expected: [String]

        var testDescription: String { name }
    }

    static let workdays: [Weekday] = [.monday, .tuesday, .wednesday, .thursday, .friday]

    static func pattern(
        _ kind: RecurrencePattern.Kind, _ interval: Int = 1, days: [Weekday] = [], day: Int = 0, month: Int = 0,
        index: RecurrencePattern.Index = .first, weekBegins: Weekday = .sunday
    ) -> RecurrencePattern {
        RecurrencePattern(
            kind: kind, interval: interval, month: month, dayOfMonth: day, daysOfWeek: days, firstDayOfWeek: weekBegins,
            index: index)
    }

    static let rows: [Row] = [
        Row(
            name: "every day", pattern: pattern(.daily), start: "2026-02-27", from: "2026-02-27", through: "2026-03-02",
            expected: ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]),
        Row(
            name: "every third day, seen from the middle", pattern: pattern(.daily, 3), start: "2026-01-01",
            from: "2026-02-01", through: "2026-02-10", expected: ["2026-02-03", "2026-02-06", "2026-02-09"]),
        Row(
            name: "every weekday", pattern: pattern(.weekly, days: workdays), start: "2026-05-01", from: "2026-05-01",
            through: "2026-05-08",
            expected: ["2026-05-01", "2026-05-04", "2026-05-05", "2026-05-06", "2026-05-07", "2026-05-08"]),
        Row(
            name: "Sunday and Tuesday every other week, week from Sunday",
            pattern: pattern(.weekly, 2, days: [.sunday, .tuesday]), start: "2026-05-05", from: "2026-05-01",
            through: "2026-05-25", expected: ["2026-05-05", "2026-05-17", "2026-05-19"]),
        Row(
            name: "the same, week from Monday",
            pattern: pattern(.weekly, 2, days: [.sunday, .tuesday], weekBegins: .monday),
            start: "2026-05-05", from: "2026-05-01", through: "2026-05-25",
            expected: ["2026-05-05", "2026-05-10", "2026-05-19", "2026-05-24"]),
        Row(
            name: "the 31st: the last day of shorter months", pattern: pattern(.absoluteMonthly, day: 31),
            start: "2026-01-31", from: "2026-01-01", through: "2026-06-30",
            expected: ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"]),
        Row(
            name: "the 15th of every fourth month", pattern: pattern(.absoluteMonthly, 4, day: 15), start: "2025-11-15",
            from: "2026-01-01", through: "2026-12-31", expected: ["2026-03-15", "2026-07-15", "2026-11-15"]),
        Row(
            name: "last weekday of the month", pattern: pattern(.relativeMonthly, days: workdays, index: .last),
            start: "2026-01-30", from: "2026-01-01", through: "2026-05-31",
            expected: ["2026-01-30", "2026-02-27", "2026-03-31", "2026-04-30", "2026-05-29"]),
        Row(
            name: "second Tuesday", pattern: pattern(.relativeMonthly, days: [.tuesday], index: .second),
            start: "2026-03-10", from: "2026-03-01", through: "2026-05-31",
            expected: ["2026-03-10", "2026-04-14", "2026-05-12"]),
        Row(
            name: "last Sunday of every other month",
            pattern: pattern(.relativeMonthly, 2, days: [.sunday], index: .last),
            start: "2026-03-29", from: "2026-03-01", through: "2026-08-31",
            expected: ["2026-03-29", "2026-05-31", "2026-07-26"]),
        Row(
            name: "29 February: the 28th in other years", pattern: pattern(.absoluteYearly, day: 29, month: 2),
            start: "2024-02-29", from: "2024-01-01", through: "2028-12-31",
            expected: ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        Row(
            name: "fourth Thursday of November",
            pattern: pattern(.relativeYearly, days: [.thursday], month: 11, index: .fourth),
            start: "2025-11-27", from: "2026-01-01", through: "2027-12-31", expected: ["2026-11-26", "2027-11-25"]),
        Row(
            name: "begun three years ago, weekly", pattern: pattern(.weekly, days: [.wednesday]), start: "2023-05-03",
            from: "2026-05-01", through: "2026-05-14", expected: ["2026-05-06", "2026-05-13"]),
    ]

    @Test("a rule falls on its dates", arguments: rows)
    func dates(row: Row) throws {
        let start = try #require(Day(text: row.start))
        let rule = Recurrence(
            pattern: row.pattern, range: RecurrenceRange(kind: .noEnd, startDate: start, zone: "UTC"))
        let found = rule.days(
            from: try #require(Day(text: row.from)), through: try #require(Day(text: row.through)))
        #expect(found.map(\.text) == row.expected)
    }

    @Test("a window in the middle shows what the whole shows there", arguments: rows)
    func windows(row: Row) throws {
        let start = try #require(Day(text: row.start))
        let rule = Recurrence(
            pattern: row.pattern, range: RecurrenceRange(kind: .noEnd, startDate: start, zone: "UTC"))
        let all = rule.days(from: start, through: start + 3000)
        for offset in stride(from: 0, to: 2900, by: 37) {
            let first = start + offset
            let part = rule.days(from: first, through: first + 60)
            #expect(part == all.filter { $0 >= first && $0 <= first + 60 })
        }
    }

    @Test("a numbered range ends with its last occurrence, an end date is inclusive")
    func ranges() throws {
        let start = Day(year: 2026, month: 5, day: 1)
        let pattern = Self.pattern(.weekly, days: [.monday, .friday])
        var range = RecurrenceRange(kind: .numbered, startDate: start, zone: "UTC")
        range.numberOfOccurrences = 4
        let numbered = Recurrence(pattern: pattern, range: range)
        #expect(numbered.days(from: start, through: start + 100).map(\.text).last == "2026-05-11")
        #expect(numbered.days(from: start, through: start + 100).count == 4)
        range.kind = .endDate
        range.endDate = Day(year: 2026, month: 5, day: 8)
        let ended = Recurrence(pattern: pattern, range: range)
        #expect(
            ended.days(from: start, through: start + 100).map(\.text) == ["2026-05-01", "2026-05-04", "2026-05-08"])
    }

    @Test("a rule that never fits has no first day, and asking ends")
    func never() {
        let start = Day(year: 2026, month: 5, day: 1)
        var range = RecurrenceRange(kind: .endDate, startDate: start, zone: "UTC")
        range.endDate = start + 10
        let rule = Recurrence(pattern: Self.pattern(.absoluteYearly, day: 24, month: 12), range: range)
        #expect(rule.firstDay == nil)
    }
}
