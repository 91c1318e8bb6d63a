import FleetCore
import Testing

@testable import Graph

/// Goal: every id and address arrives as it is, and `primary` never as an id. Method: paths as text.
@Suite struct GraphPathTests {
    @Test(
        "each way to name a calendar has its path",
        arguments: [
            (nil, "primary", "/me/calendar", "/me/calendarView"),
            (nil, "AAMk-_x=", "/me/calendars/AAMk-_x%3D", "/me/calendars/AAMk-_x%3D/calendarView"),
            (
                "room@contoso.com", "primary", "/users/room%40contoso.com/calendar",
                "/users/room%40contoso.com/calendarView"
            ),
            (
                "8f14e45f-ceea", "A=", "/users/8f14e45f-ceea/calendars/A%3D",
                "/users/8f14e45f-ceea/calendars/A%3D/calendarView"
            ),
        ] as [(String?, String, String, String)])
    func calendars(mailbox: String?, calendar: String, path: String, view: String) {
        let target = CalendarTarget(
            MailboxScope(mailbox.map { MailboxID($0) }), CalendarRef(CalendarID(calendar)))
        #expect(target.path == path)
        #expect(target.viewPath == view)
    }

    @Test("an event is reached through its calendar where that has an id")
    func events() {
        #expect(CalendarTarget(.me, .primary).eventPath(EventID("E+/=")) == "/me/events/E%2B%2F%3D")
        #expect(CalendarTarget(.me, .id(CalendarID("C"))).eventPath(EventID("E")) == "/me/calendars/C/events/E")
    }

    @Test(
        "nothing in an id or address can end its segment",
        arguments: [
            ("o'brien@contoso.com", "o%27brien%40contoso.com"), ("a/../b", "a%2F..%2Fb"), ("a?b#c", "a%3Fb%23c"),
            ("a%2Fb", "a%252Fb"), ("grün", "gr%C3%BCn"), ("a b+c&d=e", "a%20b%2Bc%26d%3De"), ("\u{1}", "%01"),
            ("A-z_0.9~", "A-z_0.9~"),
        ])
    func encoding(segment: String, encoded: String) {
        #expect(PercentCoding.encode(segment) == encoded)
    }
}
