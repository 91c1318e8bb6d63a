import FleetCore
import Foundation
import Testing

// Goal: what a round says of an event that was made for a booking becomes the booking's news, once, and what we wrote
// ourselves becomes nobody's. Method: rounds on the bench, whose records follow what plans note.

@Suite("Events of bookings in a round") struct OwnEventTests {
    /// A mirrored calendar with `a`, the event of booking b-1, as we wrote it at version 1.
    private func bench(day: Double = 1) throws -> MirrorBench {
        var bench = MirrorBench()
        let seen = CalendarEvent(
            id: EventID("a"), start: at(day), end: at(day, 1), title: "Meeting", booking: BookingID("b-1"),
            lastModified: at(0, -999))
        bench.own[EventID("a")] = OwnEvent(
            booking: BookingID("b-1"),
            record: BookingRecord(state: .live, event: EventID("a"), changeKey: "key-a-1.0", seen: seen, creates: 1))
        try bench.run([single("a", day: day), single("b", day: 2)], .first)
        return bench
    }

    @Test("a version that the fleet wrote itself is silent, and the event carries its booking")
    func ownWrite() throws {
        var bench = try bench()
        bench.own[EventID("a")]?.record.changeKey = "key-a-2.0"
        bench.own[EventID("a")]?.record.seen?.title = "Ours"
        try bench.run([single("a", title: "Ours", modified: 2)])
        #expect(try bench.changes.isEmpty && (bench.events()["a"]?.booking) == BookingID("b-1"))
        #expect(try bench.events()["a"]?.title == "Ours")
    }

    @Test("S81: a person who moves it is told once, with the new times; who edits it otherwise, as an edit")
    func moved() throws {
        var bench = try bench()
        try bench.run([single("a", day: 3, modified: 2)])
        #expect(bench.changes == ["booking.moved a"])
        #expect(bench.consumer[EventID("a")]?.start == at(3))
        try bench.run([single("a", day: 3, modified: 2)])
        #expect(bench.changes.isEmpty && bench.last.steps.isEmpty)
        try bench.run([single("a", day: 3, title: "By hand", modified: 3)])
        #expect(bench.changes == ["booking.edited_in_outlook a"])
        try bench.run([single("a", day: 3, title: "By hand", modified: 4)])
        #expect(bench.changes.isEmpty)
    }

    @Test("S82: one that was deleted is told once, and forgotten")
    func deleted() throws {
        var bench = try bench()
        try bench.run([.removed(EventID("a"))])
        #expect(bench.changes == ["booking.cancelled_in_outlook a"] && bench.own.isEmpty)
        #expect(try bench.events()["a"] == nil)
        try bench.run([.removed(EventID("a"))])
        #expect(bench.changes.isEmpty)
    }

    @Test("moved out of the window it leaves the mirror with booking.moved, and is news beyond it, too")
    func movedOut() throws {
        var bench = try bench()
        try bench.run([.removed(EventID("a")), single("a", day: 500, modified: 2)])
        #expect(bench.changes == ["booking.moved a"])
        #expect(try bench.events()["a"] == nil && bench.consumer[EventID("a")] == nil)
        try bench.run([.removed(EventID("a")), single("a", day: 501, modified: 3)])
        #expect(bench.changes == ["booking.moved a"])
        try bench.run([.removed(EventID("a"))])
        #expect(bench.changes == ["booking.cancelled_in_outlook a"])
    }

    @Test("what a round calls removed, or a whole round doesn't name, is asked for before it is believed")
    func doubts() throws {
        let bench = try bench()
        func doubtful(_ items: [RemoteItem], _ extent: SyncRound.Extent) -> [EventID] {
            OwnEvent.doubtful(in: SyncRound(extent: extent, range: bench.range, items: items), bench.own)
        }
        #expect(doubtful([.removed(EventID("a"))], .incremental) == [EventID("a")])
        #expect(doubtful([.removed(EventID("b"))], .incremental).isEmpty)
        #expect(doubtful([single("b")], .full) == [EventID("a")])
        #expect(doubtful([single("a"), .removed(EventID("a")), single("a")], .full).isEmpty)
    }

    /// `a` made a series of three days.
    private func series(title: String = "Meeting", modified: Double) -> [RemoteItem] {
        [
            master("a", title: title, modified: modified) { $0.time = .timed(start: at(1), end: at(1, 1)) },
            occurrence("a.1", of: "a", day: 1), occurrence("a.2", of: "a", day: 2), occurrence("a.3", of: "a", day: 3),
        ]
    }

    @Test("made recurring by a person, and single again: told of the booking, and a consumer holds what the hash holds")
    func madeRecurring() throws {
        var bench = try bench()
        func isFollowed() throws -> Bool {
            try bench.events() == Dictionary(uniqueKeysWithValues: bench.consumer.map { ($0.key.rawValue, $0.value) })
        }
        try bench.run(series(modified: 2))
        let occurrences = ["event.created a.1", "event.created a.2", "event.created a.3"]
        #expect(bench.changes == ["booking.edited_in_outlook a", "event.deleted a"] + occurrences)
        #expect(bench.last.created == 3 && bench.last.deleted == 1)
        #expect(try bench.events()["a"] == nil && bench.events()["a.1"]?.booking == nil && isFollowed())
        try bench.run(series(modified: 2))
        #expect(bench.changes.isEmpty && bench.last.steps.isEmpty)
        // What we write to it is no news of the booking, but of its occurrences.
        bench.own[EventID("a")]?.record.changeKey = "key-a-3.0"
        bench.own[EventID("a")]?.record.seen?.title = "Ours"
        try bench.run(series(title: "Ours", modified: 3))
        #expect(bench.changes == ["event.updated a.1", "event.updated a.2", "event.updated a.3"])
        // What a person does is.
        try bench.run(series(title: "By hand", modified: 4))
        #expect(bench.changes.prefix(2) == ["booking.edited_in_outlook a", "event.deleted a"])
        #expect(try bench.changes.count == 5 && isFollowed())
        try bench.run([single("a", title: "By hand", modified: 5)])
        #expect(
            bench.changes == ["event.deleted a.1", "event.deleted a.2", "event.deleted a.3"]
                + ["booking.edited_in_outlook a"])
        #expect(try bench.events()["a"]?.booking == BookingID("b-1") && isFollowed())
    }

    @Test("made recurring while a run is at it, its entry goes with event.deleted, and comes back with event.created")
    func madeRecurringMeanwhile() throws {
        var bench = try bench()
        bench.own[EventID("a")]?.isOpen = true
        try bench.run(series(modified: 2))
        #expect(bench.changes.first == "event.deleted a" && bench.changes.count == 4)
        try bench.run([single("a", modified: 3)])
        #expect(bench.changes.last == "event.created a" && bench.changes.count == 4)
    }

    @Test("a series that a person made of it is gone as a whole")
    func seriesDeleted() throws {
        var bench = try bench()
        try bench.run(series(modified: 2))
        try bench.run([.removed(EventID("a"))])
        #expect(bench.changes.count == 4 && bench.changes.contains("booking.cancelled_in_outlook a"))
        #expect(try bench.events().keys.sorted() == ["b"] && bench.own.isEmpty)
    }

    @Test("called off, and still in the calendar: the booking is told of, and what stays is nobody's")
    func calledOff() throws {
        var bench = try bench()
        try bench.run([single("a", modified: 2) { $0.isCancelled = true }])
        #expect(bench.changes == ["booking.cancelled_in_outlook a", "event.created a"] && bench.own.isEmpty)
        let left = try #require(try bench.events()["a"])
        #expect(left.booking == nil && left.status == .cancelled && bench.consumer[EventID("a")] == left)
        try bench.run([single("a", modified: 2) { $0.isCancelled = true }])
        #expect(bench.changes.isEmpty)
    }

    @Test("while a run is at it, the round says nothing about it; settings that change what blocks do")
    func openAndSettings() throws {
        var bench = try bench()
        bench.own[EventID("a")]?.isOpen = true
        try bench.run([single("a", day: 4, modified: 2)])
        #expect(try bench.changes.isEmpty && (bench.events()["a"]?.start) == at(4))
        bench.own[EventID("a")]?.isOpen = false
        bench.own[EventID("a")]?.record.changeKey = "key-a-2.0"
        bench.own[EventID("a")]?.record.seen?.start = at(4)
        bench.own[EventID("a")]?.record.seen?.end = at(4, 1)
        bench.own[EventID("a")]?.record.seen?.showAs = .tentative
        try bench.run([single("a", day: 4, modified: 3) { $0.showAs = .tentative }])
        #expect(bench.changes.isEmpty)
        bench.settings.tentativeBlocks = false
        try bench.run([])
        #expect(bench.changes == ["event.updated a"])
        #expect(bench.own[EventID("a")]?.record.seen?.blocks == false)
    }
}
