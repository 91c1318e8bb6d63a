// Goal: a lease is one worker's, for a time, and what a dead worker held comes back with its counts. Method: whole
// states on a real Redis; a lease of no length stands for a dead worker, so nobody waits.
import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

@Suite("Leases")
struct LeaseTests {
    private static let payload = #"{"kind":"sync","tenant_id":"acme","resource_id":"r1","id":"a"}"#
    private static let ready = [
        "ring:n list: acme:r1", "tick set: nacme", "wake list: 1",
    ]

    @Test("a renewal tells until when, and how much is held")
    func renew() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner(lease: .seconds(1))
            _ = try await harness.claimOne(Self.payload, by: owner)
            guard
                case .renewed(let until, let now, let leases) = try await harness.queue.renew(
                    owner, lease: .seconds(60))
            else {
                Issue.record("lost")
                return
            }
            #expect(abs(until.timeIntervalSince(now) - 60) < 0.01 && leases == 1)
        }
    }

    @Test("late but not reaped is in time")
    func late() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner(lease: .zero)
            #expect(try await harness.queue.renew(owner, lease: .seconds(60)) != .lost)
            #expect(try await harness.queue.reap() == ReapReport(owner: nil, jobs: 0, isMore: false, found: 0))
        }
    }

    @Test("a dead worker's job comes back with an attempt and a crash counted")
    func reap() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner(lease: .zero)
            _ = try await harness.claimOne(Self.payload, by: owner)
            try await harness.expectState(
                [
                    "head hash: acme:r1=[sync a 0/0/0 -]", "w:w1 hash: acme:r1=T", "owners zset: w1=T",
                ], without: ["c:", "id:", "iddays", "intake", "fence"])
            try await harness.becomesLate(owner)
            #expect(try await harness.queue.reap() == ReapReport(owner: "w1", jobs: 1, isMore: false, found: 0))
            try await harness.expectState(
                ["head hash: acme:r1=[sync a 1/1/0 -]"] + Self.ready, without: ["id:", "iddays", "intake", "fence"])
        }
    }

    @Test("a reaped owner can neither renew nor claim nor finish, and leaves no trace")
    func fencedOut() async throws {
        try await StoreHarness.with { harness in
            let zombie = try await harness.owner("w1", lease: .zero)
            let heir = try await harness.owner("w2")
            let job = try await harness.claimOne(Self.payload, by: zombie)
            try await harness.becomesLate(zombie)
            _ = try await harness.queue.reap()
            let again = try #require(try await harness.claim(heir).jobs.first)
            #expect(again.lease.fence > job.lease.fence && again.record.crashes == 1 && again.record.attempts == 1)
            let before = try await harness.state(without: [])
            #expect(try await harness.queue.renew(zombie, lease: .seconds(30)) == .lost)
            guard case .notRegistered = try await harness.queue.claim(zombie, ClaimRequest(limit: 1)) else {
                Issue.record("a zombie's claim is answered")
                return
            }
            #expect(try await harness.queue.park(job.lease, for: .zero, .backoff) == .fencedOut)
            #expect(try await harness.queue.handBack([job.lease], by: zombie) == 0)
            #expect(try await RunCommit(harness.store).commit(.full, end: RunEnd(result: nil), job.lease) == .fencedOut)
            #expect(try await Staging(harness.store).stage([1], number: 0, next: nil, job.lease) == .fencedOut)
            #expect(try await harness.state(without: []) == before)
            #expect(try await harness.finish([job], by: zombie) == [.fencedOut])
            #expect(try await harness.state(without: []) == before)
            #expect(try await harness.finish([again], by: heir) == [.done])
        }
    }

    @Test("an older fence of the same owner changes nothing")
    func olderFence() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let first = try await harness.claimOne(Self.payload, by: owner)
            #expect(try await harness.queue.handBack([first.lease], by: owner) == 1)
            let second = try #require(try await harness.claim(owner).jobs.first)
            #expect(try await harness.finish([first], by: owner) == [.fencedOut])
            #expect(try await harness.finish([second], by: owner) == [.done])
            #expect(try await harness.stream(harness.keys.results).count == 1)
        }
    }

    @Test("an owner with more leases than a step is reaped step by step, and can't come back meanwhile")
    func steps() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner(lease: .zero)
            try await harness.bring(["acme": 5], by: owner)
            let jobs = try await harness.claim(owner).jobs
            try await harness.becomesLate(owner)
            #expect(try await harness.queue.reap(limit: 2) == ReapReport(owner: "w1", jobs: 2, isMore: true, found: 0))
            #expect(try await harness.queue.renew(owner, lease: .seconds(30)) == .lost)
            // What it still holds it may still finish.
            let outcomes = try await harness.finish(jobs, by: owner)
            #expect(outcomes.filter { $0 == .done }.count == 3)
            #expect(try await harness.queue.reap(limit: 2) == ReapReport(owner: "w1", jobs: 0, isMore: false, found: 0))
            #expect(try await harness.queue.reap().owner == nil)
        }
    }

    @Test("several dead owners are reaped one after the other")
    func severalOwners() async throws {
        try await StoreHarness.with { harness in
            for name in ["w1", "w2"] {
                let owner = try await harness.owner(name, lease: .zero)
                try await harness.becomesLate(owner)
            }
            #expect(try await harness.queue.reap().isMore)
            #expect(try await harness.queue.reap().isMore == false)
            #expect(try await harness.queue.reap().owner == nil)
        }
    }

    @Test("a job that is handed back has used up no attempt, and an idle worker is told")
    func handBack() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(Self.payload, by: owner)
            #expect(try await harness.queue.handBack([job.lease], by: owner) == 1)
            try await harness.expectState(["head hash: acme:r1=[sync a 0/0/0 -]"] + Self.ready)
            #expect(try await harness.queue.handBack([job.lease], by: owner) == 0)
        }
    }

    @Test("signing off returns everything and forgets the owner")
    func signOff() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            _ = try await harness.claimOne(Self.payload, by: owner)
            #expect(try await harness.queue.signOff(owner) == 1)
            try await harness.expectState(
                ["head hash: acme:r1=[sync a 0/0/0 -]"] + Self.ready, without: ["id:", "iddays", "intake", "fence"])
        }
    }

    @Test(
        "a parked job holds its line and no slot, and counts what it should",
        arguments: [(ParkReason.backoff, "1/0/0 f"), (.tenantBudget, "0/0/1 t"), (.mailboxBudget, "0/0/1 m")])
    func park(reason: ParkReason, counts: String) async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(Self.payload, by: owner)
            #expect(try await harness.queue.park(job.lease, for: .seconds(3600), reason) == .done)
            let parked = ["due zset: lnacme:r1=T", "head hash: acme:r1=[sync a \(counts)]"]
            try await harness.expectState(parked)
            try await harness.push(Self.payload.replacing(#""id":"a""#, with: #""id":"b""#))
            try await harness.takeIn(by: owner)
            #expect(try await harness.claim(owner).jobs.isEmpty)
            try await harness.expectState(parked + ["more hash: acme:r1=1", "rest:acme:r1 list: [sync b 0/0/0 -]"])
        }
    }

    @Test("a parked job comes back when it is due, with its counts, and its riders with it")
    func comesBack() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(Self.payload, by: owner)
            #expect(try await harness.queue.park(job.lease, until: Date(timeIntervalSince1970: 1), .backoff) == .done)
            let again = try #require(try await harness.claim(owner).jobs.first)
            #expect(again.record.attempts == 1 && again.record.crashes == 0)
            #expect(try await harness.finish([again], by: owner) == [.done])
            try await harness.expectState(["dead stream: J(acme:r1)", "results stream: sync.failed"])
        }
    }

    @Test("a park whose reply was lost answers done and parks once")
    func parkAgain() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(Self.payload, by: owner)
            let arguments: [RedisValue] = [
                .string(owner.name), 99, "0", "acme:r1", .string(job.lease.fence.description), "f", "f", 1000, "",
            ]
            let first = try await harness.store.call(.parkJob) { _ in arguments }
            let state = try await harness.state()
            let again = try await harness.store.call(.parkJob) { _ in arguments.replacing(at: 2, with: "1") }
            #expect(first == again && first[0]?.string == "1")
            #expect(try await harness.state() == state)
        }
    }
}

extension StoreHarness {
    /// Lets the owner's deadline be over, whatever the clock says.
    func becomesLate(_ owner: Owner) async throws {
        try await redis.send(["ZADD", .string(keys.prefix + "owners"), 1, .string(owner.name)])
    }
}

extension Slice {
    /// One that would change everything.
    static var full: Slice {
        var slice = Slice()
        slice.upserts = [(EventID("e1"), "{}")]
        slice.companions = [(EventID("e1"), "note")]
        return slice
    }
}
