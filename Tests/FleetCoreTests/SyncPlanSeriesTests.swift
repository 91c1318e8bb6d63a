import FleetCore
import Foundation
import Testing

// Goal: series, of which Graph tells the least. Method: as in SyncPlanTests.

@Suite struct SyncPlanSeriesTests {
    /// A weekly series of four, first round.
    private func series() throws -> MirrorBench {
        var bench = MirrorBench()
        try bench.run((0..<4).map { occurrence("o\($0)", of: "m", day: Double($0) * 7) } + [master("m")], .first)
        return bench
    }

    private func needs(_ bench: MirrorBench, _ items: [RemoteItem]) throws -> SyncNeeds {
        SyncNeeds(SyncRound(extent: .incremental, range: bench.range, items: items), try bench.state())
    }

    @Test("S37, S38: occurrences take everything but their times from the master, who is no event")
    func join() throws {
        var bench = MirrorBench()
        let secret = master("m", title: "Secret") {
            $0.isPrivate = true
            $0.location = "Here"
            $0.showAs = .oof
        }
        try bench.run([occurrence("o", of: "m", day: 3), secret], .first)
        let event = try #require(try bench.events()["o"])
        #expect(try bench.events().count == 1)
        #expect(event.title == "Private" && event.location == nil && event.isPrivate && event.showAs == .oof)
        #expect(event.kind == .occurrence && event.series == EventID("m") && event.start == at(3))
        #expect(!bench.companions.values.contains { $0.contains("Secret") || $0.contains("Here") })
    }

    @Test("a master that didn't come is asked for, and a series that changed is read anew")
    func needs() throws {
        let bench = try series()
        // A stored master may be out of date: what else made its occurrence come again?
        #expect(try needs(bench, [occurrence("x", of: "m", day: 2)]) == SyncNeeds(masters: [EventID("m")]))
        #expect(try needs(bench, [occurrence("x", of: "m", day: 2), master("m")]).isEmpty)
        #expect(try needs(bench, [occurrence("x", of: "n", day: 2)]) == SyncNeeds(masters: [EventID("n")]))
        #expect(try needs(bench, [master("m")]).isEmpty, "a replay")
        #expect(try needs(bench, [master("m", modified: 2)]) == SyncNeeds(series: [EventID("m")]))
        #expect(try needs(bench, (0..<21).map { master("n\($0)") }).wantsFullRound)
        let full = SyncRound(extent: .full, range: bench.range, items: [occurrence("x", of: "m", day: 2)])
        #expect(SyncNeeds(full, try bench.state()) == SyncNeeds(masters: [EventID("m")]))
    }

    @Test("S39: an occurrence that the series no longer has is deleted, and only that one")
    func deletedOccurrence() throws {
        var bench = try series()
        let rest = [0, 2, 3].map { occurrence("o\($0)", of: "m", day: Double($0) * 7) }
        try bench.run([master("m", modified: 2)], series: [EventID("m"): .instances(rest)])
        #expect(bench.changes == ["event.deleted o1"])
        try bench.run([master("m", modified: 2)])
        #expect(bench.changes.isEmpty)
    }

    @Test("S40, S41: a cancelled occurrence doesn't block; a moved one is an exception of the same series")
    func exceptions() throws {
        var bench = try series()
        try bench.run([exception("o1", of: "m", day: 9), exception("o2", of: "m", day: 14) { $0.isCancelled = true }])
        let moved = try #require(try bench.events()["o1"])
        #expect(moved.kind == .exception && moved.series == EventID("m") && moved.start == at(9) && moved.blocks)
        let cancelled = try #require(try bench.events()["o2"])
        #expect(cancelled.status == .cancelled && !cancelled.blocks)
        #expect(bench.changes == ["event.updated o1", "event.updated o2"])
        var skeleton = MirrorBench()
        let off = RemoteOccurrence(
            id: EventID("o"), series: EventID("m"), time: .timed(start: at(1), end: at(2)), isCancelled: true)
        try skeleton.run([.occurrence(off), master("m")], .first)
        #expect(try skeleton.events()["o"]?.blocks == false)
    }

    @Test("S42: this and following: the old series is cut, a new one comes, and later rounds change nothing")
    func thisAndFollowing() throws {
        var bench = try series()
        let old = [0, 1].map { occurrence("o\($0)", of: "m", day: Double($0) * 7) }
        let new = [2, 3].map { occurrence("p\($0)", of: "n", day: Double($0) * 7 + 1) }
        let round = [master("m", modified: 2), master("n", modified: 2)] + new
        let answers: [EventID: SyncRound.SeriesReading] = [
            EventID("m"): .instances(old), EventID("n"): .instances(new),
        ]
        try bench.run(round, series: answers)
        #expect(
            bench.changes == ["event.deleted o2", "event.deleted o3", "event.created p2", "event.created p3"])
        for _ in 0..<3 {
            try bench.run(round, series: answers)
            #expect(bench.last.steps.isEmpty)
        }
    }

    @Test("S44: with its master a series goes, exceptions included; what comes after the removal stays")
    func deletedSeries() throws {
        var bench = try series()
        try bench.run([exception("o1", of: "m", day: 9)])
        try bench.run([occurrence("o3", of: "m", day: 21), .removed(EventID("m"))])
        #expect(bench.last.deleted == 4 && bench.shown.isEmpty && bench.companions.isEmpty)

        var again = try series()
        try again.run([.removed(EventID("m")), master("m", modified: 3), occurrence("o1", of: "m", day: 7)])
        #expect(again.changes == ["event.deleted o0", "event.deleted o2", "event.deleted o3"])

        var gone = try series()
        try gone.run([master("m", modified: 2)], series: [EventID("m"): .gone])
        #expect(gone.last.deleted == 4 && gone.companions.isEmpty)
    }

    @Test("a changed master changes its occurrences, also those that nobody names")
    func changedMaster() throws {
        var bench = try series()
        try bench.run([master("m", title: "Renamed", modified: 2)])
        #expect(try bench.last.updated == 4 && (bench.events()["o2"]?.title) == "Renamed")
    }

    @Test("an occurrence whose master can't be had blocks without a title, and says so")
    func orphan() throws {
        var bench = MirrorBench()
        try bench.run([occurrence("o", of: "m", day: 3)], .first)
        let event = try #require(try bench.events()["o"])
        #expect(event.blocks && event.title.isEmpty && event.showAs == .unknown && !bench.last.warnings.isEmpty)
        var gone = MirrorBench()
        try gone.run([occurrence("o", of: "m", day: 3)], .first, masters: [EventID("m"): .gone])
        #expect(gone.shown.isEmpty)
        var found = MirrorBench()
        try found.run([occurrence("o", of: "m", day: 3)], .first, masters: [EventID("m"): .found(masterEvent("m"))])
        #expect(try found.events()["o"]?.title == "Series")
    }

    @Test("a full round keeps the masters it brings or needs, and drops the others")
    func leftoverMasters() throws {
        var bench = try series()
        try bench.run([master("n"), master("p", title: "Known")])
        #expect(bench.companions.keys.sorted() == ["m", "n", "o0", "o1", "o2", "o3", "p"])
        try bench.run([occurrence("o1", of: "m", day: 7), master("n")], .full, isSecondRead: true)
        #expect(bench.companions.keys.sorted() == ["m", "n", "o1"])
    }

    @Test("a single event that becomes a series, or the reverse, leaves no ghost")
    func conversions() throws {
        var bench = MirrorBench()
        try bench.run([single("a")], .first)
        let occurrences = [occurrence("o0", of: "a", day: 1), occurrence("o1", of: "a", day: 8)]
        try bench.run([master("a", modified: 2)], series: [EventID("a"): .instances(occurrences)])
        #expect(bench.changes == ["event.deleted a", "event.created o0", "event.created o1"])
        try bench.run([single("a", day: 1, modified: 3)])
        #expect(bench.changes == ["event.deleted o0", "event.deleted o1", "event.created a"])
        #expect(bench.companions.count == 1)
    }

    @Test("an all-day series has dates, a series at midnight has times")
    func midnights() throws {
        func bare(_ id: String, of series: String) throws -> RemoteItem {
            let (first, second) = (CalendarDate("2026-06-05")!, CalendarDate("2026-06-06")!)
            let start = try #require(RFC3339.date("2026-06-05T00:00:00Z"))
            return .occurrence(
                RemoteOccurrence(
                    id: EventID(id), series: EventID(series),
                    time: .midnights(
                        start: first, end: second, startUTC: start, endUTC: start.addingTimeInterval(86_400))))
        }
        var bench = MirrorBench()
        let allDay = master("m") {
            $0.time = .allDay(start: CalendarDate("2026-01-01")!, end: CalendarDate("2026-01-02")!)
        }
        try bench.run([bare("o", of: "m"), bare("p", of: "n"), allDay, master("n")], .first)
        let events = try bench.events()
        #expect(events["o"]?.allDay?.start == CalendarDate("2026-06-05"))
        #expect(events["o"].map { RFC3339.string($0.start) } == "2026-06-04T22:00:00Z")
        #expect(events["p"]?.allDay == nil && events["p"].map { RFC3339.string($0.start) } == "2026-06-05T00:00:00Z")
    }
}
