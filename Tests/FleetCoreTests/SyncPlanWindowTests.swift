import FleetCore
import Foundation
import Testing

// Goal: the window moves with the clock and says nothing about it, except what enters. Method: as in SyncPlanTests,
// with the clock put forward.

@Suite struct SyncPlanWindowTests {
    @Test("S29, S31: what reaches into the window is shown, also when it began long before")
    func window() throws {
        var bench = MirrorBench()
        try bench.run(
            [
                single("yesterday", day: -1), single("tomorrow", day: 1), single("far", day: 300),
                single("too far", day: 500), single("long", day: -60, hours: 65 * 24), single("past", day: -40),
                single("touching", day: -31, hours: 24), single("at its end", day: 365),
            ], .first)
        #expect(try bench.events().keys.sorted() == ["far", "long", "tomorrow", "yesterday"])
    }

    @Test("S30: what waits beyond the window comes in as created, what leaves it by time is silent")
    func rolls() throws {
        var bench = MirrorBench()
        try bench.run([single("late", day: 380), single("early", day: -29), single("mid", day: 100)], .first)
        #expect(try bench.events().keys.sorted() == ["early", "mid"])
        for _ in 0..<40 {
            bench.now = bench.now.addingTimeInterval(86_400)
            let plan = SyncPlan(rolling: try bench.state(), range: bench.range, bench.context)
            let before = bench.shown
            try bench.run([])
            #expect(bench.last.steps == plan.steps)
            if bench.changes.isEmpty { #expect(bench.shown.count <= before.count) }
            if !bench.changes.isEmpty { #expect(bench.changes == ["event.created late"]) }
        }
        #expect(try bench.events().keys.sorted() == ["late", "mid"])
        #expect(bench.companions.count == 2, "the past isn't kept")
    }

    @Test("an event that a person moves out of the window is deleted, one that they move in is created")
    func moves() throws {
        var bench = MirrorBench()
        try bench.run([single("a", day: 10), single("b", day: 20), single("c", day: 380)], .first)
        try bench.run([
            single("a", day: 380, modified: 2), single("b", day: -50, modified: 2), single("c", day: 5, modified: 2),
        ])
        #expect(bench.changes == ["event.deleted a", "event.deleted b", "event.created c"])
        #expect(bench.companions.keys.sorted() == ["a", "c"])
        bench.now = at(30)
        try bench.run([])
        #expect(bench.changes == ["event.created a"])
    }

    @Test("a removal or a full round about what time has already moved out says nothing")
    func alreadyOut() throws {
        var bench = MirrorBench()
        try bench.run([single("a", day: -29), single("b", day: -29), single("c", day: 380), single("d")], .first)
        bench.now = at(2)
        try bench.run([.removed(EventID("a")), .removed(EventID("c"))])
        #expect(bench.changes.isEmpty && bench.shown.count == 1)
        bench.now = at(40)
        try bench.run([single("e", day: 41)], .full, isSecondRead: true)
        #expect(bench.changes == ["event.created e"])
    }

    @Test("a narrower window drops silently, a wider one asks for a fresh round")
    func changedWindow() throws {
        var bench = MirrorBench()
        try bench.run([single("a", day: 10), single("b", day: 100)], .first)
        bench.settings.windowFutureSeconds = 50 * 86_400
        try bench.run([])
        #expect(try bench.changes.isEmpty && (bench.events().keys.sorted()) == ["a"])
        let range = bench.range
        var wide = ConnectionSettings()
        wide.windowFutureSeconds = 500 * 86_400
        #expect(range.isOutgrown(now: bench.now, settings: wide, reserve: 0))
        var early = ConnectionSettings()
        early.windowPastSeconds = 60 * 86_400
        #expect(range.isOutgrown(now: bench.now, settings: early, reserve: 0))
        #expect(!range.isOutgrown(now: bench.now, settings: ConnectionSettings(), reserve: 10 * 86_400))
        #expect(range.isOutgrown(now: at(25), settings: ConnectionSettings(), reserve: 10 * 86_400))
    }

    @Test("connections are renewed at different times, each always at its own")
    func reserves() {
        let reserves = (0..<100).map {
            RoundRange.reserve(of: ConnectionID(tenant: TenantID("t"), resource: ResourceID("room-\($0)"))) / 86_400
        }
        #expect(reserves.allSatisfy { (2...10).contains($0) } && Set(reserves.map { Int($0) }).count >= 6)
        #expect(reserves[0] == RoundRange.reserve(of: ConnectionID("t:room-0")!) / 86_400)
    }
}
