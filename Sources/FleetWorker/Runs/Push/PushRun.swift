import FleetCore
import FleetStore
import Foundation
import Graph

// The bookings of a job on their way to Outlook, in waves; one wave is the rule.
//
//   1 look     what is in the calendar where they want to be, read at this moment; what became of writes that an
//              earlier run began and nobody published; what people did to these events (PushRun+Look)
//   2 decide   one after the other, pure                                               (BookingDesk)
//   3 intend   put down in Redis what is about to be written: a successor looks, then writes
//   4 write    creates, changes and removals, many in a batch                          (PushRun+Write)
//   5 look     again: who came between is yielded to, what was written is undone       (LookAgain, PushRun+LookAgain)
//   6 invite   what nobody should see before the booking stands
//   7 tidy     what the booking has left in a calendar that was connected before  (PushRun+Former)
//
// A second wave decides again what was overtaken (a person changed the event in the same moment, the place it lost to
// didn't come to be), and bookings that come twice in a job. Nothing is published before the end: results, changes,
// records and mirror go in one step. So whatever happens on the way, the intents stay, the job is tried again, and the
// first look finds what was written. What can't be cured for one booking fails that one; what concerns all ends the
// run.

/// Pushes the bookings of one job, and settles what earlier runs left open.
struct PushRun: Sendable {
    /// How often one booking is decided again before it fails.
    private static let mostTries = 3

    let keeper: any PushKeeper
    let connection: Connection
    let requests: [BookingRequest]
    let zone: MailboxZone
    let probe: EventProbe
    /// The whole mailbox.
    let elsewhere: EventProbe
    var state = PushState()
    /// Found under a transaction id that Graph had taken before.
    var adopted: [BookingID: FreshEvent] = [:]

    /// With what is stored of the bookings. Nil when there is nothing to push and nothing left open.
    ///
    /// - Parameters:
    ///   - calls: to the calendar.
    ///   - elsewhere: to the mailbox, with whatever calendars it has.
    init?(
        _ keeper: any PushKeeper, _ connection: Connection, _ calls: any EventCalls, _ requests: [BookingRequest],
        elsewhere: any EventCalls
    ) async throws {
        self.keeper = keeper
        self.connection = connection
        self.requests = requests
        zone = MailboxZone(named: connection.timeZone) ?? .utc
        probe = EventProbe(calls: calls, zone: zone)
        self.elsewhere = EventProbe(calls: elsewhere, zone: zone)
        state.intents = try await keeper.openIntents()
        guard !requests.isEmpty || !state.intents.isEmpty else { return nil }
        let ids = Set(requests.map(\.id)).union(state.intents.keys)
        state.records = try await keeper.records(ids.sorted { $0.rawValue < $1.rawValue })
        state.found(outcomes: try await keeper.earlierOutcomes())
        state.found(former: try await keeper.formerEvents(requests.map(\.id)))
    }

    /// The first look, before the round of pages is planned: its `opened` events are told here, not there.
    ///
    /// - Parameter named: the events that the round of pages names; nil when none was read.
    mutating func lookFirst(_ named: Set<EventID>?) async throws -> Sight {
        try await look(at: wave(of: undecided), named: named, settling: true)
    }

    /// Carries everything out; returns when each booking has an outcome.
    ///
    /// - Throws: troubles that concern more than one booking. At the job's last attempt what the others have come to
    ///   was published before, and `state.toldOutcomes` has it.
    mutating func push(_ first: Sight) async throws {
        var rest = undecided
        var tries: [Int: Int] = [:]
        var sight = first
        while true {
            let positions = wave(of: rest)
            let overtaken = try await carryOut(sight, positions)
            if let trouble = state.trouble {
                try await publishSoFar()
                throw trouble
            }
            var again: [Int] = []
            for position in overtaken {
                tries[position, default: 0] += 1
                if tries[position, default: 0] < Self.mostTries { again.append(position) } else { giveUp(position) }
            }
            let further = rest.dropFirst(positions.count)
            rest = again + further
            guard !rest.isEmpty else { return }
            if !further.isEmpty || again.contains(where: { state.isTouched(requests[$0].id) }) {
                try await publishSoFar()
            }
            sight = try await look(at: wave(of: rest), named: nil, settling: false)
        }
    }

    /// Those of which no earlier attempt has told anything.
    private var undecided: [Int] { requests.indices.filter { state.outcomes[$0] == nil } }

    /// The first of these that can go together: each booking once.
    private func wave(of positions: [Int]) -> [Int] {
        var seen: Set<BookingID> = []
        return Array(positions.prefix { seen.insert(requests[$0].id).inserted })
    }

    private mutating func giveUp(_ position: Int) {
        let booking = requests[position].id
        let error = JobError(
            .graphUnavailable, "the event was changed in Outlook each time it was to be written; push it again")
        state.outcomes[position] = BookingOutcome(
            id: booking, verdict: .failed, event: state.records[booking]?.event, error: error)
        // What a create has come to is still to be told: the next sync sees to it.
        if state.intents[booking]?.kind != .create { state.settle(booking) }
    }

    /// A booking that comes twice: what its first part came to must be known before the second begins, and is known to
    /// the job's next attempt, which would take its own event for an old one.
    private mutating func publishSoFar() async throws {
        try await keeper.publish(self)
        state.wasPublished()
    }

    /// Events that this push wrote or told of, for a plan that must not tell of them again.
    func opened(_ events: [EventID]) -> [EventID: OwnEvent] {
        var bookings: [EventID: BookingID] = [:]
        for (booking, record) in state.records { if let event = record.event { bookings[event] = booking } }
        var opened: [EventID: OwnEvent] = [:]
        for event in events {
            let booking = bookings[event]
            opened[event] = OwnEvent(
                // Of an event that is gone nobody needs to know whose it was.
                booking: booking ?? BookingID(""),
                record: BookingRecord(state: booking == nil ? .gone : .live, event: event), isOpen: true)
        }
        return opened
    }

    // MARK: What everybody needs

    /// The event as consumers see it.
    func seen(_ event: FreshEvent, _ booking: BookingID) -> CalendarEvent? {
        CalendarEvent(event.event, booking: booking, settings: connection.settings, zone: zone)
    }

    /// A change of a booking, as of now.
    func change(
        _ kind: Change.Kind, _ booking: BookingID, _ event: EventID?, _ body: Change.Body = .none
    ) -> Change {
        var change = keeper.change(kind, connection.calendar, body)
        change.booking = booking
        change.event = event
        return change
    }

    /// Tells news of a booking's event as it is. What was put into a consumer's copy of the hash with that, and is in
    /// no hash, is taken out again: a master.
    mutating func tell(_ news: Change.Kind, _ booking: BookingID, _ event: FreshEvent, _ seen: CalendarEvent?) {
        let body: Change.Body = seen.map { .event($0) } ?? .none
        state.tell(change(news, booking, event.event.id, body))
        if event.kind == .master { state.tell(change(.eventDeleted, booking, event.event.id, body)) }
    }

    /// The mark of a booking's event.
    func mark(_ booking: BookingID) -> EventMark { EventMark(connection: keeper.lane, booking: booking) }
}
