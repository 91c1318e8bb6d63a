import FleetCore
import FleetStore
import Foundation
import Graph
import Logging
import Telemetry

/// A sync of a connection, by a payload or by its period: pulls what changed in Outlook into the mirror.
///
/// Costs one request when nothing changed. Bookings aren't pushed by this version: each is answered `failed`.
struct SyncRun: Sendable {
    /// How often the window is moved over the stored events.
    private static let rollEvery = 86_400.0

    let run: RunContext
    let connection: Connection
    /// nil for a timer's run.
    let request: SyncRequest?

    /// - Throws: whatever ends the run without an end of its own; the runner judges it.
    func perform() async throws {
        guard connection.state == .active else { throw Self.reconnectFirst }
        let bookings = (request?.bookings ?? []).map(outcome)
        var after = connection
        guard connection.settings.direction != .push else { return try await end(nil, &after, bookings) }
        let update = try await pull()
        after.deltaToken = update.token
        after.roundStart = update.range.start
        after.roundEnd = update.range.end
        try await end(update, &after, bookings)
    }

    private func pull() async throws -> MirrorUpdate {
        let now = run.tools.now
        let settings = connection.settings
        let pull = PullRound(
            run: run, session: run.session(connection.credential, owner: connection.owner),
            target: connection.target, settings: settings)
        let zone = MailboxZone(named: connection.timeZone) ?? .utc
        let updater = MirrorUpdater(run: run, pull: pull, zone: .known(zone), isFresh: false)
        return try await updater.update(header(now), mayPlanNothing: !isRollDue(now))
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

    private func end(_ update: MirrorUpdate?, _ after: inout Connection, _ bookings: [BookingOutcome]) async throws {
        let now = run.tools.now
        after.lastSyncAt = now
        after.lastError = nil
        after.nextSyncAt = run.tools.schedule.next(after: now, connection.settings)
        let plan = update?.plan
        if let update, update.isFull || !update.plan.steps.isEmpty || isRollDue(now) { after.windowRolledAt = now }
        let data = SyncData(
            created: plan?.created ?? 0, updated: plan?.updated ?? 0, deleted: plan?.deleted ?? 0,
            full: update?.isFull ?? false, bookings: bookings, graphCalls: run.counter.count,
            message: Message.sync(malformed: plan?.setAside ?? 0))
        let results = run.results(connection.calendar)
        var end = RunEnd(
            result: results.succeeded(.sync(data), warnings: plan?.warnings ?? [], at: now),
            riders: results.riders(.sync(data), at: now))
        end.connection = after
        end.nextSync = after.nextSyncAt.map { .at($0) } ?? .never
        try await run.tellRecovery(of: connection)
        let publisher = Publisher(run: run, calendar: connection.calendar, mirror: .current)
        let closing = plan?.isResync == true ? [run.change(.calendarResynced, connection.calendar)] : []
        try await publisher.publish(plan ?? .nothing, closing: closing, end: end)
        // The sync is over; whether this is noted or not changes nothing about it.
        try? await run.tools.realtime?.found(data.created + data.updated + data.deleted, connection)
    }

    private func outcome(of booking: BookingRequest) -> BookingOutcome {
        let error =
            connection.settings.direction == .pull
            ? JobError(.invalidJob, "the connection's direction is pull: bookings are not pushed to Outlook")
            : connection.canEdit
                ? JobError(.internal, "this version does not push bookings to Outlook yet; nothing was written")
                : JobError(.accessDenied, "the calendar is read-only: bookings can't be pushed to it")
        return BookingOutcome(id: booking.id, verdict: .failed, error: error)
    }

    static let reconnectFirst = JobError(
        .reconnectRequired, "the consent to this calendar has ended: connect the resource again")
}

extension Connection {
    /// Where its calendar is at Graph. The default calendar has a path of its own, the documented one for delta rounds.
    var target: CalendarTarget {
        CalendarTarget(MailboxScope(mailbox), requestedCalendar == .primary ? .primary : .id(calendar))
    }
}
