import FleetCore
import FleetStore
import Foundation
import Reactor

// A call that is a job:
//
//   1. begin to wait for the job's terminal entry
//   2. with an Idempotency-Key: has this job ended already, wherever it was pushed? then that is the answer
//   3. push it; if its id was seen before, the worker answers `job.duplicate`, which nobody waits for: the first one's
//      entry is what comes
//   4. wait; past the time: 202, and GET /jobs/ID goes on from there

/// Pushes jobs and waits for their ends.
struct JobDesk: Sendable {
    enum Outcome: Sendable {
        case ended(ResultEntry)
        case waits
    }

    let directory: JobDirectory
    let feed: ResultFeed
    let reactor: Reactor

    /// - Parameter isNamed: whether the caller chose the id, which may then have been used before.
    func run(_ job: PreparedJob, isNamed: Bool, wait: Duration) async throws -> Outcome {
        let waiter = try await feed.enter(job.tenant, job.id)
        defer { feed.leave(waiter) }
        if isNamed, case .ended(let fields) = try await directory.standing(of: job.id, tenant: job.tenant) {
            // A rejected payload's id doesn't count as seen: what comes now may be right.
            let entry = ResultEntry(fields: fields)
            if !entry.isRejection { return .ended(entry) }
        }
        try await directory.push(job.payload, tenant: job.tenant, id: job.id)
        guard wait > .zero else { return .waits }
        do {
            return try await waiter.wait(for: wait, on: reactor).map(Outcome.ended) ?? .waits
        } catch is CancellationError {
            // The gateway stops. The job is on its way all the same, and another one can be asked.
            return .waits
        }
    }

    static func freshID() -> JobID { JobID("gw-\(UUID().uuidString.lowercased())") }
}
