import FleetCore
import Foundation
import Testing

@testable import Graph

/// Goal: every time that Graph writes is the right instant, or the right days. Method: times as text.
@Suite struct EventTimeTests {
    private func time(_ start: String, _ end: String, zone: String? = "UTC", _ members: String = "") throws
        -> RemoteTime?
    {
        func wire(_ text: String) -> String {
            "{\"dateTime\":\"\(text)\"\(zone.map { ",\"timeZone\":\"\($0)\"" } ?? "")}"
        }
        let text = "{\"id\":\"E\",\"start\":\(wire(start)),\"end\":\(wire(end))\(members)}"
        switch Array(text.utf8).withUnsafeBytes({ RemoteItem(json: $0) }) {
        case .event(let event), .master(let event): return event.time
        case .occurrence(let occurrence): return occurrence.time
        default: return nil
        }
    }

    private func timed(_ start: String, _ end: String) throws -> RemoteTime {
        .timed(start: try #require(RFC3339.date(start)), end: try #require(RFC3339.date(end)))
    }

    private func days(_ start: String, _ end: String) throws -> RemoteTime {
        .allDay(start: try #require(CalendarDate(start)), end: try #require(CalendarDate(end)))
    }

    @Test("seven fraction digits, zero length, end before start: all are read as written (S54)")
    func odd() throws {
        #expect(
            try time("2026-06-15T10:00:00.1234567", "2026-06-15T10:00:00.1234567")
                == timed("2026-06-15T10:00:00.123456Z", "2026-06-15T10:00:00.123456Z"))
        #expect(
            try time("2026-06-15T10:00:00", "2026-06-15T09:00:00")
                == timed("2026-06-15T10:00:00Z", "2026-06-15T09:00:00Z"))
        #expect(
            try time("2026-06-15T10:00:00Z", "2026-06-15T12:00:00+01:00")
                == timed("2026-06-15T10:00:00Z", "2026-06-15T11:00:00Z"))
    }

    @Test(
        "an all-day event is its dates, whatever zone the answer names (S47)",
        arguments: ["UTC", "Tonga Standard Time", nil])
    func allDay(zone: String?) throws {
        let time = try time(
            "2026-05-16T00:00:00.0000000", "2026-05-17T00:00:00.0000000", zone: zone, ",\"isAllDay\":true")
        #expect(try time == days("2026-05-16", "2026-05-17"))
    }

    @Test("midnight to midnight is all-day only if it says so (S49)")
    func midnights() throws {
        let midnights = try timed("2026-05-16T00:00:00Z", "2026-05-17T00:00:00Z")
        #expect(try time("2026-05-16T00:00:00", "2026-05-17T00:00:00", ",\"isAllDay\":false") == midnights)
        #expect(try time("2026-05-16T00:00:00", "2026-05-17T00:00:00") == midnights)
    }

    @Test("an occurrence's bare midnights are kept in both readings: its master knows")
    func occurrence() throws {
        let members = ",\"type\":\"occurrence\",\"seriesMasterId\":\"M\""
        let both = RemoteTime.midnights(
            start: try #require(CalendarDate("2026-05-16")), end: try #require(CalendarDate("2026-05-17")),
            startUTC: try #require(RFC3339.date("2026-05-16T00:00:00Z")),
            endUTC: try #require(RFC3339.date("2026-05-17T00:00:00Z")))
        #expect(try time("2026-05-16T00:00:00.0000000", "2026-05-17T00:00:00.0000000", members) == both)
        #expect(
            try time("2026-05-16T00:00:00", "2026-05-17T00:00:00", members + ",\"isAllDay\":false")
                == timed("2026-05-16T00:00:00Z", "2026-05-17T00:00:00Z"))
        #expect(
            try time("2026-05-16T00:00:00", "2026-05-17T00:00:00", members + ",\"isAllDay\":true")
                == days("2026-05-16", "2026-05-17"))
        #expect(
            try time("2026-05-16T00:00:00", "2026-05-16T08:00:00", members)
                == timed("2026-05-16T00:00:00Z", "2026-05-16T08:00:00Z"))
    }

    @Test(
        "zones in every spelling lead to the right instant (S53)",
        arguments: [
            ("UTC", "10:00"), ("Etc/UTC", "10:00"), ("GMT", "10:00"), ("tzone://Microsoft/Utc", "10:00"),
            ("W. Europe Standard Time", "08:00"), ("Europe/Kiev", "07:00"), ("Europe/Kyiv", "07:00"),
            ("Asia/Calcutta", "04:30"), ("Asia/Kolkata", "04:30"), ("Pacific Standard Time", "17:00"),
            ("Customized Time Zone", "10:00"), ("tzone://Microsoft/Custom", "10:00"), ("", "10:00"),
            ("Nowhere", "10:00"),
        ])
    func zones(zone: String, clock: String) throws {
        let expected = try timed("2026-06-15T\(clock):00Z", "2026-06-15T\(clock):00Z")
        #expect(try time("2026-06-15T10:00:00", "2026-06-15T10:00:00", zone: zone) == expected)
    }

    @Test(
        "wall times around a change of the clock (Europe/Berlin)",
        arguments: [
            ("2026-03-29T01:59:00", "2026-03-29T00:59:00Z"), ("2026-03-29T03:00:00", "2026-03-29T01:00:00Z"),
            ("2026-03-29T02:30:00", "2026-03-29T01:30:00Z"), ("2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
            ("2026-10-25T03:00:00", "2026-10-25T02:00:00Z"), ("2026-03-30T09:00:00", "2026-03-30T07:00:00Z"),
        ])
    func clockChanges(wall: String, instant: String) throws {
        #expect(try time(wall, wall, zone: "Europe/Berlin") == timed(instant, instant))
    }
}
