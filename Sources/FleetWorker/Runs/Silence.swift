import FleetCore
import FleetStore
import Foundation
import Logging
import Telemetry

// A connection whose syncs fail, wait or are throttled for too long is said to have stalled, once, and once that it has
// recovered. Looked at wherever a sync of it doesn't succeed, so also between two attempts of one job; a dead consent
// is told apart, by `calendar.reconnect_required`.

/// When a connection has been quiet for too long.
enum Silence {
    /// At least that long, however short the period.
    private static let shortest = 900.0

    /// Since when a connection has been quiet, if that is three of its periods and 15 minutes at least; nil otherwise,
    /// and for those that sync only when asked.
    static func since(_ connection: Connection, now: Date) -> Date? {
        guard let period = SyncSchedule.period(of: connection.settings.frequency), let last = connection.lastSyncAt,
            now.timeIntervalSince(last) >= max(3 * period.inSeconds, shortest)
        else { return nil }
        return last
    }
}

extension RunContext {
    /// A sync of `connection` doesn't succeed now: says so if it has been quiet for too long. Never throws: it is said
    /// at the next occasion else.
    func tellSilence(of connection: Connection?, _ code: ErrorCode) async {
        guard lease.kind == .sync, let connection, connection.state == .active, code != .reconnectRequired,
            let since = Silence.since(connection, now: tools.now)
        else { return }
        let stalled = change(.calendarStalled, connection.calendar, .trouble(code: code, since: since))
        guard (try? await StalledMarks(tools.worker.store).mark(true, stalled, lease)) == .said else { return }
        log.event(.warning, "a connection has gone quiet", [.code: .text(code.rawValue)])
    }

    /// A sync or connect of what was `connection` is about to succeed: says so if it was said to have stalled. Asks
    /// only where that can be.
    ///
    /// - Throws: `FencedOut`, `StoreError`.
    func tellRecovery(of connection: Connection?) async throws {
        guard let connection, Silence.since(connection, now: tools.now) != nil else { return }
        let recovered = change(.calendarRecovered, connection.calendar)
        if try await StalledMarks(tools.worker.store).mark(false, recovered, lease) == .fencedOut { throw FencedOut() }
    }
}

extension FailureVerdict {
    /// What keeps a sync from succeeding now; nil where it is nothing about the connection.
    var obstacle: ErrorCode? {
        switch self {
        case .giveUp(let error), .retry(let error, _): error.code
        case .park(_, .mailboxBudget), .park(_, .tenantBudget): .throttled
        case .park: .graphUnavailable
        case .overrun: .internal
        case .handBack, .lost: nil
        }
    }
}
