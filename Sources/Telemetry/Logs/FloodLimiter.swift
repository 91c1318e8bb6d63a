/// Lets the first lines of each kind through and counts the rest, so that a fault which happens a thousand times a
/// second neither fills a disk nor hides what else was said.
///
///     window 1: x x x x x x . . . .     the first `burst` pass, 4 are counted
///     window 2: (4 suppressed) x x      the count goes out with the window's first line, or with anybody's line
///                                       once the window is over
///
/// A kind is a level and a constant message. Pure: the clock is a parameter. Cost: one dictionary look-up a line; at
/// most `kinds` kinds are remembered, further ones (messages that aren't constant) share one.
struct FloodLimiter {
    struct Kind: Hashable {
        var level: String
        var message: String
    }

    enum Verdict: Equatable {
        case pass
        case drop
    }

    /// Lines of one kind in one window.
    let burst: Int
    let window: Duration
    let kinds: Int

    private var counts: [Kind: Count] = [:]
    private var sweepAt: ContinuousClock.Instant?

    private struct Count {
        var began: ContinuousClock.Instant
        var passed = 0
        var suppressed = 0
    }

    private static let overflow = Kind(level: "", message: "lines of further kinds")

    init(burst: Int = 50, window: Duration = .seconds(10), kinds: Int = 512) {
        self.burst = burst
        self.window = window
        self.kinds = kinds
    }

    /// Whether this line goes out.
    mutating func admit(_ kind: Kind, now: ContinuousClock.Instant) -> Verdict {
        let kind = counts[kind] != nil || counts.count < kinds ? kind : Self.overflow
        var count = counts[kind] ?? Count(began: now)
        defer { counts[kind] = count }
        guard count.passed < burst else {
            count.suppressed += 1
            return .drop
        }
        count.passed += 1
        return .pass
    }

    /// What was left out in windows that are over, and forgets those windows. To be asked before `admit`; looks at
    /// the table at most once a second.
    mutating func ended(now: ContinuousClock.Instant) -> [(kind: Kind, suppressed: Int)] {
        if let sweepAt, now < sweepAt { return [] }
        sweepAt = now.advanced(by: .seconds(1))
        let over = counts.filter { now >= $0.value.began.advanced(by: window) }
        for kind in over.keys { counts[kind] = nil }
        return over.filter { $0.value.suppressed > 0 }.map { (kind: $0.key, suppressed: $0.value.suppressed) }
            .sorted { $0.kind.message < $1.kind.message }
    }
}
