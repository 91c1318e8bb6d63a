// Goal: what somebody's hand in the namespace breaks is mended, and nobody else's work stops. Method: keys overwritten
// and deleted on a real Redis, then the scripts as ever.
import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

@Suite("Audit")
struct AuditTests {
    private func remove(_ names: [String], _ harness: StoreHarness) async throws {
        for name in names { try await harness.redis.send(["DEL", .string(harness.keys.prefix + name)]) }
    }

    @Test("lanes that stand nowhere are found again by a reap", arguments: [["ring:n"], ["ring:n", "tick"], ["tick"]])
    func lost(keys: [String]) async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 3, "zeta": 2], by: owner)
            try await remove(keys, harness)
            for _ in 0..<3 { _ = try await harness.queue.reap() }
            var jobs: [ClaimedJob] = []
            for _ in 0..<4 { jobs += try await harness.claim(owner).jobs }
            let lanes = jobs.map(\.lease.lane)
            #expect(Set(lanes).count == 5 && lanes.count == 5, "each once: \(lanes)")
        }
    }

    @Test("lanes that are ready, parked, held or leased are left alone")
    func sound() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 4, "zeta": 4], by: owner)
            let jobs = try await harness.claim(owner, limit: 4).jobs
            #expect(try await harness.queue.park(jobs[0].lease, for: .seconds(100), .backoff) == .done)
            try await harness.redis.send(["HSET", .string(harness.keys.prefix + "held"), "acme", "4102444800000"])
            _ = try await harness.claim(owner, limit: 1)
            let before = try await harness.state()
            for _ in 0..<10 { #expect(try await harness.queue.reap().found == 0) }
            #expect(try await harness.state() == before)
        }
    }

    @Test(
        "a key of one lane or tenant that holds another type is set aside, and everybody else's jobs end",
        arguments: ["rest:acme:r0", "ready:nacme", "later:acme:r0", "cal:acme"])
    func wrongType(name: String) async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 3, "zeta": 3], by: owner)
            try await harness.redis.send(["SET", .string(harness.keys.prefix + name), "by hand"])
            let soon = RFC3339.string(Date(timeIntervalSinceNow: 3600))
            try await harness.push(
                #"{"kind":"sync","tenant_id":"acme","resource_id":"r0","id":"behind"}"#,
                #"{"kind":"sync","tenant_id":"acme","resource_id":"r0","id":"later","not_before":"\#(soon)"}"#,
                #"{"kind":"connect","tenant_id":"acme","resource_id":"r7","oauth_token":"t"}"#,
                #"{"kind":"sync","tenant_id":"zeta","resource_id":"r9"}"#)
            try await harness.takeIn(by: owner)
            var ended: [String] = []
            for _ in 0..<8 {
                _ = try await harness.queue.reap()
                let jobs = try await harness.claim(owner).jobs
                for job in jobs {
                    #expect(try await harness.queue.finish([job.succeeded()], by: owner) == [.done])
                }
                ended += jobs.map(\.lease.lane.description)
            }
            #expect(
                Set(ended) == [
                    "acme:r0", "acme:r1", "acme:r2", "acme:r7", "zeta:r0", "zeta:r1", "zeta:r2", "zeta:r9",
                ])
            #expect(try await harness.keyNames().contains("odd:"))
            try await harness.expectNothingReady()
            #expect(try await !harness.keyNames().contains { ["head", "more", "mixed"].contains($0) })
        }
    }

    @Test("a disconnect cancels however many syncs wait for their not_before, in bounded steps")
    func manyWaiting() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.connect("acme:r1", by: owner)
            let soon = RFC3339.string(Date(timeIntervalSinceNow: 3600))
            for number in 0..<1250 {
                try await harness.push(
                    #"{"kind":"sync","tenant_id":"acme","resource_id":"r1","id":"s\#(number)","not_before":"\#(soon)"}"#
                )
            }
            let list = RedisValue(harness.keys.ingress(.general))
            while try await harness.redis.send(["LLEN", list]).int ?? 0 > 0 { try await harness.takeIn(by: owner) }
            let job = try await harness.claimOne(
                #"{"kind":"disconnect","tenant_id":"acme","resource_id":"r1"}"#, by: owner)
            var end = RunEnd(result: job.result(.succeeded(.disconnect)))
            end.purges = true
            #expect(try await RunCommit(harness.store).commit(Slice(), end: end, job.lease) == .done)
            for _ in 0..<15 { _ = try await harness.claim(owner) }
            let results = try await harness.stream(harness.keys.results).filter { $0["type"] == "sync.failed" }
            #expect(results.count == 1250 && Set(results.compactMap { $0["job_id"] }).count == 1250)
            #expect(results.allSatisfy { $0["error"]?.contains("cancelled") == true })
            let left = try await harness.keyNames()
            #expect(!left.contains { ["due", "later:", "gone:", "head"].contains($0) }, "\(left)")
        }
    }
}
