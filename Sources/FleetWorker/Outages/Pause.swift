/// How long a part waits after a failure before it tries again: doubles up to `longest`, each with full jitter above
/// a floor, so that a fleet doesn't come back in one breath and nobody spins.
struct Pause {
    let floor: Duration
    let longest: Duration
    private var step = 0

    /// 20 ms to 1 s: short, because what waits are jobs; a restarted Redis is back within seconds.
    init(floor: Duration = .milliseconds(20), longest: Duration = .seconds(1)) {
        self.floor = floor
        self.longest = longest
    }

    /// The next wait; `random` is in 0 ..< 1.
    mutating func next(random: Double) -> Duration {
        step = min(step + 1, 16)
        let bound = min(longest, floor * (1 << step))
        return floor + (bound - floor) * random
    }

    /// Things go well again.
    mutating func reset() { step = 0 }
}
