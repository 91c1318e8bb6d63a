// Goal: notifications become syncs, no more than are needed and none too few, and a mailbox's subscription is in one
// worker's hands at a time. Method: the store on a real Redis; what becomes due is set into the past.
import FleetCore
import Foundation
import Redis
import TestSupport
import Testing

@testable import FleetStore

@Suite("Subscriptions")
struct SubscriptionTests {
    private static let mailbox = MailboxKey("a@example.com")
    private static let id = SubscriptionID("sub-1")
    fileprivate static let lane = ConnectionID(tenant: TenantID("acme"), resource: ResourceID("r1"))

    private static func notice(
        _ kind: Subscriptions.Kind = .change, state: String? = "state", of id: SubscriptionID = Self.id
    ) -> Subscriptions.Notice {
        Subscriptions.Notice(subscription: id, clientState: state, kind: kind)
    }

    @Test("a notification makes its mailbox's connections sync at once; another secret or subscription does nothing")
    func notice() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.watch(Self.mailbox, ["acme:r1", "zeta:r2"], id: Self.id, by: owner)
            let fates = try await harness.subscriptions.take([
                Self.notice(state: "other"), Self.notice(state: nil),
                Self.notice(state: String(repeating: "x", count: 129)),
                Self.notice(of: SubscriptionID("sub-2")),
            ])
            #expect(fates == [.forged, .forged, .forged, .unknown])
            #expect(try await harness.claim(owner).jobs.isEmpty)
            #expect(try await harness.subscriptions.take([Self.notice(), Self.notice()]) == [.taken, .taken])
            let jobs = try await harness.claim(owner).jobs
            #expect(Set(jobs.map(\.lane)) == ["acme:r1", "zeta:r2"])
            #expect(jobs.allSatisfy { $0.record.origin == .timer && $0.record.kind == .sync })
            #expect(try await harness.claim(owner).jobs.isEmpty)
        }
    }

    @Test("notifications while a run is in flight make one more run, however many they are (S68)")
    func inFlight() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.watch(Self.mailbox, ["acme:r1"], id: Self.id, by: owner)
            _ = try await harness.subscriptions.take([Self.notice()])
            let first = try #require(try await harness.claim(owner).jobs.first)
            for _ in 0..<3 { _ = try await harness.subscriptions.take([Self.notice()]) }
            #expect(try await harness.claim(owner).jobs.isEmpty)
            let waiting = try await harness.redis.send(["HLEN", .string(harness.keys.prefix + "later:acme:r1")])
            #expect(waiting.int == 1)
            try await harness.spacingPasses("acme:r1")
            #expect(try await harness.claim(owner).jobs.isEmpty)
            _ = try await harness.queue.finish([first.succeeded()], by: owner)
            let second = try #require(try await harness.claim(owner).jobs.first)
            _ = try await harness.queue.finish([second.succeeded()], by: owner)
            #expect(try await harness.claim(owner).jobs.isEmpty)
        }
    }

    @Test("no more than one sync waits, and none is added behind one that waits in line")
    func coalesced() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.watch(Self.mailbox, ["acme:r1"], id: Self.id, by: owner)
            for name in ["a", "b"] {
                try await harness.push(#"{"kind":"sync","tenant_id":"acme","resource_id":"r1","id":"\#(name)"}"#)
            }
            try await harness.takeIn(by: owner)
            _ = try await harness.subscriptions.take([Self.notice()])
            let job = try #require(try await harness.claim(owner).jobs.first)
            #expect(job.record.id == JobID("a") && job.riders.count == 1)
            _ = try await harness.queue.finish([job.succeeded()], by: owner)
            #expect(try await harness.claim(owner).jobs.isEmpty)
        }
    }

    @Test("a connection that doesn't sync by itself isn't made to, nor one that is gone")
    func deaf() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.watch(Self.mailbox, ["acme:r1"], id: Self.id, by: owner)
            try await harness.redis.send(["DEL", .string(harness.keys.connections)])
            #expect(try await harness.subscriptions.take([Self.notice()]) == [.taken])
            #expect(try await harness.claim(owner).jobs.isEmpty)
        }
    }

    @Test("a disconnect takes a wanted sync along, and nobody is told a result of it")
    func purged() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.watch(Self.mailbox, ["acme:r1"], id: Self.id, by: owner)
            _ = try await harness.subscriptions.take([Self.notice()])
            let first = try #require(try await harness.claim(owner).jobs.first)
            _ = try await harness.subscriptions.take([Self.notice()])
            _ = try await harness.queue.finish([first.succeeded()], by: owner)
            let job = try await harness.claimOne(
                #"{"kind":"disconnect","tenant_id":"acme","resource_id":"r1"}"#, by: owner)
            #expect(try await harness.ledger.leave(job.lease) == .done)
            var end = RunEnd(result: job.result(.disconnectSucceeded))
            end.purges = true
            end.nextSync = .never
            let before = try await harness.stream(harness.keys.results).count
            #expect(try await RunCommit(harness.store).commit(Slice(), end: end, job.lease) == .done)
            #expect(try await harness.stream(harness.keys.results).count == before + 1)
            let hold = try #require(try await harness.ledger.takeDue(most: 8, limit: .seconds(60)).holds.first)
            #expect(hold.entry.lanes.isEmpty && hold.entry.subscription == Self.id)
            #expect(try await harness.ledger.end(hold, .gone))
            #expect(try await harness.state().filter { $0.hasPrefix("sub") || $0.hasPrefix("later") } == [])
        }
    }

    @Test("what Graph says about a subscription itself makes its mailbox due, with syncs where changes may be lost")
    func lifecycle() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.watch(Self.mailbox, ["acme:r1"], id: Self.id, by: owner)
            #expect(try await harness.ledger.takeDue(most: 8, limit: .seconds(60)).holds.isEmpty)
            _ = try await harness.subscriptions.take([Self.notice(.reauthorization)])
            #expect(try await harness.claim(owner).jobs.isEmpty)
            let renewal = try #require(try await harness.ledger.takeDue(most: 8, limit: .seconds(60)).holds.first)
            #expect(renewal.entry.renewAt == Date(timeIntervalSince1970: 0) && !renewal.entry.isGone)
            _ = try await harness.ledger.end(renewal, .unchanged(next: nil))

            _ = try await harness.subscriptions.take([Self.notice(.removed)])
            #expect(try await harness.claim(owner).jobs.count == 1)
            let removal = try #require(try await harness.ledger.takeDue(most: 8, limit: .seconds(60)).holds.first)
            #expect(removal.entry.isGone)
        }
    }

    @Test("one worker at a time; one that dies is followed, and finds out when it wakes")
    func holds() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.watch(Self.mailbox, ["acme:r1"], id: Self.id, by: owner)
            let ledger = harness.ledger
            #expect(try await ledger.suspect(Self.lane, of: Self.mailbox, .certain))
            let first = try #require(try await ledger.takeDue(most: 8, limit: .milliseconds(1)).holds.first)
            #expect(first.entry.isSuspect)
            let second = try await eventually("the hold of the dead worker ends") {
                try await ledger.takeDue(most: 8, limit: .seconds(60)).holds.first
            }
            #expect(try await ledger.take(Self.mailbox, for: Self.lane, limit: .seconds(60)).1 == nil)
            #expect(try await ledger.takeDue(most: 8, limit: .seconds(60)).holds.isEmpty)
            #expect(try await !ledger.end(first, .gone))
            #expect(try await ledger.end(second, .unchanged(next: nil)))
            let (entry, third) = try await ledger.take(Self.mailbox, for: Self.lane, limit: .seconds(60))
            #expect(entry.subscription == Self.id && !entry.isSuspect && third != nil)
        }
    }

    @Test("a run of the same lane takes over from a dead one at once, another's waits")
    func sameLane() async throws {
        try await StoreHarness.with { harness in
            let ledger = harness.ledger
            let (_, first) = try await ledger.take(Self.mailbox, for: Self.lane, limit: .seconds(60))
            let other = ConnectionID(tenant: TenantID("acme"), resource: ResourceID("r2"))
            #expect(try await ledger.take(Self.mailbox, for: other, limit: .seconds(60)).1 == nil)
            let (_, second) = try await ledger.take(Self.mailbox, for: Self.lane, limit: .seconds(60))
            #expect(try await !ledger.end(try #require(first), .gone))
            #expect(try await ledger.end(try #require(second), .gone))
        }
    }

    @Test("a connection that belongs to no mailbox joins with its next sync, and is suspected only with reason")
    func late() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let ledger = harness.ledger
            #expect(try await !ledger.suspect(Self.lane, of: Self.mailbox, .none))
            try await harness.connect("acme:r1", by: owner)
            #expect(try await ledger.suspect(Self.lane, of: Self.mailbox, .none))
            let hold = try #require(try await ledger.takeDue(most: 8, limit: .seconds(60)).holds.first)
            #expect(hold.entry.lanes.keys.contains(Self.lane))
            let end = Date(timeIntervalSince1970: 4_000_000_000)
            _ = try await ledger.end(
                hold,
                .made(Self.id, clientState: "state", CredentialID("c-1"), url: "u", expiresAt: end, renewAt: end))
            #expect(try await !ledger.suspect(Self.lane, of: Self.mailbox, .none))
            #expect(try await ledger.suspect(Self.lane, of: Self.mailbox, .silentSince(Date())))
            _ = try await harness.subscriptions.take([Self.notice()])
            let minuteAgo = Date().addingTimeInterval(-60)
            #expect(try await !ledger.suspect(Self.lane, of: Self.mailbox, .silentSince(minuteAgo)))
        }
    }

    @Test("a connection that moves to another mailbox leaves the old one due")
    func moves() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.watch(Self.mailbox, ["acme:r1"], id: Self.id, by: owner)
            let other = MailboxKey("b@example.com")
            let job = try await harness.claimOne(#"{"kind":"sync","tenant_id":"acme","resource_id":"r1"}"#, by: owner)
            #expect(try await harness.ledger.join(other, job.lease) == .done)
            let due = try await harness.ledger.takeDue(most: 8, limit: .seconds(60))
            #expect(due.holds.map(\.entry.mailbox) == [Self.mailbox] && due.holds[0].entry.lanes.isEmpty)
            let (entry, _) = try await harness.ledger.take(other, for: Self.lane, limit: .seconds(60))
            #expect(entry.lanes.keys.map(\.description) == ["acme:r1"] && entry.subscription == nil)
            _ = try await harness.queue.finish([job.succeeded()], by: owner)
            #expect(try await harness.ledger.join(Self.mailbox, job.lease) == .fencedOut)
        }
    }

    @Test("refusals are remembered by credential, and forgotten with a success")
    func refusals() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.watch(Self.mailbox, ["acme:r1"], id: Self.id, by: owner)
            let ledger = harness.ledger
            let later = Date(timeIntervalSince1970: 4_000_000_000)
            let hold = try #require(try await ledger.take(Self.mailbox, for: Self.lane, limit: .seconds(60)).1)
            _ = try await ledger.end(hold, .refused([CredentialID("c-1"): later], reason: "ExtensionError"))
            #expect(try await harness.subscriptions.take([Self.notice()]) == [.unknown])
            let (entry, again) = try await ledger.take(Self.mailbox, for: Self.lane, limit: .seconds(60))
            #expect(entry.subscription == nil && entry.refused == [CredentialID("c-1"): later])
            #expect(entry.refusal == "ExtensionError")
            _ = try await ledger.end(
                try #require(again),
                .made(
                    SubscriptionID("sub-3"), clientState: "s3", CredentialID("c-2"), url: "u", expiresAt: later,
                    renewAt: later))
            let (final, _) = try await ledger.take(Self.mailbox, for: Self.lane, limit: .seconds(60))
            #expect(final.refused.isEmpty && final.refusal == nil && final.subscription == SubscriptionID("sub-3"))
        }
    }
}

extension StoreHarness {
    var subscriptions: Subscriptions { Subscriptions(store) }
    var ledger: SubscriptionLedger { SubscriptionLedger(store) }

    /// Connects these lanes and gives their mailbox a subscription with the clientState `state`.
    func watch(_ mailbox: MailboxKey, _ lanes: [String], id: SubscriptionID, by owner: Owner) async throws {
        for lane in lanes {
            try await connect(lane, by: owner)
            let lane = try #require(ConnectionID(lane))
            let job = try await claimOne(
                #"{"kind":"sync","tenant_id":"\#(lane.tenant)","resource_id":"\#(lane.resource)"}"#, by: owner)
            #expect(try await ledger.join(mailbox, job.lease) == .done)
            _ = try await queue.finish([job.succeeded()], by: owner)
        }
        let hold = try #require(try await ledger.take(mailbox, for: SubscriptionTests.lane, limit: .seconds(60)).1)
        let end = Date(timeIntervalSince1970: 4_000_000_000)
        _ = try await ledger.end(
            hold,
            .made(id, clientState: "state", CredentialID("c-1"), url: "http://x", expiresAt: end, renewAt: end))
    }

    /// Lets the time between two notifications' syncs be over.
    func spacingPasses(_ lane: String) async throws {
        try await redis.send(["ZADD", .string(keys.prefix + "due"), 1, .string("j\(lane)\nw")])
    }
}

extension ClaimedJob {
    fileprivate var lane: String { lease.lane.description }
}
