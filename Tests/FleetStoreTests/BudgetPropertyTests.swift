// Goal: never more than the limit in any window, never less than could be, and every announced wait kept. Method: the
// real script on a virtual clock against a log of all grants, from a printed seed.
import FleetCore
import Redis
import TestSupport
import Testing

@testable import FleetStore

@Suite("Budgets, at random")
struct BudgetPropertyTests {
    static let rates: [(Int, Int)] = [(1200, 60_000), (100, 10_000), (37, 1000), (5, 3_600_000), (10_000, 600_000)]

    @Test(
        "lesson 32: no window ever holds more than the limit, and asking exactly when announced succeeds",
        arguments: rates)
    func exact(count: Int, window: Int) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        try await BudgetLab.with {
            $0.tenant = CallRate(count: count, window: .milliseconds(window))
            $0.mailbox = CallRate(count: max(1, count / 2), window: .milliseconds(window * 2 / 3 + 1000))
            $0.app = CallRate(count: count * 2, window: .milliseconds(window / 2 + 1000))
        } _: { lab in
            var game = BudgetGame(lab: lab, random: SeededRandom(seed: seed), window: window)
            try await game.play(steps: 1500)
            #expect(game.grants > 100 && game.refusals > 50, "\(game.grants) \(game.refusals), seed \(seed)")
        }
    }

    @Test(
        "under steady overload a window is used to 97 % and more",
        arguments: [(1200, 60_000), (100, 10_000), (500, 1000)])
    func use(count: Int, window: Int) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        try await BudgetLab.with {
            $0.tenant = CallRate(count: count, window: .milliseconds(window))
        } _: { lab in
            var random = SeededRandom(seed: seed)
            var (now, used, first) = (BudgetLab.epoch, 0, Int?.none)
            let end = now + 12 * window
            // Demand is spread over the first window, so that all buckets are in use, and never ends.
            while now < end {
                try await lab.set(now)
                // Of a small limit, what is left over between asks of several units would be what is measured.
                let units = count < 500 ? 1 : Int.random(in: 1...5, using: &random)
                let answer = try await lab.ask(units: units)
                if answer.wait == 0 {
                    used += units
                    first = first ?? now
                    if now < BudgetLab.epoch + window { now += window / count * units }
                } else {
                    now += answer.wait
                }
            }
            let share = Double(used) / (Double(count) * Double(end - (first ?? end)) / Double(window))
            print("used \(share) of \(count)/\(window)ms")
            #expect(share >= 0.97, "seed \(seed)")
        }
    }
}

/// Plays callers against the script and keeps the log of all that it granted.
private struct BudgetGame {
    struct Entry {
        var time: Int
        var units: Int
    }

    let lab: BudgetLab
    var random: SeededRandom
    let window: Int
    var now = BudgetLab.epoch
    var log: [String: [Entry]] = [:]
    var grants = 0
    var refusals = 0

    private var sizes: [Int] {
        let count = lab.limits.tenant.count
        return [1, 1, 2, 1 + count / 30, 1 + count / 10].map { min($0, lab.limits.mailbox.count) }
    }

    mutating func play(steps: Int) async throws {
        for _ in 0..<steps {
            now += pick([0, 0, 1, window / 200, window / 60, window / 10])
            try await lab.set(now)
            let asks = (0..<Int.random(in: 1...4, using: &random)).map { _ in ask() }
            let answers = try await lab.ask(
                asks, releasing: asks.map { BudgetRelease(id: "none-\($0.id)", mailboxes: $0.mailboxes) })
            for (ask, answer) in zip(asks, answers) where answer.wait == 0 { granted(ask) }
            try await release(asks)
            guard let index = answers.firstIndex(where: { $0.wait > 0 && $0.word != "p" }) else { continue }
            refusals += 1
            // Those behind it in the same call may take what it needs elsewhere: that is somebody who asks meanwhile.
            if asks.count == 1 { try await keepsItsWord(asks[index], wait: answers[index].wait) }
        }
    }

    /// The announced wait is kept, and is no longer than it must be.
    private mutating func keepsItsWord(_ ask: BudgetAsk, wait: Int) async throws {
        now += wait - 1
        try await lab.set(now)
        var early = ask
        early.id = "early-\(ask.id)"
        let tooEarly = try await lab.ask([early])[0]
        #expect(tooEarly == Told(1, tooEarly.word), "\(ask) at \(now)")
        now += 1
        try await lab.set(now)
        let answer = try await lab.ask([ask])[0]
        #expect(answer.wait == 0, "\(ask) at \(now): \(answer)")
        if answer.wait == 0 { granted(ask) }
        try await release([ask])
    }

    private func release(_ asks: [BudgetAsk]) async throws {
        _ = try await lab.ask([], releasing: asks.map { BudgetRelease(id: $0.id, mailboxes: $0.mailboxes) })
    }

    private mutating func granted(_ ask: BudgetAsk) {
        grants += 1
        let limits = lab.limits
        check("a", ask.units, limits.app)
        check("t\(ask.tenant)", ask.units, limits.tenant)
        for mailbox in ask.mailboxes { check("m\(mailbox)", ask.units, limits.mailbox) }
    }

    private mutating func check(_ scope: String, _ units: Int, _ rate: CallRate) {
        let window = Int(rate.window / .milliseconds(1))
        let grace = min(1000, window / 50)
        var entries = log[scope, default: []]
        entries.append(Entry(time: now, units: units))
        entries.removeAll { $0.time <= now - window - grace - 1 }
        log[scope] = entries
        // As Graph may count them: arrivals up to the grace later.
        let used = entries.reduce(0) { $0 + $1.units }
        #expect(used <= rate.count, "\(scope): \(used) of \(rate.count) in \(window) ms")
    }

    private mutating func ask() -> BudgetAsk {
        let mailboxes = pick([["m1"], ["m2"], ["m1", "m2"], ["m3"], []])
        return lab.make(pick(["acme", "acme", "zeta"]), mailboxes, units: pick(sizes))
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &random)]
    }
}
