/// How long a job waits after a failure: full jitter over an exponential bound.
///
/// Full jitter (a time from nothing to the bound, not around it) spreads the jobs that one outage failed together over
/// the whole range, so that they don't come back as a wave.
package struct RetryPolicy: Sendable, Equatable {
    /// The bound after the first failure; `--backoff`, 1 s.
    package var base: Duration
    /// The bound never exceeds this; `--backoff-cap`, 10 min.
    package var cap: Duration

    /// A policy with the contract's defaults.
    package init(base: Duration = .seconds(1), cap: Duration = .seconds(600)) {
        self.base = base
        self.cap = cap
    }

    /// The longest wait after so many failures in a row (1 is the first): `base`, twice, four times ... up to `cap`.
    package func bound(afterFailures failures: Int) -> Duration {
        guard failures > 0, base > .zero else { return .zero }
        // 2^40 times a millisecond is 34 years: beyond it the cap has long won.
        let factor = 1 << min(failures - 1, 40)
        return base > cap / factor ? cap : base * factor
    }

    /// The wait itself, in whole milliseconds: evenly drawn from 0 to the bound.
    package func delay(
        afterFailures failures: Int, using random: inout some RandomNumberGenerator
    ) -> Duration {
        .milliseconds(Int64.random(in: 0...bound(afterFailures: failures).milliseconds, using: &random))
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
