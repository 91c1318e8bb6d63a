import FleetCore
import Foundation
import Testing

// Goal: names of zones as Graph gives them lead to the right midnights. Method: tables; every row of the table is known
// to this machine.

@Suite struct ZoneTests {
    @Test(
        "S53: Windows names, both spellings of IANA names, and UTC in all its forms are known",
        arguments: [
            ("W. Europe Standard Time", "Europe/Berlin"), ("w. europe standard time", "Europe/Berlin"),
            ("Pacific Standard Time", "America/Los_Angeles"), ("UTC-11", "Etc/GMT+11"), ("UTC", "Etc/UTC"),
            ("India Standard Time", "Asia/Calcutta"), ("FLE Standard Time", "Europe/Kiev"), ("GMT", "Etc/UTC"),
            ("tzone://Microsoft/Utc", "Etc/UTC"), ("Europe/Kyiv", "Europe/Kyiv"), ("Europe/Kiev", "Europe/Kiev"),
            ("Asia/Kolkata", "Asia/Kolkata"), ("Kamchatka Standard Time", "Asia/Kamchatka"),
            ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ])
    func names(_ name: String, _ identifier: String) {
        #expect(MailboxZone(named: name)?.identifier == identifier)
    }

    @Test(
        "custom and unknown names are none",
        arguments: ["tzone://Microsoft/Custom", "Customized Time Zone", "", "[]", "Mars/Olympus", "Nonsense", "../etc"])
    func unknown(_ name: String) {
        #expect(MailboxZone(named: name) == nil)
    }

    @Test("the first known name wins, and UTC stands in for none")
    func resolves() {
        let found = MailboxZone.resolve([nil, "Customized Time Zone", "Romance Standard Time", "UTC"])
        #expect(found.zone.identifier == "Europe/Paris" && !found.isGuess)
        #expect(MailboxZone.resolve([nil, "x"]).zone == .utc && MailboxZone.resolve([]).isGuess)
    }

    @Test("a new and an old spelling are the same zone")
    func spellings() throws {
        for (old, new) in [("Europe/Kiev", "Europe/Kyiv"), ("Asia/Calcutta", "Asia/Kolkata")] {
            let day = try #require(CalendarDate("2026-05-16"))
            #expect(MailboxZone(named: old)?.midnight(of: day) == MailboxZone(named: new)?.midnight(of: day))
        }
    }

    @Test(
        "a day begins at its midnight, across changes of the clock too",
        arguments: [
            ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"),
            ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"),
            ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z"),
            ("Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00Z"),
            ("America/New_York", "2026-03-08", "2026-03-08T05:00:00Z"),
            ("Etc/UTC", "2026-01-01", "2026-01-01T00:00:00Z"),
            ("Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00:00Z"),
            ("Asia/Kathmandu", "2026-01-01", "2025-12-31T18:15:00Z"),
            // Midnight doesn't exist: the clock jumps from 24:00 to 01:00.
            ("Asia/Beirut", "2022-03-27", "2022-03-26T22:00:00Z"),
            ("Africa/Cairo", "2024-04-26", "2024-04-25T22:00:00Z"),
            // Midnight comes twice: the clock goes from 24:00 back to 23:00, or from 01:00 back to 00:00.
            ("America/Havana", "2023-11-05", "2023-11-05T04:00:00Z"),
        ])
    func midnights(_ zone: String, _ day: String, _ instant: String) throws {
        let zone = try #require(MailboxZone(named: zone))
        #expect(RFC3339.string(zone.midnight(of: CalendarDate(day)!)) == instant)
    }
}
