package import FleetCore
import Redis

/// Jobs that wait, for operators.
package struct WaitingJobs: Sendable {
    /// What became of a wish to cancel.
    package enum CancelOutcome: Sendable, Equatable {
        /// It ended as `<kind>.failed` with code `cancelled`.
        case cancelled(ConnectionID)
        /// It runs, or is served by the run of another: too late.
        case running(ConnectionID)
        /// No job of that id waits in a line.
        case notFound
    }

    let store: Store

    /// The waiting jobs of `store`.
    package init(_ store: Store) { self.store = store }

    /// Cancels a waiting job of a tenant. Looks through the tenant's lines in steps of some hundred; a payload that no
    /// worker has taken in yet is not found.
    package func cancel(_ job: JobID, tenant: TenantID) async throws(StoreError) -> CancelOutcome {
        var place = "h0"
        repeat {
            let reply = try await store.call(.findJob) { _ in
                [.string(tenant.rawValue), .string(job.rawValue), .string(place), 500]
            }
            guard let next = reply[0]?.string, let lane = reply[1]?.string else { throw store.unexpected(.findJob) }
            if !lane.isEmpty, let outcome = try await cancel(job, lane: lane) { return outcome }
            place = next
        } while !place.isEmpty
        return .notFound
    }

    /// nil: it isn't in that line any more.
    private func cancel(_ job: JobID, lane: String) async throws(StoreError) -> CancelOutcome? {
        guard let connection = ConnectionID(lane) else { throw store.unexpected(.findJob) }
        let reply = try await store.call(.cancelJob) { _ in
            [
                .string(lane), .string(job.rawValue), .string(Failures.cancelled),
                .integer(store.options.resultsCap),
            ]
        }
        switch reply.string {
        case "1": return .cancelled(connection)
        case "2": return .running(connection)
        case "0": return nil
        default: throw store.unexpected(.cancelJob)
        }
    }
}
