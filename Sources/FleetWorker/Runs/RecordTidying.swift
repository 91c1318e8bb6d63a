import FleetCore
import FleetStore
import Foundation

// What is kept of bookings grows by a record for each, so a connection that lives for years would hold all it ever had.
// Once a week a sync looks through the records and forgets those that nobody needs any more, some hundred at a time;
// the rest goes at the next one.

/// Forgets old records of bookings.
struct RecordTidying: Sendable {
    private static let every = 7 * 86_400.0
    /// As many deletions as a slice has events.
    private static let most = 500

    let run: RunContext
    let connection: Connection

    /// Adds what to forget to `writes`, if it is time, and notes it in `after`. `busy` are bookings that this sync has
    /// to do with.
    func forget(_ writes: inout BookingWrites, _ after: inout Connection, besides busy: Set<BookingID>) async throws {
        let now = run.tools.now
        guard let last = connection.recordsTidiedAt else {
            after.recordsTidiedAt = now
            return
        }
        guard now.timeIntervalSince(last) >= Self.every else { return }
        let past = connection.settings.windowPastSeconds
        var old: [(BookingID, BookingRecord)] = []
        try await run.tools.bookings.forEachRecord(run.lane) { piece in
            for (booking, record) in piece where old.count < Self.most && !busy.contains(booking) {
                if record.isForgettable(at: now, windowPastSeconds: past) { old.append((booking, record)) }
            }
        }
        for (booking, record) in old { writes.forget(booking, record) }
        if old.count < Self.most { after.recordsTidiedAt = now }
        if old.contains(where: { $0.1.state == .live }) { after.hasEarlierEvents = true }
    }
}
