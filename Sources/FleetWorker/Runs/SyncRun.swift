import FleetCore
import FleetStore
import Foundation
import Graph
import Logging
import Telemetry

/// A sync of a connection, by a payload or by its period: pulls what changed in Outlook into the mirror, and pushes the
/// job's bookings to Outlook.
///
/// Costs one request when nothing changed; with a booking three more, one more with attendees (PushRun).
struct SyncRun: Sendable {
    /// How often the window is moved over the stored events: what enters or leaves it does so within a day, a period
    /// included.
    private static let rollEvery = 43_200.0

    let run: RunContext
    let connection: Connection
    /// nil for a timer's run.
    let request: SyncRequest?

    /// - Throws: whatever ends the run without an end of its own; the runner judges it.
    func perform() async throws {
        guard connection.state == .active else { throw Self.reconnectFirst }
        let session = run.session(connection)
        let bookings = request?.bookings ?? []
        var push: PushRun?
        if refusal == nil {
            push = try await PushRun(
                keeper, connection, calls(session, connection.target), bookings,
                elsewhere: calls(session, connection.mailboxTarget))
        }
        let update: MirrorUpdate?
        if connection.settings.direction == .push {
            update = nil
            if let sight = try await push?.lookFirst(nil) { try await carryOut(&push, sight) }
        } else {
            update = try await pull(session, &push)
        }
        try await end(update, push, bookings)
    }

    /// The calendar as a push uses it: nothing is written that might outlive the lease.
    private func calls(_ session: GraphSession, _ target: CalendarTarget) -> CalendarCalls {
        let guarding = WriteGuard(worker: run.tools.worker)
        var session = session
        session.writeAllowance = { try await guarding.allowance() }
        return CalendarCalls(run: run, session: session, target: target)
    }

    /// The pull comes first: a push then knows what people did, and consumers hear of it in that order.
    private func pull(_ session: GraphSession, _ push: inout PushRun?) async throws -> MirrorUpdate {
        let now = run.tools.now
        let pull = PullRound(
            run: run, session: session, target: connection.target, settings: connection.settings)
        let zone = MailboxZone(named: connection.timeZone) ?? .utc
        let updater = MirrorUpdater(run: run, pull: pull, zone: .known(zone), isFresh: false, own: .named)
        let pending = try await updater.read(header(now), mayPlanNothing: !isRollDue(now))
        let sight = try await push?.lookFirst(pending.named)
        var update = try await updater.plan(pending, opened: sight?.opened ?? [:])
        guard let sight, push != nil else { return update }
        if !update.plan.steps.isEmpty || update.plan.isResync {
            try await publisher.publish(update.plan, closing: resynced(update.plan), end: nil)
        }
        try await carryOut(&push, sight)
        if let push { update.pushed = try await keeper.mirrorPlan(push) }
        return update
    }

    private func carryOut(_ push: inout PushRun?, _ sight: Sight) async throws {
        defer { if let push { run.toldOutcomes.set(push.state.toldOutcomes) } }
        try await push?.push(sight)
    }

    /// What to read: everything when it was asked for, when nothing was read before, or when the window outgrows what
    /// the token covers; else what changed.
    private func header(_ now: Date) -> RoundHeader {
        let settings = connection.settings
        var header = RoundHeader(
            generation: connection.generation, calendar: connection.calendar, extent: .full,
            range: .planned(now: now, settings: settings))
        if let token = connection.deltaToken, let start = connection.roundStart, let end = connection.roundEnd,
            request?.full != true
        {
            let range = RoundRange(start: start, end: end)
            if !range.isOutgrown(now: now, settings: settings, reserve: RoundRange.reserve(of: run.lane)) {
                header.extent = .incremental
                header.range = range
                header.base = token
            }
        }
        return header
    }

    private func isRollDue(_ now: Date) -> Bool {
        connection.windowRolledAt.map { now.timeIntervalSince($0) >= Self.rollEvery } ?? true
    }

    private func end(_ update: MirrorUpdate?, _ push: PushRun?, _ bookings: [BookingRequest]) async throws {
        let now = run.tools.now
        var after = connection
        after.lastSyncAt = now
        after.lastError = nil
        after.nextSyncAt = run.tools.schedule.next(after: now, connection.settings)
        let plan = update?.plan
        if let update {
            after.deltaToken = update.token
            after.roundStart = update.range.start
            after.roundEnd = update.range.end
            if update.isFull || !update.plan.steps.isEmpty || isRollDue(now) { after.windowRolledAt = now }
        }
        let data = SyncData(
            created: plan?.created ?? 0, updated: plan?.updated ?? 0, deleted: plan?.deleted ?? 0,
            full: update?.isFull ?? false, bookings: outcomes(push, bookings), graphCalls: run.counter.count,
            message: Message.sync(malformed: plan?.setAside ?? 0))
        let results = run.results(connection.calendar)
        var end = RunEnd(
            result: results.succeeded(.sync(data), warnings: plan?.warnings ?? [], at: now),
            riders: results.riders(.sync(data), at: now))
        end.nextSync = after.nextSyncAt.map { .at($0) } ?? .never
        try await run.tellRecovery(of: connection)
        if push != nil { await run.tools.worker.hooks.reached(.bookingsPushed(run.lane)) }
        // Where something was pushed, the pull's own plan was published before.
        let steps = (push == nil ? plan : update?.pushed) ?? .nothing
        var writes = push?.state.writes ?? BookingWrites()
        let busy = Set(steps.steps.compactMap { $0.note?.booking }).union(push?.state.records.keys ?? [:].keys)
        try await RecordTidying(run: run, connection: connection).forget(&writes, &after, besides: busy)
        end.connection = after
        try await publisher.publish(
            steps, closing: push?.state.changes ?? plan.map(resynced) ?? [], bookings: writes, end: end)
        // The sync is over; whether this is noted or not changes nothing about it.
        try? await run.tools.realtime.found(data.created + data.updated + data.deleted, connection)
    }

    private var keeper: SyncKeeper { SyncKeeper(run: run, connection: connection) }

    private var publisher: Publisher { Publisher(run: run, calendar: connection.calendar, mirror: .current) }

    private func resynced(_ plan: SyncPlan) -> [Change] {
        plan.isResync ? [run.change(.calendarResynced, connection.calendar)] : []
    }

    // MARK: Outcomes

    private func outcomes(_ push: PushRun?, _ bookings: [BookingRequest]) -> [BookingOutcome] {
        bookings.enumerated().map { position, booking in
            if let outcome = push?.state.outcomes[position] { return outcome }
            let error = refusal ?? JobError(.internal, "nothing was decided for this booking")
            return BookingOutcome(id: booking.id, verdict: .failed, error: error)
        }
    }

    /// Why no booking can be pushed to this calendar.
    private var refusal: JobError? {
        if connection.settings.direction == .pull {
            return JobError(
                .invalidJob, "the connection's direction is pull: bookings are not pushed to Outlook")
        }
        guard !connection.canEdit else { return nil }
        return JobError(.accessDenied, "the calendar is read-only: bookings can't be pushed to it")
    }

    static let reconnectFirst = JobError(
        .reconnectRequired, "the consent to this calendar has ended: connect the resource again")
}

extension Connection {
    /// Where its calendar is at Graph. The default calendar has a path of its own, the documented one for delta rounds.
    var target: CalendarTarget {
        CalendarTarget(MailboxScope(mailbox), requestedCalendar == .primary ? .primary : .id(calendar))
    }

    /// Where any event of its mailbox is, in whatever calendar.
    var mailboxTarget: CalendarTarget { CalendarTarget(MailboxScope(mailbox), .primary) }
}
