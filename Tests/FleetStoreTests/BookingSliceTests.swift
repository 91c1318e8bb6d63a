// Goal: what is kept of bookings changes with the slice that tells of it, or not at all. Method: whole states on a real
// Redis: all keys before, one call, all keys after.
import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

@Suite("Bookings in slices")
struct BookingSliceTests {
    private static let sync = #"{"kind":"sync","tenant_id":"acme","resource_id":"r1","id":"s"}"#
    private static let begun = Date(timeIntervalSince1970: 1_780_000_000)
    private static let unseen = ["c:", "id:", "iddays", "intake", "fence", "owners", "head", "w:", "more"]

    /// Two live bookings, one that is being written, one that ended.
    private static var first: BookingWrites {
        var writes = BookingWrites()
        writes.put(BookingID("a"), BookingRecord(state: .live, event: EventID("ea"), creates: 1))
        writes.put(BookingID("b"), BookingRecord(state: .live, event: EventID("eb"), creates: 1))
        writes.put(BookingID("old"), BookingRecord(state: .cancelled, revision: 7, creates: 2, endedAt: begun))
        writes.begin(BookingID("new"), BookingIntent(.create, transactionID: "x", at: begun))
        return writes
    }

    private static let kept = [
        #"book:acme:r1 hash: a={"v":1,"s":"l","i":"ea","n":1} b={"v":1,"s":"l","i":"eb","n":1} "#
            + #"old={"v":1,"s":"c","r":7,"n":2,"z":T}"#, "bookev:acme:r1 hash: ea=a eb=b",
        #"intent:acme:r1 hash: new={"v":1,"k":"c","x":"x","a":T}"#,
    ]

    @Test("records, their events and intents are kept; then changed, lost, ended and forgotten")
    func life() async throws {
        try await StoreHarness.with { harness in
            let job = try await harness.claimOne(Self.sync, by: try await harness.owner())
            let commit = RunCommit(harness.store)
            var slice = Slice()
            slice.bookings = Self.first
            #expect(try await commit.commit(slice, job.lease) == .done)
            try await harness.expectState(Self.kept, without: Self.unseen)

            var next = Slice()
            // Created anew under another event; gone; what was begun has come to be; nobody needs the old one.
            next.bookings.put(
                BookingID("a"), BookingRecord(state: .live, event: EventID("ea2"), creates: 2), lost: EventID("ea"))
            next.bookings.put(
                BookingID("b"), BookingRecord(state: .gone, creates: 1, endedAt: Self.begun), lost: EventID("eb"))
            next.bookings.end(BookingID("new"))
            next.bookings.forget(BookingID("old"), BookingRecord(state: .cancelled))
            next.changes = [Change(.bookingUpdated, connection: job.lease.lane, calendar: nil, job: nil, at: .now)]
            #expect(try await commit.commit(next, job.lease) == .done)
            try await harness.expectState(
                [
                    #"book:acme:r1 hash: a={"v":1,"s":"l","i":"ea2","n":2} b={"v":1,"s":"g","n":1,"z":T}"#,
                    "bookev:acme:r1 hash: ea2=a", "changes stream: booking.updated",
                ], without: Self.unseen)
        }
    }

    @Test("a worker whose lease has passed on changes nothing of bookings")
    func fencedOut() async throws {
        try await StoreHarness.with { harness in
            let dead = try await harness.owner("w1")
            let job = try await harness.claimOne(Self.sync, by: dead)
            var slice = Slice()
            slice.bookings = Self.first
            _ = try await RunCommit(harness.store).commit(slice, job.lease)
            try await harness.becomesLate(dead)
            _ = try await harness.queue.reap()
            var late = Slice()
            late.bookings.end(BookingID("new"))
            late.bookings.forget(BookingID("a"), BookingRecord(state: .live, event: EventID("ea")))
            #expect(try await RunCommit(harness.store).commit(late, job.lease) == .fencedOut)
            let state = try await harness.state(without: Self.unseen).filter {
                $0.hasPrefix("book") || $0.hasPrefix("intent")
            }
            #expect(state == Self.kept)
        }
    }

    @Test("another mailbox forgets the bookings, a disconnect takes all of them along", arguments: [false, true])
    func ends(purges: Bool) async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.connect("acme:r1", by: owner)
            let job = try await harness.claimOne(Self.sync, by: owner)
            var slice = Slice()
            slice.bookings = Self.first
            slice.bookings.leave(BookingID("a"), [EventID("e0")])
            _ = try await RunCommit(harness.store).commit(slice, job.lease)
            var end = RunEnd(result: job.result(.syncSucceeded))
            if purges { end.purges = true } else { end.bookings = .forgotten }
            #expect(try await RunCommit(harness.store).commit(Slice(), end: end, job.lease) == .done)
            let left = try await harness.keyNames().filter { name in
                ["book", "intent", "former"].contains { name.hasPrefix($0) }
            }
            #expect(left == [])
        }
    }

    @Test("another calendar of the mailbox: of bookings only where their events are is kept, beside earlier ones")
    func leaves() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(Self.sync, by: owner)
            var slice = Slice()
            slice.bookings = Self.first
            slice.bookings.leave(BookingID("a"), [EventID("e0"), EventID("e1")])
            slice.bookings.leave(BookingID("c"), [])
            _ = try await RunCommit(harness.store).commit(slice, job.lease)
            var end = RunEnd(result: job.result(.syncSucceeded))
            end.bookings = .left
            #expect(try await RunCommit(harness.store).commit(Slice(), end: end, job.lease) == .done)
            let state = try await harness.state(without: Self.unseen).filter { line in
                ["book", "intent", "former"].contains { line.hasPrefix($0) }
            }
            #expect(state == ["former:acme:r1 hash: a=e0 e1 ea b=eb"])
            let reader = BookingReader(harness.store)
            #expect(
                try await reader.former(job.lease.lane, [BookingID("a"), BookingID("c")])
                    == [BookingID("a"): [EventID("e0"), EventID("e1"), EventID("ea")]])
            #expect(try await reader.allFormer(job.lease.lane).count == 4)
        }
    }

    @Test("outcomes of a job that goes on are found by its next attempt alone, and go with the run")
    func outcomes() async throws {
        try await StoreHarness.with { harness in
            let job = try await harness.claimOne(Self.sync, by: try await harness.owner())
            let (done, other) = (JobID("s"), JobID("s2"))
            let told = BookingOutcome(
                id: BookingID("a"), verdict: .rejected, conflicts: [EventID("e1")],
                error: JobError(.graphUnavailable, "why", retryable: true))
            var slice = Slice()
            slice.bookings.note(told, at: 3, of: done)
            slice.bookings.note(BookingOutcome(id: BookingID("b"), verdict: .confirmed), at: 3, of: other)
            _ = try await RunCommit(harness.store).commit(slice, job.lease)
            let reader = BookingReader(harness.store)
            #expect(try await reader.outcomes(job.lease.lane, of: done) == [3: told])
            #expect(try await reader.outcomes(job.lease.lane, of: JobID("t")) == [:])
            let end = RunEnd(result: job.result(.syncSucceeded))
            _ = try await RunCommit(harness.store).commit(Slice(), end: end, job.lease)
            #expect(try await harness.keyNames().filter { $0.hasPrefix("done") } == [])
        }
    }

    @Test("pages leave what is kept of bookings alone, staged and dropped")
    func pages() async throws {
        try await StoreHarness.with { harness in
            let job = try await harness.claimOne(Self.sync, by: try await harness.owner())
            var slice = Slice()
            slice.bookings = Self.first
            _ = try await RunCommit(harness.store).commit(slice, job.lease)
            let staging = Staging(harness.store)
            _ = try await staging.stage(Array("p".utf8), number: 0, next: DeltaToken("n"), job.lease)
            try await harness.expectState(Self.kept + ["stage:acme:r1 list: n/p"], without: Self.unseen)
            _ = try await staging.drop(job.lease)
            try await harness.expectState(Self.kept, without: Self.unseen)
        }
    }
}
