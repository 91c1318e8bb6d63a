/// How long to wait before the next attempt to connect: full jitter (a random share of a bound that doubles), so that a
/// fleet whose Redis comes back does not knock in step.
struct Backoff {
    let base: Duration
    let cap: Duration
    private var failures = 0

    init(base: Duration, cap: Duration) {
        self.base = base
        self.cap = cap
    }

    /// After a failure: between a millisecond and min(cap, base * 2^failures).
    mutating func next(using random: inout some RandomNumberGenerator) -> Duration {
        let bound = failures >= 20 ? cap : min(cap, base * (1 << failures))
        failures += 1
        return max(.milliseconds(1), bound * Double.random(in: 0...1, using: &random))
    }

    mutating func reset() { failures = 0 }
}
