import FleetCore
import Testing

/// Goal: a mark leads back to its booking and to no other. Method: pure values.
@Suite struct EventMarkTests {
    private let connection = ConnectionID(tenant: TenantID("acme"), resource: ResourceID("room-1"))

    @Test(
        "a mark tells its booking to its own connection only, and is plain ASCII",
        arguments: ["b-1", "a/b", "it's", "ü 100%", "{x}"])
    func booking(_ id: String) {
        let mark = EventMark(connection: connection, booking: BookingID(id))
        #expect(mark.booking(of: connection) == BookingID(id))
        let other = ConnectionID(tenant: TenantID("acme"), resource: ResourceID("room-2"))
        #expect(mark.booking(of: other) == nil)
        #expect(!mark.rawValue.contains("room") && !mark.rawValue.contains("'"))
        #expect(mark.rawValue.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
    }

    @Test("marks of foreign makes are nobody's")
    func foreign() {
        for text in ["", "/", "b-1", "x/b-1"] {
            #expect(EventMark(rawValue: text).booking(of: connection) == nil)
        }
    }

    @Test(
        "an IANA zone has its Windows name, in every spelling",
        arguments: [
            ("Europe/Berlin", "W. Europe Standard Time"), ("Europe/Madrid", "Romance Standard Time"),
            ("Asia/Kolkata", "India Standard Time"), ("Asia/Calcutta", "India Standard Time"),
            ("Europe/Kyiv", "FLE Standard Time"), ("Etc/UTC", "UTC"), ("Etc/GMT+11", "UTC-11"),
            ("Antarctica/Troll", nil), ("Mars/Olympus", nil),
        ] as [(String, String?)])
    func windowsName(iana: String, windows: String?) {
        #expect(WindowsZones.windows(iana) == windows)
    }
}
