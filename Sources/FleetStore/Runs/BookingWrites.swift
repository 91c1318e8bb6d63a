package import FleetCore
import Redis

// What is kept of bookings, in five hashes of a connection, all written by slices:
//
//     book:LANE     booking id -> record (BookingRecord)
//     bookev:LANE   event id   -> booking id, of live events
//     intent:LANE   booking id -> intent (BookingIntent), from before its first write until its end is published
//     former:LANE   booking id -> its events in calendars that the connection has left, with spaces between, until the
//                   booking is pushed again (PushRun+Former)
//     done:LANE     "job id, LF, position" -> outcome, of a job that goes on: what was told of a booking by an earlier
//                   attempt, or by the part of this one that came before
//
// They go with a disconnect, and with a connect to another mailbox; with one to another calendar of the mailbox the
// live events become former ones. Records also go once nobody needs them any more (BookingRecord.isForgettable), and
// outcomes with the end of the run.

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
    /// Events that are left in other calendars.
    package private(set) var former: [(BookingID, [EventID])] = []
    /// Bookings that have no events in other calendars any more.
    package private(set) var withoutFormer: [BookingID] = []

    /// What a job that goes on has come to.
    package private(set) var outcomes: [(String, BookingOutcome)] = []

    /// None.
    package init() {}

    /// Whether nothing changes.
    package var isEmpty: Bool {
        records.isEmpty && forgotten.isEmpty && events.isEmpty && lostEvents.isEmpty && intents.isEmpty
            && endedIntents.isEmpty && former.isEmpty && withoutFormer.isEmpty && outcomes.isEmpty
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

    /// What a booking has left in other calendars.
    package mutating func leave(_ booking: BookingID, _ events: [EventID]) {
        if events.isEmpty { withoutFormer.append(booking) } else { former.append((booking, events)) }
    }

    /// What became of a job's booking, told with this slice while the job goes on.
    package mutating func note(_ outcome: BookingOutcome, at position: Int, of job: JobID) {
        outcomes.append((OutcomeField.name(job, position), outcome))
    }

    func append(to arguments: inout [RedisValue]) {
        append(records.map { ($0.rawValue, $1.json()) }, without: forgotten.map(\.rawValue), to: &arguments)
        append(events.map { ($0.rawValue, $1.rawValue) }, without: lostEvents.map(\.rawValue), to: &arguments)
        append(intents.map { ($0.rawValue, $1.json()) }, without: endedIntents.map(\.rawValue), to: &arguments)
        append(
            former.map { ($0.rawValue, FormerEvents.text($1)) }, without: withoutFormer.map(\.rawValue), to: &arguments)
        append(outcomes.map { ($0, $1.json()) }, without: [], to: &arguments)
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

/// Where an outcome rests.
enum OutcomeField {
    static func name(_ job: JobID, _ position: Int) -> String { "\(job.rawValue)\n\(position)" }

    /// The position, if the outcome is of that job.
    static func position(_ name: String, of job: JobID) -> Int? {
        guard name.hasPrefix(job.rawValue + "\n") else { return nil }
        return Int(name.dropFirst(job.rawValue.count + 1))
    }
}

/// A booking's events in calendars that its connection has left, as they rest.
enum FormerEvents {
    static func text(_ events: [EventID]) -> String { events.map(\.rawValue).joined(separator: " ") }

    static func events(_ text: String) -> [EventID] { text.split(separator: " ").map { EventID(String($0)) } }
}
