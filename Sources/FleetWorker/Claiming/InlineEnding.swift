import FleetCore
import FleetStore
import Foundation

// Many jobs end without anybody being asked: nobody is connected there, their time is over, they have killed too many
// workers. These end where they are claimed, without a task of their own: a child task costs more than all else about
// them.

/// A claimed job that needs a run, with all that was read of it.
struct RunnableJob: Sendable {
    let claimed: ClaimedJob
    /// nil for a timer's.
    let job: Job?
    /// nil only for a connect.
    let connection: Connection?
    let startedAt: Date
}

/// What a claimed job needs.
enum FirstLook: Sendable {
    case ends(Ending)
    case runs(RunnableJob)
}

/// Looks at claimed jobs before they run. Pure.
struct FirstLooker: Sendable {
    let limits: AttemptLimits
    let decoder: JobDecoder
    /// Opens a connect's tokens.
    let open: @Sendable (_ sealed: String, ConnectionID) throws -> OAuthTokens

    func look(at claimed: ClaimedJob, now: Date) -> FirstLook {
        let record = claimed.record
        let job: Job?
        switch read(record, of: claimed.lease.lane) {
        case .success(let read): job = read
        case .failure(.newerVersion): return .ends(Self.leftToNewer)
        case .failure(.error(let error)): return .ends(failed(claimed, nil, error, now))
        }
        if let error = ResultWriter.expiry(of: record, at: now) { return .ends(failed(claimed, job, error, now)) }
        if isExhausted(record, job) { return .ends(failed(claimed, job, Self.exhausted(record), now)) }
        guard record.kind != .connect || claimed.storedConnection != nil else {
            return .runs(RunnableJob(claimed: claimed, job: job, connection: nil, startedAt: now))
        }
        guard let stored = claimed.storedConnection else {
            return .ends(failed(claimed, job, Self.notConnected, now))
        }
        do {
            let connection = try stored.decoded()
            return .runs(RunnableJob(claimed: claimed, job: job, connection: connection, startedAt: now))
        } catch {
            return .ends(Self.leftToNewer)
        }
    }

    /// A newer worker wrote what this one can't read, and will serve it; meanwhile it must not be failed, nor spun.
    private static let leftToNewer = Ending.park(.seconds(30), .other)

    private enum Unreadable: Error {
        case newerVersion
        case error(JobError)
    }

    private func read(_ record: JobRecord, of lane: ConnectionID) -> Result<Job?, Unreadable> {
        guard record.origin == .payload else { return .success(nil) }
        var tokens: OAuthTokens?
        if let sealed = record.sealedTokens {
            do {
                tokens = try open(sealed, lane)
            } catch {
                return .failure(.error(JobError(.internal, "the job's sealed token doesn't open: \(error)")))
            }
        }
        switch decoder.decodeStored(record.payload, list: record.kind, tokens: tokens) {
        case .success(let job): return .success(job)
        case .failure(let rejection):
            return .failure(rejection.newerVersion == nil ? .error(rejection.error) : .newerVersion)
        }
    }

    /// A failure that used up the attempts ended the job then; so whoever still has as many died with the last one.
    private func isExhausted(_ record: JobRecord, _ job: Job?) -> Bool {
        record.crashes >= limits.maximumCrashes || record.attempts >= job?.maximumAttempts ?? limits.maximumAttempts
    }

    private func failed(_ claimed: ClaimedJob, _ job: Job?, _ error: JobError, _ now: Date) -> Ending {
        let writer = ResultWriter(claimed, job: job, startedAt: now)
        guard error.code == .notConnected else {
            // Its own fault: those that wait behind it run by themselves.
            return .finished(result: writer.notStarted(error, at: now), riders: [])
        }
        return .finished(result: writer.failed(error, at: now), riders: writer.riders(.none, error: error, at: now))
    }

    private static let notConnected = JobError(
        .notConnected, "the resource is not connected to a calendar: push a connect job first")

    private static func exhausted(_ record: JobRecord) -> JobError {
        let last = record.ranTooLong ? "was stopped at its time limit" : "ended with the death of its worker"
        return JobError(
            .attemptsExhausted,
            "\(record.crashes) runs of the job killed their worker or were stopped at their time limit; the last, "
                + "attempt \(record.attempts), \(last)")
    }
}

extension ResultWriter {
    /// Of a job that isn't started any more: its attempts are those before.
    func notStarted(_ error: JobError, at now: Date) -> JobResult? {
        var result = failed(error, at: now)
        result?.attempts = claimed.record.attempts
        return result
    }
}
