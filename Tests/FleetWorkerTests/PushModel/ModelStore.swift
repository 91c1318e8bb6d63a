import FleetCore
import FleetStore
import Foundation
import Graph
import Synchronization
import TestSupport

@testable import FleetWorker

/// What Redis would hold of one connection. Each step is whole or not done at all; the worker may die before it, and
/// after it without hearing of it.
final class ModelStore: PushKeeper {
    struct State {
        var dice: SeededRandom
        var now = ModelCalendar.base
        var shown: [String: String] = [:]
        var companions: [String: String] = [:]
        var records: [BookingID: BookingRecord] = [:]
        var events: [EventID: BookingID] = [:]
        var intents: [BookingID: BookingIntent] = [:]
        var changes: [Change] = []
        var token: Int?
        /// What the job under way has told of its bookings.
        var outcomes: [Int: BookingOutcome] = [:]
        /// The job under way ends with this attempt.
        var isLastTry = false
        var isQuiet = false
        /// What a consumer holds who read the hash after the first sync and has applied each change since.
        var follower: [EventID: CalendarEvent]?

        /// The public hash.
        var mirror: [EventID: CalendarEvent] {
            var mirror: [EventID: CalendarEvent] = [:]
            for json in shown.values { if let event = CalendarEvent(json: json) { mirror[event.id] = event } }
            return mirror
        }
    }

    let lane = ConnectionID(tenant: TenantID("acme"), resource: ResourceID("r"))
    let state: Mutex<State>

    init(seed: UInt64) { state = Mutex(State(dice: SeededRandom(seed: seed))) }

    var now: Date { state.withLock { $0.now } }

    func openIntents() async throws -> [BookingID: BookingIntent] {
        // As it rests: through its stored form and back.
        try state.withLock { state in try state.intents.compactMapValues { try BookingIntent.read($0.json()) } }
    }

    func records(_ bookings: [BookingID]) async throws -> [BookingID: BookingRecord] {
        try state.withLock { state in
            try state.records.filter { bookings.contains($0.key) }.compactMapValues {
                try BookingRecord.read($0.json())
            }
        }
    }

    /// The games are played in one calendar.
    func formerEvents(_ bookings: [BookingID]) async throws -> [BookingID: [EventID]] { [:] }

    func earlierOutcomes() async throws -> [Int: BookingOutcome] { state.withLock { $0.outcomes } }

    func isLastTry(_ trouble: GraphError) -> Bool { state.withLock { $0.isLastTry } }

    func intend(_ writes: BookingWrites) async throws { try step { $0.apply(writes) } }

    func publish(_ push: PushRun) async throws {
        try publish(try plan(push), push.state.writes, push.state.changes, outcomes: push.state.freshOutcomes)
    }

    func change(_ kind: Change.Kind, _ calendar: CalendarID, _ body: Change.Body) -> Change {
        Change(kind, connection: lane, calendar: calendar, job: nil, at: now, body: body)
    }

    func reached(_ point: WorkerHooks.Point) async {}
    func noteYielding(_ count: Int) {}

    /// One step of a commit.
    func step(_ body: (inout State) -> Void) throws {
        try state.withLock { state in
            let isFatal = !state.isQuiet && state.dice.isOne(in: 25)
            if isFatal && state.dice.isOne(in: 2) { throw ModelCalendar.Death() }
            let before = state.changes.count
            body(&state)
            for change in state.changes.dropFirst(before) {
                state.follow(change)
                ModelTrace.say(
                    "      \(change.kind.rawValue) \(change.event?.rawValue ?? "") \(change.booking?.rawValue ?? "")")
            }
            if state.follower == nil && state.token != nil { state.follower = state.mirror }
            if isFatal { throw ModelCalendar.Death() }
        }
    }
}

// MARK: - The mirror

extension ModelStore {
    var range: RoundRange { .planned(now: now, settings: ConnectionSettings()) }

    func context(_ own: [EventID: OwnEvent]) -> SyncPlan.Context {
        SyncPlan.Context(settings: ConnectionSettings(), zone: .utc, now: now, own: own)
    }

    func read() throws -> (mirror: MirrorState, token: Int?) {
        try state.withLock { state in
            let companions = state.companions.map { ($0.key, $0.value) }
            return (try MirrorState(shown: state.shown.map { ($0.key, $0.value) }, companions: companions), state.token)
        }
    }

    /// What a push did to the mirror.
    func plan(_ push: PushRun) throws -> SyncPlan {
        let round = SyncRound(extent: .incremental, range: range, items: push.state.items)
        return SyncPlan(round, try read().mirror, context(push.opened(push.state.shownEvents)))
    }

    func publish(
        _ plan: SyncPlan, _ writes: BookingWrites, _ changes: [Change], token: Int? = nil,
        outcomes: [(Int, BookingOutcome)] = []
    ) throws {
        let at = now
        try step { state in
            var writes = writes
            for step in plan.steps {
                switch step.publicField {
                case .set(let json): state.shown[step.id.rawValue] = json
                case .remove: state.shown[step.id.rawValue] = nil
                }
                switch step.privateField {
                case .set(let json): state.companions[step.id.rawValue] = json
                case .remove: state.companions[step.id.rawValue] = nil
                }
                if let note = step.note { writes.put(note.booking, note.record, lost: note.lost) }
                state.changes += step.entries(
                    connection: lane, calendar: CalendarID("cal"), job: nil, at: at)
            }
            state.apply(writes)
            state.changes += changes
            if let token { state.token = token }
            for (position, outcome) in outcomes { state.outcomes[position] = BookingOutcome(json: outcome.json()) }
        }
    }
}

extension ModelStore.State {
    /// As the contract says: apply by the event's id.
    mutating func follow(_ change: Change) {
        guard let id = change.event, change.kind != .bookingRejected else { return }
        let isOver = [.eventDeleted, .bookingCancelled, .bookingCancelledInOutlook].contains(change.kind)
        guard !isOver, case .event(let event) = change.body else {
            follower?[id] = nil
            return
        }
        follower?[id] = event
    }

    mutating func apply(_ writes: BookingWrites) {
        for (booking, record) in writes.records { records[booking] = record }
        for booking in writes.forgotten { records[booking] = nil }
        for (event, booking) in writes.events { events[event] = booking }
        for event in writes.lostEvents { events[event] = nil }
        for (booking, intent) in writes.intents { intents[booking] = intent }
        for booking in writes.endedIntents { intents[booking] = nil }
    }

    /// Events of bookings, with their records.
    var own: [EventID: OwnEvent] {
        var own: [EventID: OwnEvent] = [:]
        for (event, booking) in events {
            guard let record = records[booking], record.event == event else { continue }
            own[event] = OwnEvent(booking: booking, record: record)
        }
        return own
    }
}
