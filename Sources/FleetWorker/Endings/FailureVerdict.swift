import FleetCore
import FleetStore
import Foundation
import Graph

/// What a run's failure means for its job. The one place where errors become endings.
enum FailureVerdict: Sendable, Equatable {
    /// The job is over.
    case giveUp(JobError)
    /// Once more after a wait; counts an attempt.
    case retry(JobError, after: Duration)
    /// Stopped at its time limit: counts as if it had killed its worker.
    case overrun(after: Duration)
    /// Waits for something that is nobody's fault.
    case park(Duration, ParkReason)
    case handBack
    /// Fenced out: nothing to say any more.
    case lost
}

/// Judges failures. Pure but for the dice.
struct FailureJudge: Sendable {
    let limits: AttemptLimits
    let retries: RetryPolicy
    /// 0 ..< 1.
    let random: @Sendable () -> Double

    /// What `error` means for a job with this record. `stop` is why the run was told to stop, if it was.
    func verdict(on error: any Error, _ record: JobRecord, jobMaximum: Int?, stop: StopReason?) -> FailureVerdict {
        switch stop {
        case .leaseLost: return .lost
        case .drain: return .handBack
        case .tooLong: return .overrun(after: retries.bound(afterFailures: record.attempts + 1) * random())
        case nil: break
        }
        switch error {
        case is FencedOut: return .lost
        case is CancellationError: return .handBack
        case let error as GraphError:
            if case .throttled(let wait) = error.action { return .park(pause(wait, record), .mailboxBudget) }
            return failure(error.jobError, record, jobMaximum)
        case let wait as BudgetWait: return .park(spread(wait), wait.reason)
        case let error as TokenError:
            if case .retry(let wait?) = error.action { return .park(pause(wait, record), .other) }
            return failure(error.jobError, record, jobMaximum)
        case let error as JobError: return failure(error, record, jobMaximum)
        case let error as StoreError: return trouble(error, record, jobMaximum)
        default: return failure(Self.unforeseen(error), record, jobMaximum)
        }
    }

    private func failure(_ error: JobError, _ record: JobRecord, _ jobMaximum: Int?) -> FailureVerdict {
        let counts = AttemptCounts(
            failures: record.attempts - record.crashes + 1, crashes: record.crashes, deferrals: record.deferrals)
        switch limits.afterFailure(counts, jobMaximum: jobMaximum, isRetryable: error.retryable) {
        case .retry:
            let bound = retries.bound(afterFailures: counts.attempts)
            return .retry(error, after: bound * random())
        case .giveUp, .exhausted:
            // The last attempt: whoever reads the result should not wait for another.
            var last = error
            last.retryable = false
            return .giveUp(last)
        }
    }

    /// Redis's trouble is not the job's: it waits, and nothing is counted.
    private func trouble(_ error: StoreError, _ record: JobRecord, _ jobMaximum: Int?) -> FailureVerdict {
        switch error.code {
        case .cancelled: .handBack
        case .unavailable, .full, .readOnly, .wrongType, .refused: .park(pause(nil, record, base: .seconds(1)), .other)
        // A lost sealing key, or a newer fleet's form: the operator's to mend, and then it should go on soon.
        case .unreadable: .park(.seconds(10), .other)
        case .internal: failure(Self.unforeseen(error), record, jobMaximum)
        }
    }

    /// At least as long as was asked for, and a bit of spread, so that what was told the same doesn't come back at
    /// once. Where nobody said how long: doubling from `base`, full jitter above half, up to the cap.
    private func pause(_ asked: Duration?, _ record: JobRecord, base: Duration = .seconds(10)) -> Duration {
        if let asked { return asked + min(.seconds(5), max(.milliseconds(50), asked / 10)) * random() }
        let bound = RetryPolicy(base: base, cap: retries.cap).bound(afterFailures: record.deferrals % 100 + 1)
        return bound * (0.5 + random() / 2)
    }

    /// A tenant's lanes come back in turn and need no spread. Those that wait for a mailbox or the app were told times
    /// in their order; a little more keeps several workers apart.
    private func spread(_ wait: BudgetWait) -> Duration {
        guard wait.reason != .tenantBudget else { return wait.length }
        return wait.length + min(.milliseconds(500), wait.length / 100) * random()
    }

    private static func unforeseen(_ error: any Error) -> JobError {
        JobError(.internal, "unforeseen: \(error)", retryable: true)
    }
}

/// Thrown where a fenced step was refused: the lease has passed on.
struct FencedOut: Error {}

extension FencedOutcome {
    /// - Throws: `FencedOut` unless the step was taken.
    func orThrow() throws(FencedOut) {
        if self == .fencedOut { throw FencedOut() }
    }
}
