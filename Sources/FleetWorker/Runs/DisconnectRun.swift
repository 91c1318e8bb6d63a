import FleetCore
import FleetStore
import Foundation
import Graph
import Logging
import Telemetry

// A disconnect: everything of ours goes, in one step. It needs no consent. With `remove_events` the events that this
// connection pushed go from Outlook first, also from calendars of the mailbox that it was mapped to before: those that
// its records name, not those that carry its mark, for people copy events, and copies carry it. The subscription is
// ended, too, while its credential can still end it; else it ends by itself. What Outlook doesn't let go stays there,
// and the result says so; a disconnect doesn't fail for it.

/// A disconnect job.
struct DisconnectRun: Sendable {
    let run: RunContext
    let connection: Connection
    let removesEvents: Bool

    /// - Throws: `FencedOut`, `StoreError`, and troubles of Graph that another attempt may cure.
    func perform() async throws {
        let removal = removesEvents ? try await remove() : Removal()
        let isWatched =
            connection.wantsRealtime ? try await !run.tools.realtime.release(connection, run.lease) : false
        let now = run.tools.now
        let results = run.results(connection.calendar)
        let message = Message.disconnect(
            unreachable: removal.obstacle, left: removal.left, isWatched: isWatched)
        var end = RunEnd(
            result: results.succeeded(.disconnect(removedEvents: removal.removed, message: message), at: now))
        end.purges = true
        end.nextSync = .never
        var slice = Slice()
        slice.changes = [run.change(.calendarDisconnected, connection.calendar)]
        try await run.tools.commits.commit(slice, end: end, run.lease).orThrow()
    }

    // MARK: Removing events

    private struct Removal {
        var removed = 0
        /// Events that stay in Outlook.
        var left = 0
        var obstacle: String?
    }

    private func remove() async throws -> Removal {
        let events = try await ownEvents()
        var removal = Removal(removed: events.removedBefore)
        guard connection.state == .active else {
            removal.left = events.known.count + events.former.count
            removal.obstacle = "the consent has ended"
            return removal
        }
        do {
            let known = events.known.keys.sorted { $0.rawValue < $1.rawValue }
            // Not the copies that people made: those have no transaction id of ours.
            let unknown = try await probe(connection.target).marked(events.unknown).values.joined().filter { event in
                event.event.transactionID.map { TransactionID.isOurs($0, run.lane) } ?? false
            }
            let ids = known + unknown.map(\.event.id).filter { events.known[$0] == nil }
            try await remove(ids, events.known, &removal, by: probe(connection.target))
            let former = events.former.keys.sorted { $0.rawValue < $1.rawValue }
            // A note that one of these has gone must not end the record of a booking that is live elsewhere.
            let live = Set(events.known.values.map(\.booking))
            let notable = events.former.filter { !live.contains($0.value.booking) }
            try await remove(former, notable, &removal, by: probe(connection.mailboxTarget))
        } catch let error where error is GraphError || error is TokenError {
            try throwIfPassing(error)
            removal.left = events.known.count + events.former.count - removal.removed + events.removedBefore
            removal.obstacle = ((error as? GraphError)?.jobError ?? (error as? TokenError)?.jobError)?.code.rawValue
        }
        return removal
    }

    private func remove(
        _ ids: [EventID], _ notable: [EventID: OwnEvent], _ removal: inout Removal, by probe: EventProbe
    ) async throws {
        guard !ids.isEmpty else { return }
        var removed: [OwnEvent] = []
        var trouble: GraphError?
        for (id, answer) in zip(ids, try await probe.answers(ids.map { .delete($0) })) {
            switch answer {
            case .success(.removed):
                removal.removed += 1
                if let own = notable[id] { removed.append(own) }
            case .success: break
            case .failure(let error):
                trouble = trouble ?? error
                removal.left += 1
                removal.obstacle = error.jobError.code.rawValue
            }
        }
        guard let trouble else { return }
        do { try throwIfPassing(trouble) } catch {
            // The next attempt goes on with the others, and counts these.
            try await note(removed)
            throw error
        }
    }

    /// Removed by an attempt that didn't end the job: ended, and the intent stays; nowhere else are there both.
    private func note(_ removed: [OwnEvent]) async throws {
        guard !removed.isEmpty else { return }
        let now = run.tools.now
        for first in stride(from: 0, to: removed.count, by: Slice.mostEvents) {
            var slice = Slice()
            for own in removed[first..<min(first + Slice.mostEvents, removed.count)] {
                slice.bookings.put(own.booking, own.record.ended(.cancelled, at: now), lost: own.record.event)
                slice.bookings.begin(own.booking, BookingIntent(.remove, at: now))
            }
            try await run.tools.commits.commit(slice, run.lease).orThrow()
        }
    }

    private struct OwnEvents {
        /// Of live bookings.
        var known: [EventID: OwnEvent]
        /// In calendars that the connection has left.
        var former: [EventID: OwnEvent] = [:]
        /// The marks of creates of which nobody knows whether they were carried out.
        var unknown: [BookingID: EventMark] = [:]
        /// By earlier attempts of this job.
        var removedBefore = 0
    }

    private func ownEvents() async throws -> OwnEvents {
        let bookings = run.tools.bookings
        var events = OwnEvents(known: try await bookings.allOwn(run.lane))
        if connection.hasFormerEvents {
            for (event, booking) in try await bookings.allFormer(run.lane) {
                events.former[event] = OwnEvent(
                    booking: booking, record: BookingRecord(state: .live, event: event, creates: 1))
            }
        }
        let intents = try await bookings.intents(run.lane)
        for (booking, intent) in intents where intent.kind == .create {
            events.unknown[booking] = EventMark(connection: run.lane, booking: booking)
        }
        let removals = intents.filter { $0.value.kind == .remove }.keys.sorted { $0.rawValue < $1.rawValue }
        events.removedBefore = try await bookings.records(run.lane, removals).values.count { $0.state == .cancelled }
        return events
    }

    private func probe(_ target: CalendarTarget) -> EventProbe {
        let guarding = WriteGuard(worker: run.tools.worker)
        var session = run.session(connection)
        session.writeAllowance = { try await guarding.allowance() }
        return EventProbe(
            calls: CalendarCalls(run: run, session: session, target: target),
            zone: MailboxZone(named: connection.timeZone) ?? .utc)
    }

    /// A trouble that another attempt may cure ends this one; the last attempt goes on without what it couldn't do.
    private func throwIfPassing(_ error: any Error) throws {
        let verdict = run.tools.judge.verdict(
            on: error, run.claimed.record, jobMaximum: run.job?.maximumAttempts, stop: nil)
        switch verdict {
        case .giveUp: run.log.event(.notice, "events stay in Outlook at a disconnect", [.error: .text("\(error)")])
        case .retry, .overrun, .park, .handBack, .lost: throw error
        }
    }
}
