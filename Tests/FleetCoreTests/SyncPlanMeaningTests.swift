import FleetCore
import Foundation
import Testing

// Goal: what blocks, what is hidden, what odd items do. Method: as in SyncPlanTests.

@Suite struct SyncPlanMeaningTests {
    @Test(
        "S55, S58: what an event shows as decides whether it blocks",
        arguments: [
            (ShowAs.free, false, false), (.tentative, true, false), (.busy, true, true), (.oof, true, true),
            (.workingElsewhere, false, false), (.unknown, true, true),
        ])
    func blocks(_ showAs: ShowAs, _ blocks: Bool, _ strictly: Bool) throws {
        var bench = MirrorBench()
        try bench.run([single("a") { $0.showAs = showAs }], .first)
        #expect(try bench.events()["a"]?.blocks == blocks)
        bench.settings.tentativeBlocks = false
        bench.last = SyncPlan(rolling: try bench.state(), range: bench.range, bench.context)
        #expect(bench.last.updated == (blocks == strictly ? 0 : 1))
        try bench.run([])
        #expect(try bench.events()["a"]?.blocks == strictly)
    }

    @Test("S40, S57: cancelled and declined events don't block, and stay so when the settings change")
    func declined() throws {
        var bench = MirrorBench()
        try bench.run([single("a") { $0.response = .declined }, single("b") { $0.isCancelled = true }], .first)
        bench.settings.tentativeBlocks = false
        try bench.run([])
        #expect(try bench.events()["a"]?.blocks == false && bench.events()["b"]?.blocks == false)
        #expect(bench.changes.isEmpty)
        try bench.run([single("a", modified: 2) { $0.response = .accepted }])
        #expect(try bench.changes == ["event.updated a"] && (bench.events()["a"]?.blocks) == true)
    }

    @Test("S56: an all-day free event doesn't block its day")
    func birthday() throws {
        var bench = MirrorBench()
        try bench.run(
            [
                single("a") {
                    $0.time = .allDay(start: CalendarDate("2026-06-05")!, end: CalendarDate("2026-06-06")!)
                    $0.showAs = .free
                }
            ], .first)
        #expect(try bench.events()["a"]?.blocks == false)
    }

    @Test("S59: nothing of a private event rests anywhere, unless its title may show")
    func isPrivate() throws {
        let hidden = single("a", title: "HIV test") {
            $0.isPrivate = true
            $0.location = "Clinic"
        }
        var bench = MirrorBench()
        try bench.run([hidden], .first)
        #expect(try bench.events()["a"]?.title == "Private")
        let everything = "\(bench.shown)\(bench.companions)\(hidden.staged(privateTitles: false))"
        #expect(!everything.contains("HIV") && !everything.contains("Clinic"))
        bench.settings.privateTitles = true
        #expect(bench.settings.needsFullRound(after: ConnectionSettings()))
        try bench.run([hidden], .full)
        #expect(try bench.events()["a"]?.title == "HIV test" && bench.events()["a"]?.location == nil)
        #expect(bench.changes == ["event.updated a"])
        bench.settings.privateTitles = false
        try bench.run([])
        #expect(try bench.events()["a"]?.title == "Private" && bench.changes == ["event.updated a"])
    }

    @Test("S60: an event that turns private is told once, and its old title is gone")
    func turnsPrivate() throws {
        var bench = MirrorBench()
        try bench.run([single("a", title: "Old title") { $0.location = "Here" }], .first)
        try bench.run([single("a", title: "Old title", modified: 2) { $0.isPrivate = true }])
        #expect(bench.changes == ["event.updated a"])
        #expect(!"\(bench.shown)\(bench.companions)".contains("Old title") && !"\(bench.shown)".contains("Here"))
    }

    @Test("S54: what ends before it starts is left out and said; what has no length stays")
    func oddTimes() throws {
        var bench = MirrorBench()
        try bench.run([single("a", hours: -1), single("b", hours: 0), single("c")], .first)
        #expect(try bench.events().keys.sorted() == ["b", "c"])
        #expect(bench.last.setAside == 1)
        #expect(bench.last.warnings == ["1 event was left out: it ends before it starts"])
        try bench.run([single("c", hours: -1, modified: 2)])
        #expect(bench.changes == ["event.deleted c"])
    }

    @Test("S61, S62: one bad item stops nothing, is counted, and doesn't delete what was known of it")
    func malformed() throws {
        var bench = MirrorBench()
        let good = (0..<99).map { single("e\($0)", title: "") }
        try bench.run(good + [.malformed(id: EventID("x"), reason: "no start")], .first)
        #expect(bench.shown.count == 99 && bench.last.setAside == 1)
        #expect(bench.last.warnings == ["1 event was left out: no start"])
        try bench.run(Array(good.dropFirst()) + [.malformed(id: EventID("e0"), reason: "no start")], .full)
        #expect(bench.shown.count == 99 && bench.changes.isEmpty)
        try bench.run([.malformed(id: nil, reason: "no id"), .malformed(id: nil, reason: "no id")])
        #expect(bench.last.warnings == ["2 events were left out: no id"] && bench.shown.count == 99)
    }

    @Test("S64: strange titles survive byte for byte, and long ones are cut at 1,024 bytes")
    func titles() throws {
        var bench = MirrorBench()
        let strange = "a\u{0}b \u{202E}שלום 😀\u{FEFF}\"\\\n\u{7F}"
        let long = String(repeating: "日", count: 4000)
        try bench.run([single("a", title: strange), single("b", title: long) { $0.location = long }], .first)
        #expect(try bench.events()["a"]?.title.utf8.elementsEqual(strange.utf8) == true)
        #expect(try bench.events()["b"]?.title == String(repeating: "日", count: 341))
        #expect(try bench.events()["b"]?.location?.utf8.count == 1023)
        try bench.run([single("b", title: long, modified: 2) { $0.location = long }])
        #expect(bench.changes.isEmpty)
    }

    @Test(
        "S47: an all-day event is its dates, whatever the mailbox's zone",
        arguments: [
            ("Pacific/Auckland", "2026-06-04T12:00:00Z"), ("Europe/Berlin", "2026-06-04T22:00:00Z"),
            ("America/Los_Angeles", "2026-06-05T07:00:00Z"),
        ])
    func allDay(_ zone: String, _ start: String) throws {
        var bench = MirrorBench()
        bench.zone = try #require(MailboxZone(named: zone))
        let day = single("a") {
            $0.time = .allDay(start: CalendarDate("2026-06-05")!, end: CalendarDate("2026-06-06")!)
        }
        try bench.run([day], .first)
        let event = try #require(try bench.events()["a"])
        #expect(
            event.allDay == CalendarEvent.Days(start: CalendarDate("2026-06-05")!, end: CalendarDate("2026-06-06")!))
        #expect(RFC3339.string(event.start) == start && event.end == event.start.addingTimeInterval(86_400))
        try bench.run([day])
        #expect(bench.last.steps.isEmpty)
    }

    @Test("S49: midnight to midnight is not all-day")
    func midnight() throws {
        var bench = MirrorBench()
        try bench.run([single("a") { $0.time = .timed(start: at(1, 10), end: at(1, 34)) }], .first)
        #expect(try bench.events()["a"]?.allDay == nil)
    }
}
