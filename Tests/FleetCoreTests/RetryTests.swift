import FleetCore
import TestSupport
import Testing

// Goal: waits are within their bounds and spread, and a job is given up exactly when the contract says. Method: tables.

@Suite struct RetryTests {
    @Test("the bound doubles from the base to the cap, and no number of failures overflows it")
    func bounds() {
        let policy = RetryPolicy(base: .seconds(1), cap: .seconds(600))
        let bounds = [0, 1, 2, 3, 10, 11, 64, .max].map { policy.bound(afterFailures: $0) }
        #expect(
            bounds == [
                .zero, .seconds(1), .seconds(2), .seconds(4), .seconds(512), .seconds(600), .seconds(600),
                .seconds(600),
            ])
        #expect(RetryPolicy(base: .seconds(5), cap: .seconds(2)).bound(afterFailures: 1) == .seconds(2))
        #expect(RetryPolicy(base: .zero).bound(afterFailures: 5) == .zero)
    }

    @Test("waits are drawn from the whole range, evenly")
    func jitter() {
        var random = SeededRandom(seed: 1)
        let waits = (0..<1000).map { _ in RetryPolicy().delay(afterFailures: 4, using: &random) }
        #expect(waits.allSatisfy { $0 >= .zero && $0 <= .seconds(8) })
        #expect((400...600).contains(waits.count { $0 < .seconds(4) }) && waits.contains { $0 < .milliseconds(200) })
    }

    @Test("a backoff starts over after a success")
    func backoff() {
        var random = SeededRandom(seed: 2)
        var backoff = Backoff(RetryPolicy(base: .milliseconds(1), cap: .seconds(1)))
        for _ in 0..<30 { #expect(backoff.failed(using: &random) <= .seconds(1)) }
        backoff.reset()
        #expect(backoff.failures == 0 && backoff.failed(using: &random) <= .milliseconds(1))
    }

    @Test(
        "failures and deaths count as attempts, waiting doesn't; the third death ends it",
        arguments: [
            (AttemptCounts(failures: 1), nil, AttemptLimits.Verdict.retry, AttemptLimits.Verdict.retry),
            (AttemptCounts(failures: 7, deferrals: 99), nil, .retry, .retry),
            (AttemptCounts(failures: 8), nil, .giveUp, .exhausted),
            (AttemptCounts(failures: 1), 1, .giveUp, .exhausted),
            (AttemptCounts(failures: 6, crashes: 2), nil, .giveUp, .exhausted),
            (AttemptCounts(crashes: 2), nil, .retry, .retry), (AttemptCounts(crashes: 3), nil, .retry, .exhausted),
            (AttemptCounts(failures: 50), 100, .retry, .retry),
        ] as [(AttemptCounts, Int?, AttemptLimits.Verdict, AttemptLimits.Verdict)])
    func limits(_ counts: AttemptCounts, _ own: Int?, _ failed: AttemptLimits.Verdict, _ died: AttemptLimits.Verdict) {
        let limits = AttemptLimits()
        #expect(limits.afterFailure(counts, jobMaximum: own, isRetryable: true) == failed)
        #expect(limits.afterFailure(counts, jobMaximum: own, isRetryable: false) == .giveUp)
        #expect(limits.afterCrash(counts, jobMaximum: own) == died)
    }
}
