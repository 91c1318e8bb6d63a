// Goal: Swift and Lua read the same job out of the same bytes. Method: round trips, and what scripts change.
import FleetCore
import Foundation
import Testing

@testable import FleetStore

@Suite("Records")
struct RecordTests {
    private static var full: JobRecord {
        var record = JobRecord(
            kind: .connect, riding: .withFull, priority: .low, origin: .payload,
            enqueuedAt: Date(milliseconds: 1_700_000_000_123), notBefore: Date(milliseconds: 1_800_000_000_000),
            expiresAt: Date(milliseconds: 1_900_000_000_999), id: JobID("a b/ü"),
            requestedCalendar: CalendarID("CAL"), retryOf: JobID("old"),
            traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", sealedTokens: "k1:abc",
            payload: Array("{\n\"x\":\"\\u0000\n\"}".utf8) + [0xFF, 0x00])
        record.attempts = 99
        record.crashes = 3
        record.deferrals = 1234
        return record
    }

    @Test("a record is read back as it was written, whatever bytes its payload has")
    func roundTrip() {
        #expect(JobRecord(encoded: Self.full.encoded()) == Self.full)
        let plain = JobRecord(kind: .sync, enqueuedAt: Date(milliseconds: 5), id: JobID("x"), payload: [])
        #expect(JobRecord(encoded: plain.encoded()) == plain)
    }

    @Test("counters saturate at their columns", arguments: [(1000, "999"), (-5, "000"), (7, "007")])
    func saturates(number: Int, text: String) {
        var bytes: [UInt8] = []
        bytes.append(number: number, width: 3)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test("a newer form, a cut record and rubbish are not read")
    func refused() {
        let good = Self.full.encoded()
        #expect(JobRecord(encoded: [UInt8(ascii: "2")] + good.dropFirst()) == nil)
        for length in [0, 10, JobRecord.Column.tail, JobRecord.Column.tail + 3] {
            #expect(JobRecord(encoded: Array(good.prefix(length))) == nil)
        }
        for column in 0..<JobRecord.Column.tail where column != 4 && column != 5 {
            var bytes = good
            bytes[column] = UInt8(ascii: "?")
            #expect(JobRecord(encoded: bytes) == nil, "column \(column)")
        }
    }

    @Test("a connection's record tells scripts its names, its credential and its period")
    func connectionLine() throws {
        let id = try #require(ConnectionID("acme:r1"))
        var connection = Connection(
            id: id, generation: 3, requestedCalendar: .primary, calendar: CalendarID("A="), calendarName: "Räume",
            owner: "o", canEdit: false, mailbox: nil, credential: CredentialID("c-1"), settings: ConnectionSettings(),
            timeZone: "UTC")
        func line() -> String {
            String(decoding: StoredConnection(connection).bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        }
        #expect(line() == "primary A= c-1 300000")
        #expect(try StoredConnection(connection).decoded() == connection)
        connection.settings.frequency = .manual
        #expect(line() == "primary A= c-1 0")
        connection.settings.frequency = .every(seconds: 60)
        connection.state = .reconnectRequired
        #expect(line() == "primary A= c-1 0")
    }

    @Test(
        "a connection that a newer fleet wrote, and a damaged one, can't be read",
        arguments: ["x", "a b c 1\n{}", "a b c 1\n{\"v\":99}"])
    func unreadable(text: String) {
        #expect {
            try StoredConnection(bytes: Array(text.utf8)).decoded()
        } throws: { ($0 as? StoreError)?.code == .unreadable }
    }
}
