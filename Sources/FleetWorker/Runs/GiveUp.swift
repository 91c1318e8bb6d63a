import FleetCore
import FleetStore
import Foundation
import Graph
import Logging
import Telemetry

/// Ends a job that failed for good: its result, and what its connection is told of it, in one step.
struct GiveUp: Sendable {
    let run: RunContext
    /// The connection as the job found it.
    let connection: Connection?
    /// What happened.
    let cause: any Error
    /// What the result says.
    let error: JobError

    /// - Throws: `FencedOut`, `StoreError`.
    func end() async throws -> Ending {
        if error.code == .reconnectRequired, try await isRevived() {
            return .retry(error, after: .milliseconds(100))
        }
        run.log.event(
            .notice, "a job failed", [.code: .text(error.code.rawValue), .error: .text(error.message)])
        guard run.lease.kind == .sync, let connection else {
            // A connect that fails leaves the connection as it was; a disconnect doesn't fail by itself.
            if run.joinsMailbox.isSet { try await run.tools.realtime.abandon(connection, run.lease) }
            let result = run.results(nil).failed(error, at: run.tools.now)
            return .finished(result: result, riders: [], letGo: run.adopted.id)
        }
        try await endSync(of: connection)
        if error.code == .reconnectRequired { try? await run.tools.realtime.consentEnded(connection) }
        return .committed(succeeded: false)
    }

    private func endSync(of connection: Connection) async throws {
        let now = run.tools.now
        var after = connection
        after.lastError = error
        after.nextSyncAt = run.tools.schedule.next(after: now, failedWith: error, connection)
        var slice = Slice()
        if error.code == .reconnectRequired, connection.state == .active {
            // Said once: from now on the record says it, and syncs end without asking anybody.
            after.state = .reconnectRequired
            slice.changes = [
                run.change(
                    .calendarReconnectRequired, connection.calendar, .trouble(code: error.code, since: now))
            ]
        }
        let results = run.results(connection.calendar)
        var end = RunEnd(
            result: results.failed(error, failedBookings, at: now),
            // What may be cured by trying again leaves those behind it their own attempts.
            riders: wasRetryable ? [] : results.riders(.none, error: error, at: now))
        end.connection = after
        end.nextSync = after.nextSyncAt.map { .at($0) } ?? .never
        try await run.tools.commits.commit(slice, end: end, run.lease).orThrow()
    }

    private var wasRetryable: Bool {
        switch cause {
        case let error as GraphError: error.jobError.retryable
        case let error as TokenError: error.jobError.retryable
        case let error as JobError: error.retryable
        default: true
        }
    }

    /// Where some of a sync's bookings have come to something before it failed, all of them are answered; a sync that
    /// fails as a whole says nothing of single ones.
    private var failedBookings: ResultData.Body {
        let told = run.toldOutcomes.byPosition
        guard !told.isEmpty, case .sync(let request)? = run.job?.request else { return .none }
        return .bookings(
            request.bookings.enumerated().map { position, booking in
                told[position] ?? BookingOutcome(id: booking.id, verdict: .failed, error: error)
            })
    }

    /// Graph refused fresh tokens: the consent is dead, unless there are newer ones.
    private func isRevived() async throws -> Bool {
        guard let cause = cause as? GraphError, cause.action == .reconnect,
            let credential = run.adopted.id ?? connection?.credential
        else { return false }
        return !(try await run.tools.tokens.condemn(credential))
    }
}
