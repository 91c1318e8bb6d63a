// Goal: connections sync by themselves, once per period, whoever's claim comes by. Method: due times set into the past.
import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

@Suite("Periods")
struct PeriodicTests {
    @Test("a due connection makes one sync without a payload, and its next time is a period away")
    func due() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.connect("acme:r1", by: owner)
            try await harness.becomesDue("acme:r1")
            let claim = try await harness.claim(owner)
            let job = try #require(claim.jobs.first)
            #expect(job.record.origin == .timer && job.record.kind == .sync && job.record.payload.isEmpty)
            #expect(job.storedConnection != nil)
            let next = try #require(claim.nextDue)
            #expect(abs(next.timeIntervalSince(claim.now) - 300) < 0.01)
            try await harness.becomesDue("acme:r1")
            #expect(try await harness.claim(owner).jobs.isEmpty)
            #expect(try await harness.queue.finish([job.succeeded()], by: owner) == [.done])
            #expect(try await harness.stream(harness.keys.results).count == 1)
        }
    }

    @Test("a payload's sync rides behind a timer's, and a timer makes none where a sync waits")
    func rides() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.connect("acme:r1", by: owner)
            try await harness.becomesDue("acme:r1")
            try await harness.push(#"{"kind":"sync","tenant_id":"acme","resource_id":"r1","id":"a"}"#)
            try await harness.takeIn(by: owner)
            let job = try #require(try await harness.claim(owner).jobs.first)
            #expect(job.record.id == JobID("a") && job.riders.isEmpty)
            _ = try await harness.queue.finish([job.succeeded()], by: owner)
            try await harness.becomesDue("acme:r1")
            let timer = try #require(try await harness.claim(owner).jobs.first)
            #expect(timer.record.origin == .timer)
            try await harness.push(#"{"kind":"sync","tenant_id":"acme","resource_id":"r1","id":"b"}"#)
            try await harness.takeIn(by: owner)
            _ = try await harness.queue.handBack([timer.lease], by: owner)
            let again = try #require(try await harness.claim(owner).jobs.first)
            #expect(again.record.origin == .timer && again.riders.map(\.id) == [JobID("b")])
            _ = try await harness.queue.finish([again.succeeded()], by: owner)
            #expect(try await harness.stream(harness.keys.results).compactMap { $0["job_id"] }.last == "b")
        }
    }

    @Test("the time of a connection that is gone, or that syncs only when asked, goes without a job")
    func gone() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.becomesDue("acme:never")
            #expect(try await harness.claim(owner).jobs.isEmpty)
            try await harness.expectState([])
        }
    }

    @Test("a sync whose not_before comes joins the end of its line")
    func joins() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push(
                #"{"kind":"sync","tenant_id":"acme","resource_id":"r1","id":"a","not_before":"2100-01-01T00:00:00Z"}"#,
                #"{"kind":"disconnect","tenant_id":"acme","resource_id":"r1","id":"b"}"#)
            try await harness.takeIn(by: owner)
            let member = try await harness.redis.send(["ZRANGE", .string(harness.keys.prefix + "due"), 0, 0])
            try await harness.redis.send(
                ["ZADD", .string(harness.keys.prefix + "due"), 1, .bytes(try #require(member[0]?.bytes))])
            let job = try #require(try await harness.claim(owner).jobs.first)
            #expect(job.record.id == JobID("b"))
            try await harness.expectState([
                "head hash: acme:r1=[disconnect b 0/0/0 -]", "more hash: acme:r1=1",
                "rest:acme:r1 list: [sync a 0/0/0 -]", "w:w1 hash: acme:r1=T",
            ])
        }
    }

    @Test("more due at once than a claim wakes come with the next claims; none is lost")
    func many() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 200], by: owner)
            var jobs: [ClaimedJob] = []
            repeat {
                jobs = try await harness.claim(owner, limit: 200).jobs
                for job in jobs {
                    _ = try await harness.queue.park(job.lease, until: Date(timeIntervalSince1970: 1), .other)
                }
                if jobs.first?.record.deferrals == 1 { break }
            } while !jobs.isEmpty
            var seen: Set<String> = []
            for _ in 0..<4 {
                let claim = try await harness.claim(owner, limit: 200)
                seen.formUnion(claim.jobs.map(\.resource))
            }
            #expect(seen.count == 200)
        }
    }
}

extension StoreHarness {
    /// Lets the connection's period be over.
    func becomesDue(_ lane: String) async throws {
        try await redis.send(["ZADD", .string(keys.prefix + "due"), 1, .string("p" + lane)])
    }

    /// A vault with a key of its own.
    var vault: TokenVault { TokenVault(store, sealer: Sealer(SealingKeys.testing)) }
}

extension SealingKeys {
    /// One key.
    static var testing: SealingKeys {
        guard let keys = try? SealingKeys(text: "k1:" + Data(repeating: 7, count: 32).base64EncodedString()) else {
            preconditionFailure("a good line is refused")
        }
        return keys
    }
}
