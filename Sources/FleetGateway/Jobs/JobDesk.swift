import FleetCore
import FleetStore
import Foundation
import Reactor

// A call that is a job:
//
//   1. begin to wait for the job's terminal entry
//   2. with an Idempotency-Key: was it used for another call? then no. Has this job ended already, wherever it was
//      pushed? then that is the answer
//   3. push it, unless its id stands for another call by now; if its id was seen before, the worker answers
//      `job.duplicate`, which nobody waits for: the first one's entry is what comes
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
        var stale: String?
        if isNamed {
            switch try await before(job) {
            case .nothing: break
            case .ended(let entry): return .ended(entry)
            case .rejected(let print): stale = print
            }
        }
        guard try await directory.push(job.pushed, inPlaceOf: stale) else { throw Problem.keyReused }
        guard wait > .zero else { return .waits }
        do {
            return try await waiter.wait(for: wait, on: reactor).map(Outcome.ended) ?? .waits
        } catch is CancellationError {
            // The gateway stops. The job is on its way all the same, and another one can be asked.
            return .waits
        }
    }

    /// What a job's id stood for before this call.
    private enum Before {
        /// For nothing, or for the same job, which hasn't ended.
        case nothing
        /// For the same job.
        case ended(ResultEntry)
        /// For a payload that was no valid job: its id doesn't count as seen, and what comes now may be right.
        case rejected(String?)
    }

    /// - Throws: ``Problem`` 422 if it stands for another call.
    private func before(_ job: PreparedJob) async throws -> Before {
        let print = try await directory.knownPrint(of: job.id, tenant: job.tenant)
        let isSame = print.map { $0 == job.pushed.print } ?? true
        guard case .ended(let fields) = try await directory.standing(of: job.id, tenant: job.tenant) else {
            if isSame { return .nothing }
            throw Problem.keyReused
        }
        let entry = ResultEntry(fields: fields)
        if entry.isRejection { return .rejected(print) }
        // A job of this id may have been pushed past the gateways, without a print: its kind is what is known of it.
        guard isSame, entry["kind"] == nil || entry["kind"] == job.kind.rawValue else { throw Problem.keyReused }
        return .ended(entry)
    }

    static func freshID() -> JobID { JobID("gw-\(UUID().uuidString.lowercased())") }
}
