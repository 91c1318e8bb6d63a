import FleetCore
import Foundation
import Testing

// Goal: what a round does to the mirror, case by case. Method: small rounds on a bench that stores strings as Redis
// would; the names S.. are those of the scenarios from the field.

@Suite struct SyncPlanTests {
    @Test("the first round fills the mirror and says nothing")
    func first() throws {
        var bench = MirrorBench()
        try bench.run([single("a"), single("b", day: 400), single("c", day: -100)], .first)
        #expect(try bench.events().keys.sorted() == ["a"] && bench.changes.isEmpty && !bench.last.isResync)
        #expect(bench.companions.keys.sorted() == ["a", "b"] && bench.last.shown == 1)
    }

    @Test("what appears, differs or goes is said, once")
    func differences() throws {
        var bench = MirrorBench()
        try bench.run([single("a"), single("b"), single("c")], .first)
        let round = [single("a", title: "New", modified: 2), .removed(EventID("b")), single("d", day: 2)]
        try bench.run(round)
        #expect(bench.changes == ["event.deleted b", "event.updated a", "event.created d"])
        #expect(bench.last.created == 1 && bench.last.updated == 1 && bench.last.deleted == 1)
        try bench.run(round)
        #expect(bench.changes.isEmpty && bench.last.steps.isEmpty)
    }

    @Test("S23: the newest version of a round stands, and an older one in the next round changes nothing")
    func replays() throws {
        var bench = MirrorBench()
        try bench.run([single("a")], .first)
        try bench.run([single("a", title: "New", modified: 3), single("a", title: "Old", modified: 2)])
        #expect(try bench.changes == ["event.updated a"] && (bench.events()["a"]?.title) == "New")
        try bench.run([single("a", title: "Old", modified: 2)])
        #expect(try bench.changes.isEmpty && (bench.events()["a"]?.title) == "New")
        try bench.run([single("a", title: "Equal", modified: 3), single("a", title: "Last", modified: 3)])
        #expect(try bench.events()["a"]?.title == "Last")
        try bench.run([single("a", title: "Untimed", modified: nil)])
        #expect(try bench.events()["a"]?.title == "Untimed")
    }

    @Test("S24, S25: a removal is one for what is known, and nothing for what isn't")
    func removals() throws {
        var bench = MirrorBench()
        try bench.run([single("a")], .first)
        try bench.run([.removed(EventID("x"))])
        #expect(bench.last.steps.isEmpty)
        try bench.run([.removed(EventID("a")), single("a", title: "Back", modified: 2)])
        #expect(bench.changes == ["event.updated a"])
        try bench.run([single("a", title: "Gone", modified: 3), .removed(EventID("a"))])
        #expect(bench.changes == ["event.deleted a"] && bench.shown.isEmpty && bench.companions.isEmpty)
    }

    @Test("S27: a full round finds what was deleted meanwhile, and says that it was one")
    func missedDeletions() throws {
        var bench = MirrorBench()
        let all = (0..<50).map { single("e\($0)") }
        try bench.run(all, .first)
        try bench.run(Array(all.dropFirst(5)), .full)
        #expect(bench.last.deleted == 5 && bench.last.created == 0 && bench.last.updated == 0 && bench.last.isResync)
        try bench.run(Array(all.dropFirst(5)), .full)
        #expect(bench.last.steps.isEmpty)
    }

    @Test("a full round without most of the mirror asks for a second read, and believes that")
    func suspicion() throws {
        var bench = MirrorBench()
        let all = (0..<50).map { single("e\($0)") }
        try bench.run(all, .first)
        for items in [[], Array(all.prefix(20))] {
            try bench.run(items, .full)
            #expect(bench.last.suspicion != nil && bench.last.steps.isEmpty && bench.shown.count == 50)
        }
        try bench.run(Array(all.prefix(20)), .full, isSecondRead: true)
        #expect(bench.last.deleted == 30 && bench.shown.count == 20)
        try bench.run((0..<20).map { .removed(EventID("e\($0)")) })
        #expect(bench.last.deleted == 20, "tombstones are explicit")
    }

    @Test("S34: equal content with a new change key or time is no news, but the time is kept")
    func equalContent() throws {
        var bench = MirrorBench()
        try bench.run([single("a", modified: 1)], .first)
        try bench.run([single("a", modified: 5)])
        #expect(try bench.changes.isEmpty && (bench.events()["a"]?.lastModified) == at(0, 5 - 1000))
        try bench.run([single("a", title: "Older", modified: 4)])
        #expect(bench.changes.isEmpty && bench.last.steps.isEmpty)
    }

    @Test("S35: ids that differ by case only are two events")
    func caseOfIDs() throws {
        var bench = MirrorBench()
        try bench.run([single("AAa="), single("AAA=")], .first)
        try bench.run([.removed(EventID("AAa="))])
        #expect(try bench.events().keys.sorted() == ["AAA="])
    }

    @Test("a mirror with a value that can't be read asks for a full round, which sets it right")
    func unreadable() throws {
        var bench = MirrorBench()
        try bench.run([single("a"), single("b")], .first)
        bench.shown["a"] = "{"
        bench.shown["x"] = "rubbish"
        let needs = SyncNeeds(SyncRound(extent: .incremental, range: bench.range, items: []), try bench.state())
        #expect(needs.wantsFullRound)
        try bench.run([single("a"), single("b")], .full)
        #expect(try bench.events().keys.sorted() == ["a", "b"] && bench.shown.count == 2)
    }

    @Test("a mirror of a newer fleet is refused")
    func newer() throws {
        var bench = MirrorBench()
        bench.companions["a"] = #"{"v":2}"#
        #expect(throws: NewerVersion.self) { try bench.state() }
    }

    @Test("slices hold what they are asked to, and there is always one")
    func slices() throws {
        var bench = MirrorBench()
        try bench.run((0..<1201).map { single("e\($0)") }, .first)
        #expect(bench.last.slices().map(\.count) == [500, 500, 201])
        try bench.run([])
        #expect(bench.last.slices().map(\.count) == [0])
    }
}
