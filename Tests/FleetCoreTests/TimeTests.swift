import FleetCore
import Foundation
import TestSupport
import Testing

// Goal: times, dates and durations are read and written as RFC 3339 and ISO 8601 have them. Method: tables, and
// Foundation as a second opinion.

@Suite struct TimeTests {
    @Test(
        "RFC 3339 times of any offset are read",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-05-16T10:30:00+02:00", 1_778_920_200),
            ("2026-05-16t08:30:00z", 1_778_920_200), ("2026-05-16T08:30:00.0000000Z", 1_778_920_200),
            ("2026-05-15T22:30:00-10:00", 1_778_920_200), ("2024-02-29T00:00:00Z", 1_709_164_800),
            ("2016-12-31T23:59:60Z", 1_483_228_800), ("0001-01-01T00:00:00Z", -62_135_596_800),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ])
    func reads(_ text: String, _ seconds: Double) {
        #expect(RFC3339.date(text) == Date(timeIntervalSince1970: seconds))
    }

    @Test("fractions count to the microsecond")
    func fractions() {
        #expect(RFC3339.date("1970-01-01T00:00:00.5Z") == Date(timeIntervalSince1970: 0.5))
        #expect(RFC3339.date("1970-01-01T00:00:00.1234567Z") == Date(timeIntervalSince1970: 0.123456))
        #expect(RFC3339.dateWithoutOffset("1970-01-01T00:00:01.5000000") == Date(timeIntervalSince1970: 1.5))
        #expect(RFC3339.dateWithoutOffset("1970-01-01T00:00:01") == Date(timeIntervalSince1970: 1))
        #expect(RFC3339.dateWithoutOffset("1970-01-01T00:00:01Z") == nil)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "2026-05-16", "2026-05-16T08:30:00", "2026-05-16 08:30:00Z", "2026-05-16T08:30Z", "2026-5-16T08:30:00Z",
            "2026-02-29T08:30:00Z", "2026-13-01T08:30:00Z", "2026-05-16T24:00:00Z", "2026-05-16T08:60:00Z",
            "2026-05-16T08:30:61Z", "2026-05-16T08:30:00.Z", "2026-05-16T08:30:00+0200", "2026-05-16T08:30:00+2:00",
            "2026-05-16T08:30:00+24:00", "2026-05-16T08:30:00Z ", "20260516T083000Z", "2026-05-16T08:30:00ZZ",
            "0000-01-01T00:00:00Z", "١٩٧٠-01-01T00:00:00Z",
        ])
    func refuses(_ text: String) {
        #expect(RFC3339.date(text) == nil)
    }

    @Test("moments are written with their milliseconds, rounded down")
    func moments() {
        #expect(RFC3339.momentString(Date(timeIntervalSince1970: 1_778_920_200)) == "2026-05-16T08:30:00.000Z")
        #expect(RFC3339.momentString(Date(timeIntervalSince1970: 1_778_920_200.9999)) == "2026-05-16T08:30:00.999Z")
        #expect(RFC3339.momentString(Date(timeIntervalSince1970: -0.5)) == "1969-12-31T23:59:59.500Z")
        for millisecond in 0..<1000 {
            let date = Date(timeIntervalSince1970: 1_778_920_200 + Double(millisecond) / 1000)
            #expect(RFC3339.date(RFC3339.momentString(date)) == date)
        }
    }

    @Test("times are written in UTC, rounded down, and agree with Foundation over eight thousand years")
    func writes() {
        let formatter = ISO8601DateFormatter()
        var random = SeededRandom(seed: 3)
        for _ in 0..<2000 {
            let seconds = Double(Int.random(in: -12_000_000_000...240_000_000_000, using: &random))
            let date = Date(timeIntervalSince1970: seconds)
            let text = RFC3339.string(date.addingTimeInterval(0.9))
            #expect(RFC3339.date(text) == date)
            if seconds > -11_000_000_000 { #expect(text == formatter.string(from: date), "\(seconds)") }
        }
        #expect(RFC3339.string(Date(timeIntervalSince1970: -0.5)) == "1969-12-31T23:59:59Z")
        #expect(RFC3339.string(.distantFuture.addingTimeInterval(1e15)) == "9999-12-31T23:59:59Z")
        #expect(RFC3339.string(Date(timeIntervalSince1970: -1e15)) == "0001-01-01T00:00:00Z")
    }

    @Test("days count without a gap over four thousand years")
    func days() {
        var expected = CalendarDate("1000-01-01")!.daysSinceEpoch
        for year in stride(from: 1000, to: 3000, by: 1) {
            let first = CalendarDate(year: year, month: 1, day: 1)!
            #expect(first.daysSinceEpoch == expected && CalendarDate(daysSinceEpoch: expected) == first)
            let isLeap = CalendarDate(year: year, month: 2, day: 29) != nil
            #expect(isLeap == (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)))
            expected += isLeap ? 366 : 365
        }
        #expect(
            CalendarDate("2026-05-16")?.description == "2026-05-16"
                && CalendarDate("2026-05-16")! < CalendarDate("2026-06-01")!)
        for text in ["2026-02-29", "2026-5-16", "2026-05-16T", "", "0000-01-01"] { #expect(CalendarDate(text) == nil) }
    }

    @Test(
        "durations are read and written",
        arguments: [
            ("PT5M", 300, "PT5M"), ("P30D", 2_592_000, "P30D"), ("P1W", 604_800, "P7D"), ("PT90S", 90, "PT1M30S"),
            ("P1DT12H", 129_600, "P1DT12H"), ("PT0S", 0, "PT0M"), ("P0D", 0, "PT0M"), ("PT36H", 129_600, "P1DT12H"),
            ("P36500D", 3_153_600_000, "P36500D"),
        ])
    func durations(_ text: String, _ seconds: Int, _ written: String) {
        #expect(ISODuration.seconds(text) == seconds && ISODuration.string(seconds: seconds) == written)
    }

    @Test(
        "what is no duration of fixed length is refused",
        arguments: [
            "", "P", "PT", "P1", "PT5", "5M", "P1M", "P1Y", "PT1.5H", "-PT5M", "PT-5M", "P1DT", "PT5M1H", "PT5M5M",
            "P1H", "PT1D", "pt5m", "PT5M ", "P1D1W", "PT5MT1H", "P36600D", "PT99999999999999999999S",
        ])
    func noDurations(_ text: String) {
        #expect(ISODuration.seconds(text) == nil)
    }
}
