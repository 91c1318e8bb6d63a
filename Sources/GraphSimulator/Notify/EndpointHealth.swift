/// How a subscriber's endpoint has answered in the last ten minutes, and what Graph makes of that ("Receive change
/// notifications through webhooks"): from 100 notifications on, more than a tenth of slow answers delays everything by
/// ten seconds, more than 15 % has it dropped for ten minutes. Slow is no answer within three seconds.
struct EndpointHealth: Sendable {
    enum State: String, Sendable {
        case well, slow, dropped
    }

    static let slowSeconds = 3.0
    static let delaySeconds = 10.0
    private static let windowSeconds = 600.0
    private static let enough = 100

    private var since: Instant?
    private var total = 0
    private var slow = 0
    private var droppedUntil: Instant?

    mutating func answered(items: Int, isSlow: Bool, at now: Instant) {
        roll(at: now)
        total += items
        if isSlow { slow += items }
        if judged == .dropped { droppedUntil = now.adding(seconds: Self.windowSeconds) }
    }

    mutating func state(at now: Instant) -> State {
        if let end = droppedUntil {
            if end > now { return .dropped }
            self = EndpointHealth()
        }
        roll(at: now)
        return judged
    }

    private var judged: State {
        guard total >= Self.enough else { return .well }
        let share = Double(slow) / Double(total)
        return share > 0.15 ? .dropped : share > 0.1 ? .slow : .well
    }

    /// The counts are cleared every ten minutes.
    private mutating func roll(at now: Instant) {
        if let begun = since, begun.adding(seconds: Self.windowSeconds) > now { return }
        (since, total, slow) = (now, 0, 0)
    }
}
