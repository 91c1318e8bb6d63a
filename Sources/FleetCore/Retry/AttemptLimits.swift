/// What a job has been through. Counted apart, because each has its own bound: a failure is the job's fault, a crash
/// the worker's, a deferral (a budget, a Retry-After, a paused tenant) nobody's.
package struct AttemptCounts: Sendable, Equatable {
    /// Starts that ended in a failure.
    package var failures: Int
    /// Starts that ended in the death of the worker.
    package var crashes: Int
    /// Starts that ended in waiting; they use up nothing.
    package var deferrals: Int

    /// Nothing yet, or what is stored.
    package init(failures: Int = 0, crashes: Int = 0, deferrals: Int = 0) {
        self.failures = failures
        self.crashes = crashes
        self.deferrals = deferrals
    }

    /// What `max_attempts` bounds and `attempts` of a result says: starts that ended in a failure or a death.
    package var attempts: Int { failures + crashes }
}

/// When a job is given up.
package struct AttemptLimits: Sendable, Equatable {
    /// What follows a failure or a crash.
    package enum Verdict: Sendable, Equatable {
        /// Once more, after a wait.
        case retry
        /// The end; the result carries the error of this failure.
        case giveUp
        /// The end; the result says `attempts_exhausted`, for a death has no error of its own.
        case exhausted
    }

    /// `--max-attempts`, 8; a job may carry its own.
    package var maximumAttempts: Int
    /// `--max-crashes`, 3.
    package var maximumCrashes: Int

    /// Limits with the contract's defaults.
    package init(maximumAttempts: Int = 8, maximumCrashes: Int = 3) {
        self.maximumAttempts = maximumAttempts
        self.maximumCrashes = maximumCrashes
    }

    /// After a failure; `counts` include it. `jobMaximum` is the payload's `max_attempts`.
    package func afterFailure(_ counts: AttemptCounts, jobMaximum: Int?, isRetryable: Bool) -> Verdict {
        isRetryable && counts.attempts < jobMaximum ?? maximumAttempts ? .retry : .giveUp
    }

    /// After the death of a worker; `counts` include it.
    package func afterCrash(_ counts: AttemptCounts, jobMaximum: Int?) -> Verdict {
        counts.crashes < maximumCrashes && counts.attempts < jobMaximum ?? maximumAttempts ? .retry : .exhausted
    }
}
