import FleetCore
import FleetStore
import Foundation
import Graph
import Logging
import Telemetry

// A disconnect: everything of ours goes, in one step. It needs no consent. With `remove_events` the events that this
// connection pushed go from Outlook first: those that its records name, not those that carry its mark, for people copy
// events, and copies carry it. What Outlook doesn't let go stays there, and the result says so; a disconnect doesn't
// fail for it. The subscription is ended, too, while its credential can still end it; else it ends by itself.

/// A disconnect job.
struct DisconnectRun: Sendable {
    let run: RunContext
    let connection: Connection
    let removesEvents: Bool

    /// - Throws: `FencedOut`, `StoreError`, and troubles of Graph that another attempt may cure.
    func perform() async throws {
        let removal = removesEvents ? try await remove() : Removal()
        if connection.wantsRealtime { try await run.tools.realtime.release(connection, run.lease) }
        let now = run.tools.now
        let results = run.results(connection.calendar)
        let message = Message.disconnect(unreachable: removal.obstacle, left: removal.left)
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
        var removal = Removal()
        let events = try await ownEvents()
        guard connection.state == .active else {
            removal.left = events.known.count
            removal.obstacle = "the consent has ended"
            return removal
        }
        do {
            var ids = events.known
            // Not the copies that people made: those have no transaction id of ours.
            for event in try await probe.marked(events.unknown).values.joined() {
                if let transaction = event.event.transactionID, TransactionID.isOurs(transaction, run.lane) {
                    ids.append(event.event.id)
                }
            }
            guard !ids.isEmpty else { return removal }
            for answer in try await probe.answers(ids.map { .delete($0) }) {
                switch answer {
                case .success(.removed): removal.removed += 1
                case .success: break
                case .failure(let error):
                    try throwIfPassing(error)
                    removal.left += 1
                    removal.obstacle = error.jobError.code.rawValue
                }
            }
        } catch let error where error is GraphError || error is TokenError {
            try throwIfPassing(error)
            removal.left = events.known.count - removal.removed
            removal.obstacle = ((error as? GraphError)?.jobError ?? (error as? TokenError)?.jobError)?.code.rawValue
        }
        return removal
    }

    /// Live events of bookings, and the marks of creates of which nobody knows whether they were carried out.
    private func ownEvents() async throws -> (known: [EventID], unknown: [BookingID: EventMark]) {
        let bookings = run.tools.bookings
        let known = try await bookings.allOwn(run.lane).keys.sorted { $0.rawValue < $1.rawValue }
        var unknown: [BookingID: EventMark] = [:]
        for (booking, intent) in try await bookings.intents(run.lane) where intent.kind == .create {
            unknown[booking] = EventMark(connection: run.lane, booking: booking)
        }
        return (known, unknown)
    }

    private var probe: EventProbe {
        let guarding = WriteGuard(worker: run.tools.worker)
        var session = run.session(connection)
        session.writeAllowance = { try await guarding.allowance() }
        return EventProbe(
            calls: CalendarCalls(session: session, target: connection.target),
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
