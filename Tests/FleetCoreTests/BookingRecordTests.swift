import Foundation
import Testing

@testable import FleetCore

// Goal: what is kept of bookings is bounded, and a newer fleet's isn't touched. Method: values.

@Suite("Records of bookings") struct BookingRecordTests {
    private static let now = Date(timeIntervalSince1970: 1_780_000_000)

    private static func record(_ state: BookingRecord.State, endedDaysAgo days: Double) -> BookingRecord {
        let end = now.addingTimeInterval(-days * 86_400)
        guard state == .live else { return BookingRecord(state: state, revision: 3, endedAt: end) }
        return BookingRecord(
            state: .live, event: EventID("e"),
            seen: CalendarEvent(id: EventID("e"), start: end.addingTimeInterval(-3600), end: end, title: "T"))
    }

    @Test(
        "what ended is kept for 90 days, what took place for 400, or as long as the window shows it",
        arguments: [
            (BookingRecord.State.cancelled, 89.0, 30, false), (.cancelled, 91, 30, true), (.gone, 91, 30, true),
            (.live, -5, 30, false), (.live, 399, 30, false), (.live, 401, 30, true), (.live, 401, 400, false),
            (.live, 461, 400, true),
        ])
    func forgettable(state: BookingRecord.State, days: Double, pastDays: Int, isForgettable: Bool) {
        let record = Self.record(state, endedDaysAgo: days)
        #expect(record.isForgettable(at: Self.now, windowPastSeconds: pastDays * 86_400) == isForgettable)
    }

    @Test("records and intents read back as they were written, and those of a newer fleet are refused")
    func stored() throws {
        let record = Self.record(.gone, endedDaysAgo: 1)
        #expect(try BookingRecord.read(record.json()) == record)
        var series = Self.record(.live, endedDaysAgo: 1)
        series.isSeries = true
        series.former = EventID("f")
        #expect(try BookingRecord.read(series.json()) == series)
        var intent = BookingIntent(.create, transactionID: "x", revision: 2, mayOverlap: true, at: Self.now)
        intent.hasStood = true
        intent.doubts = [.time, .body]
        #expect(try BookingIntent.read(intent.json()) == intent)
        for json in [record.json(), intent.json()].map({ $0.replacing("\"v\":1", with: "\"v\":2") }) {
            #expect(throws: NewerVersion(version: 2)) { try BookingRecord.read(json) }
            #expect(throws: NewerVersion(version: 2)) { try BookingIntent.read(json) }
        }
    }

    @Test("a transaction id tells whose it is, and nothing else does")
    func transactions() {
        let lane = ConnectionID(tenant: TenantID("acme"), resource: ResourceID("r"))
        let other = ConnectionID(tenant: TenantID("acme"), resource: ResourceID("r2"))
        let id = TransactionID.make(lane, CalendarID("c"), BookingID("b"), number: 1)
        #expect(id.utf8.count == 36)
        #expect(TransactionID.isOurs(id.uppercased(), lane) && !TransactionID.isOurs(id, other))
        #expect(!TransactionID.isOurs("", lane))
    }
}
