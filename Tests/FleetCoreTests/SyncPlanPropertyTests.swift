import FleetCore
import Foundation
import TestSupport
import Testing

// Goal: whatever people do, whatever order and noise Graph's rounds have, wherever a worker dies: the mirror equals the
// calendar's window, a consumer who follows the changes holds the same, and quiet rounds are silent. Method: a model of
// a calendar, edited at random from a seed; the seed is in each failure and replays it.

@Suite struct SyncPlanPropertyTests {
    @Test("mirror and consumer follow any calendar", arguments: UInt64(1)...60)
    func follows(seed: UInt64) throws {
        var model = CalendarModel(seed: seed)
        var bench = MirrorBench()
        for _ in 0..<20 { model.edit(around: bench.now) }
        try sync(&model, &bench, .first)
        for step in 0..<25 {
            for _ in 0..<Int.random(in: 0...4, using: &model.random) { model.edit(around: bench.now) }
            if model.random.isOne(in: 3) {
                bench.now = bench.now.addingTimeInterval(Double(Int.random(in: 1...86_400 * 3, using: &model.random)))
            }
            if model.random.isOne(in: 8) { bench.settings.tentativeBlocks.toggle() }
            let isDue = bench.range.isOutgrown(now: bench.now, settings: bench.settings, reserve: 86_400)
            let extent: SyncRound.Extent = isDue || model.random.isOne(in: 6) ? .full : .incremental
            try sync(&model, &bench, extent)
            try check(model, &bench, "seed \(seed), step \(step)")
            if bench.last.suspicion == nil { try quiet(&model, &bench, "seed \(seed), step \(step)") }
        }
    }

    /// One sync as a worker makes it: read, ask what is needed, plan, commit; now and then it dies in the middle of the
    /// commit, and the next one does it again with the same pages.
    private func sync(_ model: inout CalendarModel, _ bench: inout MirrorBench, _ extent: SyncRound.Extent) throws {
        if extent != .incremental { bench.range = RoundRange.planned(now: bench.now, settings: bench.settings) }
        let items = extent == .incremental ? model.incrementalRound(bench.range) : model.fullRound(bench.range)
        var round = SyncRound(extent: extent, range: bench.range, items: items)
        for _ in 0..<2 { model.answer(SyncNeeds(round, try bench.state()), &round) }
        let needs = SyncNeeds(round, try bench.state())
        #expect(needs.masters.isEmpty && needs.series.isEmpty)
        if model.random.isOne(in: 3), extent != .first {
            try bench.commit(round, steps: Int.random(in: 0...5, using: &model.random))
        }
        try bench.commit(round)
        if bench.last.suspicion != nil {
            round.isSecondRead = true
            try bench.commit(round)
        }
    }

    private func check(_ model: CalendarModel, _ bench: inout MirrorBench, _ place: String) throws {
        let expected = model.expected(bench)
        let shown = Dictionary(uniqueKeysWithValues: try bench.state().shownEvents.map { ($0.id, untimed($0)) })
        #expect(shown == expected, "mirror differs: \(place): \(difference(shown, expected))")
        // A consumer prunes by the window, as the contract tells them to.
        let window = SyncWindow(now: bench.now, settings: bench.settings)
        bench.consumer = bench.consumer.filter { window.shows($0.value) }
        let held = bench.consumer.mapValues(untimed)
        #expect(held == expected, "consumer differs: \(place): \(difference(held, expected))")
    }

    /// Two more rounds without a change, one of them a replay of everything.
    private func quiet(_ model: inout CalendarModel, _ bench: inout MirrorBench, _ place: String) throws {
        try sync(&model, &bench, .incremental)
        #expect(bench.changes.isEmpty, "\(place): \(bench.changes)")
        guard model.random.isOne(in: 4) else { return }
        try sync(&model, &bench, .full)
        #expect(bench.changes.isEmpty, "\(place): \(bench.changes)")
    }

    private func untimed(_ event: CalendarEvent) -> CalendarEvent {
        var event = event
        event.lastModified = nil
        return event
    }

    private func difference(_ left: [EventID: CalendarEvent], _ right: [EventID: CalendarEvent]) -> String {
        let ids = Set(left.keys).union(right.keys).filter { left[$0] != right[$0] }
        return ids.sorted { $0.rawValue < $1.rawValue }.prefix(2)
            .map { "\(String(describing: left[$0])) != \(String(describing: right[$0]))" }.joined(separator: "; ")
    }
}
