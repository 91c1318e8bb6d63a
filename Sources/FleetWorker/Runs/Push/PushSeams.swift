import FleetCore
import FleetStore
import Foundation
import Graph
import Logging
import Telemetry

// All that a push has from outside: a calendar, and a place for what outlives it. So the whole of it can be played
// against a calendar and a store that are values in memory, some thousand times a second (PushPropertyTests).

/// A calendar, event by event.
protocol EventCalls: Sendable {
    /// One request by itself.
    func answer(_ request: EventRequest) async throws -> EventAnswer
    /// Up to 20 requests at once, in no order; what came of each.
    func batch(_ requests: [EventRequest]) async throws -> [Result<EventAnswer, GraphError>]
    /// Waits before something is sent again for the `number`-th time (SecondTries).
    func pause(before number: Int) async throws
    /// What touches a range at this moment.
    func freshEvents(from: Date, to: Date) async throws -> [FreshEvent]
}

/// A calendar at Graph.
struct CalendarCalls: EventCalls {
    let run: RunContext
    let session: GraphSession
    let target: CalendarTarget

    func pause(before number: Int) async throws { try await run.pause(before: number) }

    func answer(_ request: EventRequest) async throws -> EventAnswer { try await session.answer(target, request) }

    func batch(_ requests: [EventRequest]) async throws -> [Result<EventAnswer, GraphError>] {
        try await session.batch(target, requests)
    }

    func freshEvents(from: Date, to: Date) async throws -> [FreshEvent] {
        try await session.freshEvents(target, from: from, to: to).events
    }
}

/// What outlives a push: the bookings as they are stored, and the stream of changes.
protocol PushKeeper: Sendable {
    /// Whose bookings.
    var lane: ConnectionID { get }
    var now: Date { get }
    /// Writes of which nobody knows what came of them.
    func openIntents() async throws -> [BookingID: BookingIntent]
    /// Records of these bookings; those that aren't kept are missing.
    func records(_ bookings: [BookingID]) async throws -> [BookingID: BookingRecord]
    /// Events of these bookings in calendars that the connection has left; those without any are missing.
    func formerEvents(_ bookings: [BookingID]) async throws -> [BookingID: [EventID]]
    /// What earlier attempts of this job have told of its bookings, by position.
    func earlierOutcomes() async throws -> [Int: BookingOutcome]
    /// Whether the job ends with this trouble.
    func isLastTry(_ trouble: GraphError) -> Bool
    /// Puts down what is about to be written, fenced.
    func intend(_ writes: BookingWrites) async throws
    /// Keeps what a push has come to so far, shows it in the mirror, and tells it: in one step, fenced. The outcomes
    /// are kept for the job's next attempt.
    func publish(_ push: PushRun) async throws
    /// A change, as of now.
    func change(_ kind: Change.Kind, _ calendar: CalendarID, _ body: Change.Body) -> Change
    /// For tests that listen.
    func reached(_ point: WorkerHooks.Point) async
    /// For the log.
    func noteYielding(_ count: Int)
}

/// The keeper of a sync: Redis.
struct SyncKeeper: PushKeeper {
    let run: RunContext
    let connection: Connection

    var lane: ConnectionID { run.lane }
    var now: Date { run.tools.now }

    func openIntents() async throws -> [BookingID: BookingIntent] { try await run.tools.bookings.intents(lane) }

    func records(_ bookings: [BookingID]) async throws -> [BookingID: BookingRecord] {
        try await run.tools.bookings.records(lane, bookings)
    }

    func formerEvents(_ bookings: [BookingID]) async throws -> [BookingID: [EventID]] {
        guard connection.hasFormerEvents else { return [:] }
        return try await run.tools.bookings.former(lane, bookings)
    }

    func earlierOutcomes() async throws -> [Int: BookingOutcome] {
        guard run.isRepeated, let job = run.jobID else { return [:] }
        return try await run.tools.bookings.outcomes(lane, of: job)
    }

    func isLastTry(_ trouble: GraphError) -> Bool {
        let verdict = run.tools.judge.verdict(
            on: trouble, run.claimed.record, jobMaximum: run.job?.maximumAttempts, stop: nil)
        if case .giveUp = verdict { return true }
        return false
    }

    func intend(_ writes: BookingWrites) async throws {
        var slice = Slice()
        slice.bookings = writes
        try await run.tools.commits.commit(slice, run.lease).orThrow()
    }

    func publish(_ push: PushRun) async throws {
        var writes = push.state.writes
        if let job = run.jobID {
            for (position, outcome) in push.state.freshOutcomes { writes.note(outcome, at: position, of: job) }
        }
        try await Publisher(run: run, calendar: connection.calendar, mirror: .current).publish(
            try await mirrorPlan(push), closing: push.state.changes, bookings: writes, end: nil)
    }

    /// What a push did to the mirror; nothing where there is none.
    func mirrorPlan(_ push: PushRun) async throws -> SyncPlan {
        guard connection.settings.direction != .push else { return .nothing }
        let items = push.state.items
        let ids = push.state.shownEvents
        var mirror = try await run.mirror(of: ids)
        // A series goes with all its occurrences, and only the whole mirror says which those are.
        if items.contains(where: { mirror.isRemoval(ofMaster: $0) }) { mirror = try await run.mirror() }
        let context = SyncPlan.Context(
            settings: connection.settings, zone: push.zone, now: now, own: push.opened(ids))
        let range = RoundRange.planned(now: now, settings: connection.settings)
        return SyncPlan(SyncRound(extent: .incremental, range: range, items: items), mirror, context)
    }

    func change(_ kind: Change.Kind, _ calendar: CalendarID, _ body: Change.Body) -> Change {
        run.change(kind, calendar, body)
    }

    func reached(_ point: WorkerHooks.Point) async { await run.tools.worker.hooks.reached(point) }

    func noteYielding(_ count: Int) {
        run.log.event(.notice, "a booking yields to what came before it", [.count: .number(count)])
    }
}
