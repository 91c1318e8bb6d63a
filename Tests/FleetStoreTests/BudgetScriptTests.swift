// Goal: what the budget scripts read and write, to the last byte. Method: whole states before and after each call, on a
// clock that the test sets.
import FleetCore
import Redis
import Testing

@testable import FleetStore

@Suite("Budget scripts")
struct BudgetScriptTests {
    private let t0 = BudgetLab.epoch

    @Test("a grant is counted in every scope at once and takes its places")
    func grant() async throws {
        try await BudgetLab.with { lab in
            let answers = try await lab.ask([lab.make("acme", ["a@x", "b@x"], units: 3, places: 2, id: "w-1")])
            // The app's window is the shortest: 2 % of 10 s.
            #expect(answers.map { "\($0.wait) \($0.word)" } == ["0 200"])
            #expect(
                try await lab.state() == [
                    "0 a 3 3@0", "0 ma@x 3 3@0", "0 mb@x 3 3@0", "0 pa@x w-1 x2 until 15200",
                    "0 pb@x w-1 x2 until 15200", "0 tacme 3 3@0",
                ])
        }
    }

    @Test("a refusal writes nothing, in no scope")
    func refusal() async throws {
        try await BudgetLab.with {
            $0.mailbox = CallRate(count: 2, window: .seconds(60))
        } _: { lab in
            _ = try await lab.ask("acme", ["m"], units: 2)
            let before = try await lab.state()
            #expect(try await lab.ask("acme", ["m"]) == Told(61_001, "m"))
            #expect(try await lab.state() == before)
            #expect(try await lab.ask("acme", ["other"]).wait == 0, "other mailboxes go on")
        }
    }

    @Test("grants of a 64th of the window share a bucket, which counts until its last grant is a window old")
    func buckets() async throws {
        try await BudgetLab.with {
            $0.tenant = CallRate(count: 4, window: .milliseconds(64_000))
        } _: { lab in
            for time in [0, 999, 1000, 1001] {
                try await lab.set(t0 + time)
                #expect(try await lab.ask().wait == 0)
            }
            #expect(try await lab.state().last == "0 tacme 4 2@999 2@1001")
            try await lab.set(t0 + 1001)
            #expect(try await lab.ask() == Told(64_000 + 1000 + 1 - 2, "t"), "the first bucket: its last grant at 999")
            #expect(try await lab.ask(units: 3) == Told(64_000 + 1000 + 1, "t"), "two buckets must go")
            try await lab.set(t0 + 999 + 65_001)
            #expect(try await lab.ask(units: 2).wait == 0)
            #expect(try await lab.state().last == "0 tacme 4 2@1001 2@66000")
        }
    }

    @Test("asks of one call are decided in their order; who was refused first comes first")
    func order() async throws {
        try await BudgetLab.with {
            $0.tenant = CallRate(count: 4, window: .seconds(60))
        } _: { lab in
            let asks = [3, 2, 1, 5, 1].map { lab.make(units: $0) }
            let answers = try await lab.ask(asks).map { "\($0.wait) \($0.word)" }
            // 3 go; 2 wait for the window; 1 would fit, but stands behind the 2; 5 is more than there is.
            #expect(answers == ["0 200", "61001 t", "61001 t", "-4 ", "61001 t"])
        }
    }

    @Test("places: so many at once, given back by finishing, or by their deadline when nobody does")
    func places() async throws {
        try await BudgetLab.with { lab in
            for index in 1...4 { _ = try await lab.ask([lab.make("acme", ["m"], id: "w-\(index)")]) }
            #expect(try await lab.ask("acme", ["m"]) == Told(25, "p"))
            // What comes back in the same call is there for the ask.
            let answers = try await lab.ask(
                [lab.make("zeta", ["m"], id: "w-5")], releasing: [BudgetRelease(id: "w-2", mailboxes: ["m"])])
            #expect(answers[0].wait == 0)
            #expect(try await lab.ask("acme", ["m"]).wait == 25)
            // The worker dies. Its places are free when the requests can't last any longer.
            try await lab.set(t0 + 15_190)
            #expect(try await lab.ask("acme", ["m"]) == Told(10, "p"), "not before, and not later than that")
            try await lab.set(t0 + 15_200)
            #expect(try await lab.ask([lab.make("acme", ["m"], id: "w-6")])[0].wait == 0)
            #expect(try await lab.state().contains("0 pm w-6 x1 until 30400"))
        }
    }

    @Test("the last place that comes back leaves no key, in whichever generation it lay")
    func lastPlace() async throws {
        try await BudgetLab.with { lab in
            _ = try await lab.ask([lab.make("acme", ["m"], id: "w-1"), lab.make("acme", ["n"], id: "w-2")])
            try await lab.set(t0 + 4_096_000)
            _ = try await lab.ask([], releasing: [BudgetRelease(id: "w-1", mailboxes: ["m"])])
            _ = try await lab.ask([], releasing: [BudgetRelease(id: "gone", mailboxes: ["m", "nobody"])])
            let left = try await lab.state()
            #expect(left.filter { $0.contains(" p") } == ["0 pn w-2 x1 until 15200"])
        }
    }

    @Test("an ask that is repeated after a lost reply holds its places once")
    func repeated() async throws {
        try await BudgetLab.with { lab in
            let ask = lab.make("acme", ["m"], places: 4, id: "w-1")
            _ = try await lab.ask([ask])
            #expect(try await lab.ask([ask])[0].wait == 25, "a full mailbox has no room for the repeat either")
            _ = try await lab.ask([], releasing: [BudgetRelease(id: "w-1", mailboxes: ["m"])])
            #expect(try await lab.ask([ask])[0].wait == 0)
        }
    }

    @Test("a scope moves on to the next generation; what nobody asked for two generations is gone, and counted no more")
    func generations() async throws {
        try await BudgetLab.with {
            $0.tenant = CallRate(count: 2, window: .seconds(3600))
        } _: { lab in
            try await lab.set(t0 + 4_000_000)
            _ = try await lab.ask("old", units: 2)
            _ = try await lab.ask("acme", units: 2)
            try await lab.set(t0 + 4_096_000)
            #expect(try await lab.ask("acme").word == "t", "lesson 34: another generation is no second set")
            try await lab.set(t0 + 4_000_000 + 3_600_000 + 1000)
            #expect(try await lab.ask("acme") == Told(1, "t"))
            try await lab.set(t0 + 4_000_000 + 3_600_000 + 1001)
            #expect(try await lab.ask("acme").wait == 0)
            try await lab.set(t0 + 2 * 4_096_000)
            _ = try await lab.ask("new")
            #expect(Set(try await lab.state().map { String($0.first ?? "?") }) == ["1", "2"])
        }
    }

    @Test("every generation has an end of its own, should nobody ever ask again")
    func expiry() async throws {
        try await StoreHarness.with { harness in
            let budgets = Budgets(harness.store, limits: BudgetLimits())
            _ = try await budgets.ask([
                BudgetAsk(
                    id: "1", tenant: TenantID("acme"), mailboxes: ["m"], units: 1, places: 1, timeout: .seconds(15))
            ])
            let keys = try await harness.redis.send(["KEYS", RedisValue(harness.keys.prefix + "b:*")]).array ?? []
            #expect(keys.count == 1)
            let left = try await harness.redis.send(["PTTL", .string(try #require(keys.first?.string))]).int ?? -1
            #expect((2 * 4_096_000...3 * 4_096_000).contains(left))
        }
    }

    @Test("Redis's clock is set back: a tenant isn't locked out for as long")
    func clockSetBack() async throws {
        try await BudgetLab.with {
            $0.tenant = CallRate(count: 2, window: .seconds(60))
        } _: { lab in
            try await lab.set(t0 + 3_000_000)
            _ = try await lab.ask(units: 2)
            try await lab.set(t0)
            #expect(try await lab.ask() == Told(61_001, "t"))
        }
    }

    @Test(
        "more than the limits ever allow is refused at once, with what may pass", arguments: [(5, 1), (1, 5), (9, 9)])
    func tooLarge(units: Int, places: Int) async throws {
        try await BudgetLab.with {
            $0.tenant = CallRate(count: 3, window: .seconds(60))
        } _: { lab in
            let told = try await lab.ask("acme", ["m"], units: units, places: places)
            #expect(told.wait == -3)
            #expect(try await lab.state().isEmpty)
            #expect(try await lab.ask("acme", ["m"], units: 3, places: 3).wait == 0)
        }
    }
}

@Suite("Closed mailboxes")
struct ClosedMailboxTests {
    private let t0 = BudgetLab.epoch

    private func close(
        _ lab: BudgetLab, at time: Int, asked: Int?, atOnce: Bool = false, _ mailboxes: [RedisValue] = ["m"]
    ) async throws -> Int {
        try await lab.set(t0 + time)
        let reply = try await lab.call(
            .closeMailboxes, [asked.map { .integer($0) } ?? "", atOnce ? "1" : "0", 5000, 600_000] + mailboxes)
        return reply.int ?? -1
    }

    @Test("a Retry-After closes the mailbox for everybody until then, and nobody else")
    func retryAfter() async throws {
        try await BudgetLab.with { lab in
            _ = try await lab.ask("acme", ["m"])
            #expect(try await close(lab, at: 100, asked: 20_000) == 20_000)
            #expect(try await lab.state().contains("0 mm 1 closed 20100 x1 1@0"))
            #expect(try await lab.ask("acme", ["m"]) == Told(20_000, "m"))
            #expect(try await lab.ask("zeta", ["n", "m"]) == Told(20_000, "m"))
            #expect(try await lab.ask("acme", ["n"]).wait == 0)
            try await lab.set(t0 + 20_099)
            #expect(try await lab.ask("acme", ["m"]) == Told(1, "m"))
            try await lab.set(t0 + 20_100)
            #expect(try await lab.ask("acme", ["m"]).wait == 0)
        }
    }

    @Test("the longest of several answers holds; a later, shorter one opens nothing")
    func longest() async throws {
        try await BudgetLab.with { lab in
            let first = try await close(lab, at: 0, asked: 30_000)
            #expect(first == 30_000)
            #expect(try await close(lab, at: 10, asked: 1000) == 29_990)
            #expect(try await close(lab, at: 20, asked: nil) == 29_980)
            #expect(try await close(lab, at: 30, asked: 40_000) == 40_000)
            #expect(try await lab.state() == ["0 mm 0 closed 40030 x1"])
        }
    }

    @Test("where Graph says nothing, or something that doesn't help, waits double; a calm minute forgets")
    func backoff() async throws {
        try await BudgetLab.with { lab in
            var time = 0
            for expected in [5000, 10_000, 20_000, 40_000] {
                #expect(try await close(lab, at: time, asked: nil) == expected)
                time += expected + 500
            }
            // It lies: one second, again and again. The first lie is believed.
            time += 200_000
            for expected in [1000, 5000, 10_000, 20_000] {
                #expect(try await close(lab, at: time, asked: 1000) == expected)
                time += expected + 500
            }
            #expect(try await close(lab, at: time, asked: 90_000) == 90_000, "more than our own wait is believed")
            time += 90_000
            for _ in 0..<12 { time += try await close(lab, at: time, asked: nil) }
            #expect(try await close(lab, at: time, asked: nil) == 600_000)
        }
    }

    @Test("too many at once is over in a moment, whatever the header says")
    func atOnce() async throws {
        try await BudgetLab.with { lab in
            let first = try await close(lab, at: 0, asked: nil, atOnce: true)
            #expect(first == 500)
            #expect(try await close(lab, at: 600, asked: nil, atOnce: true) == 1000)
            #expect(try await close(lab, at: 2000, asked: 600_000, atOnce: true) == 10_000)
        }
    }

    @Test("closing survives a generation and lets counts be")
    func generation() async throws {
        try await BudgetLab.with { lab in
            try await lab.set(t0 + 4_095_000)
            _ = try await lab.ask("acme", ["m"], units: 7)
            #expect(try await close(lab, at: 4_095_500, asked: 1_800_000, ["m", "n"]) == 1_800_000)
            try await lab.set(t0 + 4_096_000)
            #expect(try await lab.ask("acme", ["m"]) == Told(1_799_500, "m"))
            #expect(try await close(lab, at: 4_096_500, asked: 1000) == 1_799_000)
            #expect(try await lab.state().contains("1 mm 7 closed 5895500 x1 7@4095000"))
        }
    }
}

@Suite("Announced limits")
struct AnnouncedLimitTests {
    private func limits(_ count: Int, _ seconds: Int, places: Int = 4) -> BudgetLimits {
        var limits = BudgetLimits()
        limits.tenant = CallRate(count: count, window: .seconds(seconds))
        limits.mailboxConcurrency = places
        return limits
    }

    @Test("of workers with different limits the stricter hold for all, until the strict one is gone")
    func stricter() async throws {
        try await BudgetLab.with { lab in
            let (loose, strict) = (limits(10, 60, places: 2), limits(3, 120))
            let both = limits(3, 120, places: 2)
            func announce(_ limits: BudgetLimits) async throws -> BudgetLimits? {
                BudgetLimits(text: try await lab.call(.announceRates, [60_000], limits: limits).string ?? "")
            }
            #expect(try await announce(loose) == loose)
            #expect(try await announce(strict) == both)
            #expect(try await announce(loose) == both)
            for _ in 0..<3 { #expect(try await lab.ask(limits: loose).wait == 0) }
            #expect(try await lab.ask(limits: loose) == Told(121_001, "t"))
            #expect(try await lab.ask("zeta", ["m"], places: 3, limits: strict).wait == -2)
            // Only the loose one goes on saying so.
            try await lab.set(BudgetLab.epoch + 60_000)
            #expect(try await announce(loose) == loose)
            #expect(try await lab.ask(limits: loose).wait == 0)
        }
    }

    @Test("limits read back as they were written")
    func text() {
        #expect(BudgetLimits(text: BudgetLimits().text) == BudgetLimits())
        #expect(BudgetLimits().text == "130000 10000 1200 60000 10000 600000 4")
        #expect(BudgetLimits(text: "1 2 3") == nil)
    }
}
