package import FleetCore
import Redis

// What is kept of bookings, in three hashes of a connection, all written by slices:
//
//     book:LANE     booking id -> record (BookingRecord)
//     bookev:LANE   event id   -> booking id, of live events
//     intent:LANE   booking id -> intent (BookingIntent), from before its first write until its end is published
//
// They go with a disconnect, and with a connect to another calendar; records also once nobody needs them any more
// (BookingRecord.isForgettable).

/// Changes of what is kept of bookings, part of a slice.
package struct BookingWrites: Sendable {
    /// Records to keep.
    package private(set) var records: [(BookingID, BookingRecord)] = []
    /// Records to forget.
    package private(set) var forgotten: [BookingID] = []
    /// Live events and whose they are.
    package private(set) var events: [(EventID, BookingID)] = []
    /// Events that are nobody's any more.
    package private(set) var lostEvents: [EventID] = []
    /// What is about to be written.
    package private(set) var intents: [(BookingID, BookingIntent)] = []
    /// What is not under way any more.
    package private(set) var endedIntents: [BookingID] = []

    /// None.
    package init() {}

    /// Whether nothing changes.
    package var isEmpty: Bool {
        records.isEmpty && forgotten.isEmpty && events.isEmpty && lostEvents.isEmpty && intents.isEmpty
            && endedIntents.isEmpty
    }

    /// Keeps a record, and that its live event is the booking's. `lost` is an event that isn't its own any more.
    package mutating func put(_ booking: BookingID, _ record: BookingRecord, lost: EventID? = nil) {
        records.append((booking, record))
        if record.state == .live, let event = record.event { events.append((event, booking)) }
        if let lost, lost != record.event { lostEvents.append(lost) }
    }

    /// Nothing is kept of a booking any more.
    package mutating func forget(_ booking: BookingID, _ record: BookingRecord) {
        forgotten.append(booking)
        if let event = record.event { lostEvents.append(event) }
    }

    /// An event is no booking's own any more.
    package mutating func lose(_ event: EventID) { lostEvents.append(event) }

    /// Puts down what is about to be written.
    package mutating func begin(_ booking: BookingID, _ intent: BookingIntent) { intents.append((booking, intent)) }

    /// What came of an intent is in this slice, or it came to nothing.
    package mutating func end(_ booking: BookingID) { endedIntents.append(booking) }

    func append(to arguments: inout [RedisValue]) {
        append(records.map { ($0.rawValue, $1.json()) }, without: forgotten.map(\.rawValue), to: &arguments)
        append(events.map { ($0.rawValue, $1.rawValue) }, without: lostEvents.map(\.rawValue), to: &arguments)
        append(intents.map { ($0.rawValue, $1.json()) }, without: endedIntents.map(\.rawValue), to: &arguments)
    }

    private func append(
        _ fields: [(String, String)], without lost: [String], to arguments: inout [RedisValue]
    ) {
        arguments.append(.integer(2 * fields.count))
        for (name, value) in fields { arguments += [.string(name), .string(value)] }
        arguments.append(.integer(lost.count))
        for name in lost { arguments.append(.string(name)) }
    }
}
