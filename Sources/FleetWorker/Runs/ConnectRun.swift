import FleetCore
import FleetStore
import Foundation
import Graph

// A connect, step by step. Each is safe to repeat: until the last slice nothing of it is public.
//
//   1. the tokens become a credential, or join the one that had them
//   2. the calendar is looked up: one call, so a mailbox that isn't there costs one; one more tells whose mailbox it is
//      that is called, unless the calendar is the mailbox's own default one
//   3. the zone of the mailbox: its settings, else its working hours, else what its events say, else UTC
//   4. the first round. Another calendar, or none before: into a mirror beside the public one. The same calendar again:
//      the mirror and its token stay, and only what differs (also by the new settings) is told
//   5. one step: the mirror takes its place, the record, the period, `calendar.connected`, the result

/// A connect job.
struct ConnectRun: Sendable {
    let run: RunContext
    let request: ConnectRequest
    /// The connection as it was, if the resource was connected.
    let before: Connection?

    /// - Throws: whatever ends the run without an end of its own; the runner judges it.
    func perform() async throws {
        let credential = try await adopt()
        run.adopted.set(credential)
        var session = run.session(credential, charging: firstCharged(credential))
        let scope = MailboxScope(request.mailbox)
        let remote = try await session.calendar(CalendarTarget(scope, CalendarRef(request.calendar)))
        var connection = connection(credential, remote)
        connection.mailboxOwner = try await mailboxOwner(session, scope, remote)
        session.scope.mailboxes = connection.chargedMailboxes
        run.tools.budgets?.learned(
            ChargedMailbox.stranger(credential, request.mailbox), is: connection.calledMailbox, of: run.lane.tenant)
        let (zone, isGuess) = try await zone(session, scope, remote)
        let watch = try await watch(connection)
        let update = try await pull(session, &connection, zone)
        let guessed = isGuess && update.map { $0.zone == .utc } ?? true
        connection.timeZone = (update?.zone ?? zone.zone([])).identifier
        try await end(&connection, update, watch, warnings: guessed ? [Self.zoneWarning] : [])
    }

    // MARK: Steps

    /// Whom the first call is charged to: it tells whose mailbox this is.
    private func firstCharged(_ credential: CredentialID) -> [String] {
        if let before, before.credential == credential, before.mailbox == request.mailbox {
            return before.chargedMailboxes
        }
        return [ChargedMailbox.stranger(credential, request.mailbox)]
    }

    private func adopt() async throws -> CredentialID {
        switch request.authorization {
        case .tokens(let tokens):
            guard let credential = try await run.tools.vault.adopt(tokens, run.lease) else { throw FencedOut() }
            return credential.id
        case .appOnly(let directory):
            guard let id = try await run.tools.vault.adoptAppOnly(directory: directory, run.lease) else {
                throw FencedOut()
            }
            return id
        }
    }

    /// Before the calendar is read: what changes from then on is told. nil where nobody asked for realtime.
    private func watch(_ connection: Connection) async throws -> WatchState? {
        if let before, before.wantsRealtime, !connection.wantsRealtime || before.mailboxKey != connection.mailboxKey {
            try await run.tools.realtime.release(before, run.lease)
        }
        guard connection.wantsRealtime else { return nil }
        let realtime = run.tools.realtime
        guard realtime.isPossible else { return .polled("the fleet has no webhook URL") }
        run.joinsMailbox.set()
        return try await realtime.watch(connection, run.lease)
    }

    /// Whose mailbox is called: what its budget goes by.
    private func mailboxOwner(
        _ session: GraphSession, _ scope: MailboxScope, _ remote: RemoteCalendar
    ) async throws -> String {
        if request.calendar == .primary { return remote.owner ?? "" }
        // A calendar's id belongs to one mailbox.
        if let before, before.calendar == remote.id, before.mailbox == request.mailbox, !before.mailboxOwner.isEmpty {
            return before.mailboxOwner
        }
        do {
            return try await session.calendar(CalendarTarget(scope, .primary)).owner ?? ""
        } catch let error as GraphError {
            switch error.action {
            // Some may see a calendar and not the mailbox around it.
            case .accessDenied, .notFound, .permanent: return ""
            default: throw error
            }
        }
    }

    private func zone(
        _ session: GraphSession, _ scope: MailboxScope, _ remote: RemoteCalendar
    ) async throws -> (ZoneHint, isGuess: Bool) {
        if let zone = try await session.mailboxTimeZone(scope).flatMap({ MailboxZone(named: $0) }) {
            return (.known(zone), false)
        }
        if let owner = remote.owner,
            let name = try await session.workingHoursTimeZone(scope, address: owner, on: run.tools.now),
            let zone = MailboxZone(named: name)
        {
            return (.known(zone), false)
        }
        return (.fromEvents, true)
    }

    private func connection(_ credential: CredentialID, _ remote: RemoteCalendar) -> Connection {
        var connection = Connection(
            id: run.lane, generation: (before?.generation ?? 0) + 1, requestedCalendar: request.calendar,
            calendar: remote.id, calendarName: remote.name, owner: remote.owner ?? "", canEdit: remote.canEdit,
            mailbox: request.mailbox, credential: credential, settings: request.settings, timeZone: "UTC")
        if let before, keepsMirror(remote.id) {
            connection.deltaToken = before.deltaToken
            connection.roundStart = before.roundStart
            connection.roundEnd = before.roundEnd
            connection.windowRolledAt = before.windowRolledAt
        }
        if let before, keepsBookings(remote.id) {
            connection.hasEarlierEvents = before.hasEarlierEvents
            connection.hasFormerEvents = before.hasFormerEvents
            connection.recordsTidiedAt = before.recordsTidiedAt
        }
        return connection
    }

    /// The same calendar again, of which there is a mirror.
    private func keepsMirror(_ calendar: CalendarID) -> Bool {
        guard let before, request.settings.direction != .push else { return false }
        return before.calendar == calendar && before.mailbox == request.mailbox && before.deltaToken != nil
    }

    /// The same calendar again, whether or not there is a mirror of it.
    private func keepsBookings(_ calendar: CalendarID) -> Bool {
        guard let before else { return false }
        return before.calendar == calendar && before.mailbox == request.mailbox
    }

    /// What becomes of what is known of bookings.
    private func bookings(_ connection: Connection) -> RunEnd.Bookings {
        guard let before, !keepsBookings(connection.calendar) else { return .kept }
        // Events of a calendar that somebody shared are in another mailbox than the one that is called.
        let isSameMailbox = before.mailbox == request.mailbox && before.chargedMailboxes == [connection.calledMailbox]
        return isSameMailbox ? .left : .forgotten
    }

    private func pull(
        _ session: GraphSession, _ connection: inout Connection, _ zone: ZoneHint
    ) async throws -> MirrorUpdate? {
        guard connection.settings.direction != .push else { return nil }
        let pull = PullRound(
            run: run, session: session, target: connection.target, settings: connection.settings)
        let isFresh = !keepsMirror(connection.calendar)
        let updater = MirrorUpdater(
            run: run, pull: pull, zone: zone, isFresh: isFresh,
            own: keepsBookings(connection.calendar) ? .all : .none)
        let update = try await updater.update(header(connection), mayPlanNothing: false)
        connection.deltaToken = update.token
        connection.roundStart = update.range.start
        connection.roundEnd = update.range.end
        connection.windowRolledAt = run.tools.now
        // Nothing is stored of bookings, and the calendar holds events of some.
        if update.holdsEventsOfOurs, !keepsBookings(connection.calendar) { connection.hasEarlierEvents = true }
        return update
    }

    private func header(_ connection: Connection) -> RoundHeader {
        let now = run.tools.now
        var header = RoundHeader(
            generation: connection.generation, calendar: connection.calendar, extent: .first,
            range: .planned(now: now, settings: connection.settings))
        guard let before, keepsMirror(connection.calendar) else { return header }
        header.extent = .full
        guard let token = before.deltaToken, let start = before.roundStart, let end = before.roundEnd,
            !connection.settings.needsFullRound(after: before.settings)
        else { return header }
        let range = RoundRange(start: start, end: end)
        if !range.isOutgrown(now: now, settings: connection.settings, reserve: RoundRange.reserve(of: run.lane)) {
            header.extent = .incremental
            header.range = range
            header.base = token
        }
        return header
    }

    private func end(
        _ connection: inout Connection, _ update: MirrorUpdate?, _ watch: WatchState?, warnings: [String]
    ) async throws {
        let now = run.tools.now
        let settings = connection.settings
        connection.lastSyncAt = now
        connection.nextSyncAt = run.tools.schedule.first(after: now, settings)
        let message = Message.connect(
            canEdit: connection.canEdit, direction: settings.direction,
            polledEvery: watch?.refusal == nil ? nil : Self.pollSeconds)
        let data = ConnectData(
            calendar: connection.calendar, calendarName: connection.calendarName,
            owner: connection.owner.isEmpty ? nil : connection.owner, canEdit: connection.canEdit,
            events: update?.plan.shown ?? 0, frequency: settings.frequency, nextSyncAt: connection.nextSyncAt,
            message: message)
        let result = run.results(connection.calendar)
            .succeeded(
                .connect(data),
                warnings: warnings + (watch?.refusal.map { ["polled: \($0)"] } ?? []) + (update?.plan.warnings ?? []),
                at: now)
        var end = RunEnd(result: result)
        end.promotesFreshMirror = !keepsMirror(connection.calendar)
        end.bookings = bookings(connection)
        if end.bookings == .left { connection.hasFormerEvents = true }
        end.connection = connection
        end.nextSync = connection.nextSyncAt.map { .at($0) } ?? .never
        let window = SyncWindow(now: now, settings: settings)
        let connected = run.change(
            .calendarConnected, connection.calendar,
            .window(
                past: settings.windowPastSeconds, future: settings.windowFutureSeconds, from: window.start,
                to: window.end))
        try await run.tellRecovery(of: before)
        let publisher = Publisher(
            run: run, calendar: connection.calendar, mirror: end.promotesFreshMirror ? .fresh : .current)
        try await publisher.publish(update?.plan ?? .nothing, closing: [connected], end: end)
    }

    private static let pollSeconds = Int(SyncSchedule.period(of: .realtime)?.components.seconds ?? 300)
    private static let zoneWarning =
        "the mailbox's time zone is not known: all-day events are placed by UTC days (grant MailboxSettings.Read)"
}
