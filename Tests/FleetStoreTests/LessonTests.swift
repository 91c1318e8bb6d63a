// Goal: the mistakes of other queues, as far as scripts could make them (the numbers are those of the collection the
// project was given). Method: each as its own small scene on a real Redis. Those about whole processes are in
// Tests/SystemTests/Queue.
import FleetCore
import Foundation
import Redis
import TestSupport
import Testing

@testable import FleetStore

@Suite("Lessons")
struct LessonTests {
    @Test("lesson 1: a worker frozen past its lease wakes: nothing that it writes is taken, or leaves a trace")
    func frozen() async throws {
        try await StoreHarness.with { harness in
            let (first, second) = (try await harness.owner("w1"), try await harness.owner("w2"))
            try await harness.bring(["acme": 1], by: first)
            let job = try #require(try await harness.claim(first).jobs.first)
            try await harness.becomesLate(first)
            while try await harness.queue.reap().isMore {}
            let again = try #require(try await harness.claim(second).jobs.first)
            #expect(again.lease.fence > job.lease.fence)
            let before = try await harness.state(without: [])
            #expect(try await harness.queue.finish([job.failed()], by: first) == [.fencedOut])
            #expect(try await harness.queue.park(job.lease, for: .seconds(1), .backoff) == .fencedOut)
            #expect(try await harness.queue.handBack([job.lease], by: first) == 0)
            #expect(
                try await RunCommit(harness.store).commit(
                    Slice(), end: RunEnd(result: job.result(.succeeded(.sync))), job.lease) == .fencedOut)
            #expect(try await harness.queue.renew(first, lease: .seconds(30)) == .lost)
            #expect(try await harness.state(without: []) == before)
        }
    }

    @Test("lesson 2: a job that finishes as the reaper looks doesn't come back as a ghost")
    func ghost() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 1], by: owner)
            let job = try #require(try await harness.claim(owner).jobs.first)
            try await harness.becomesLate(owner)
            #expect(try await harness.queue.finish([job.succeeded()], by: owner) == [.done])
            #expect(try await harness.queue.reap().jobs == 0)
            try await harness.expectNothingReady()
            #expect(try await !harness.keyNames().contains("head"))
        }
    }

    @Test("lesson 6: a job that is orphaned twice in a row still ends soon")
    func orphanedTwice() async throws {
        try await StoreHarness.with { harness in
            let last = try await harness.owner("last")
            try await harness.bring(["acme": 1], by: last)
            for name in ["w1", "w2"] {
                let owner = try await harness.owner(name)
                #expect(try await harness.claim(owner).jobs.count == 1)
                try await harness.becomesLate(owner)
                #expect(try await harness.queue.reap().jobs == 1)
            }
            let job = try #require(try await harness.claim(last).jobs.first)
            #expect(job.record.crashes == 2)
            #expect(try await harness.queue.finish([job.succeeded()], by: last) == [.done])
        }
    }

    @Test("lesson 7: a worker that claims before its first heartbeat is not taken for dead")
    func beforeTheFirstHeartbeat() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner(lease: .seconds(5))
            try await harness.bring(["acme": 1], by: owner)
            #expect(try await harness.claim(owner).jobs.count == 1)
            #expect(try await harness.queue.reap().owner == nil)
        }
    }

    @Test("lesson 10: what is parked or waits for its time is under no lease, so that no reap makes a copy of it")
    func parkedWithoutLease() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let soon = RFC3339.string(Date(timeIntervalSinceNow: 3600))
            try await harness.push(
                #"{"kind":"sync","tenant_id":"acme","resource_id":"r1","not_before":"\#(soon)"}"#,
                #"{"kind":"sync","tenant_id":"acme","resource_id":"r2"}"#)
            try await harness.takeIn(by: owner)
            let job = try #require(try await harness.claim(owner).jobs.first)
            #expect(try await harness.queue.park(job.lease, for: .seconds(3600), .backoff) == .done)
            let before = try await harness.state()
            try await harness.becomesLate(owner)
            #expect(try await harness.queue.reap().jobs == 0)
            #expect(try await harness.state() == before)
        }
    }

    @Test("lesson 11: of two workers with different leases the shorter one rules only itself")
    func differentLeases() async throws {
        try await StoreHarness.with { harness in
            let short = try await harness.owner("short", lease: .milliseconds(1))
            let long = try await harness.owner("long", lease: .seconds(100))
            try await harness.bring(["acme": 2], by: long)
            let jobs = try await harness.claim(long).jobs
            try await eventually("the short one is reaped") { try await harness.queue.reap().owner == short.name }
            #expect(try await harness.queue.reap().owner == nil)
            #expect(try await harness.queue.finish(jobs.map { $0.succeeded() }, by: long) == [.done, .done])
        }
    }

    @Test("lesson 12: what a process gives back while it stops never runs twice at a time")
    func stopping() async throws {
        try await StoreHarness.with { harness in
            let (stopping, other) = (try await harness.owner("w1"), try await harness.owner("w2"))
            try await harness.bring(["acme": 4], by: stopping)
            let jobs = try await harness.claim(stopping).jobs
            #expect(try await harness.queue.handBack(jobs.prefix(2).map(\.lease), by: stopping) == 2)
            #expect(try await harness.claim(other).jobs.count == 2)
            #expect(try await harness.queue.signOff(stopping) == 2)
            #expect(try await harness.claim(other).jobs.count == 2)
            let late = try await harness.queue.finish(jobs.map { $0.succeeded() }, by: stopping)
            #expect(late == [.fencedOut, .fencedOut, .fencedOut, .fencedOut])
        }
    }

    @Test("lesson 13: more orphans than one step of the reaper takes: the later ones are rescued too")
    func manyOrphans() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 9], by: owner)
            #expect(try await harness.claim(owner).jobs.count == 9)
            try await harness.becomesLate(owner)
            var jobs = 0
            while true {
                let report = try await harness.queue.reap(limit: 2)
                jobs += report.jobs
                if !report.isMore { break }
            }
            #expect(jobs == 9)
            #expect(try await harness.claim(try await harness.owner("w2")).jobs.count == 9)
        }
    }

    @Test("lesson 18: after SCRIPT FLUSH every call works as before")
    func scriptsFlushed() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 1], by: owner)
            try await harness.redis.send(["SCRIPT", "FLUSH"])
            let jobs = try await harness.claim(owner).jobs
            try await harness.redis.send(["SCRIPT", "FLUSH"])
            #expect(try await harness.queue.finish(jobs.map { $0.succeeded() }, by: owner) == [.done])
        }
    }

    @Test("lesson 20: many jobs wait for one and the same moment, and none is lost")
    func oneScore() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 250], by: owner)
            let until = Date(timeIntervalSinceNow: 1)
            var parked = 0
            while parked < 250 {
                for job in try await harness.claim(owner).jobs {
                    #expect(try await harness.queue.park(job.lease, until: until, .other) == .done)
                    parked += 1
                }
            }
            var lanes: Set<ConnectionID> = []
            try await eventually("all are back") {
                lanes.formUnion(try await harness.claim(owner).jobs.map(\.lease.lane))
                return lanes.count == 250
            }
        }
    }

    @Test("lesson 22: two fleets in one Redis: holding a tenant of one doesn't hold the other's")
    func twoFleets() async throws {
        try await StoreHarness.with { first in
            try await StoreHarness.with { second in
                for harness in [first, second] {
                    try await harness.bring(["acme": 1], by: try await harness.owner())
                }
                try await first.redis.send(["HSET", .string(first.keys.prefix + "held"), "acme", "4102444800000"])
                #expect(try await first.claim(try await first.owner("w2")).jobs.isEmpty)
                #expect(try await second.claim(try await second.owner("w2")).jobs.count == 1)
            }
        }
    }

    @Test("lessons 25 and 27: thousands of limited jobs stop nobody, and drain to nothing when the limit is gone")
    func limitedBacklog() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner(lease: .seconds(300))
            try await harness.bring(["limited": 2000, "free": 5], by: owner)
            let list = RedisValue(harness.keys.ingress(.general))
            while try await harness.redis.send(["LLEN", list]).int ?? 0 > 0 { try await harness.takeIn(by: owner) }
            let held = RedisValue(harness.keys.prefix + "held")
            try await harness.redis.send(["HSET", held, "limited", "4102444800000"])
            #expect(try await harness.claim(owner).tenants == ["free": 5])
            try await harness.redis.send(["DEL", held])
            try await harness.redis.send(["ZADD", .string(harness.keys.prefix + "due"), 1, "tnlimited"])
            var ended = 0
            while case let jobs = try await harness.claim(owner).jobs, !jobs.isEmpty {
                ended += try await harness.queue.finish(jobs.map { $0.succeeded() }, by: owner).count
            }
            #expect(ended == 2000)
            try await harness.expectNothingReady()
        }
    }

    @Test("lesson 26: a claimed job that meets its limit keeps its place before those behind it")
    func keepsItsPlace() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            for id in ["a", "b", "c"] {
                try await harness.push(
                    #"{"kind":"sync","tenant_id":"acme","resource_id":"r1","id":"\#(id)","#
                        + #""bookings":[{"booking_id":"b","op":"cancel"}]}"#)
            }
            try await harness.takeIn(by: owner)
            var order: [String] = []
            var limits = 3
            while let job = try await harness.claim(owner).jobs.first {
                if limits > 0 {
                    limits -= 1
                    #expect(try await harness.queue.park(job.lease, for: .zero, .tenantBudget) == .done)
                } else {
                    order.append(job.record.id.rawValue)
                    #expect(try await harness.queue.finish([job.succeeded()], by: owner) == [.done])
                }
            }
            #expect(order == ["a", "b", "c"])
        }
    }

    @Test("lesson 37: when a lease runs out nothing is left that counts for its tenant")
    func slotsFreed() async throws {
        try await StoreHarness.with { harness in
            try await harness.bring(["acme": 3], by: try await harness.owner("w0"))
            let before = try await harness.state(without: [
                "c:", "id:", "iddays", "intake", "fence", "owners", "head", "wake",
            ])
            for round in 1...3 {
                let owner = try await harness.owner("w\(round)")
                #expect(try await harness.claim(owner).jobs.count == 3)
                try await harness.becomesLate(owner)
                while try await harness.queue.reap().isMore {}
            }
            let after = try await harness.state(without: [
                "c:", "id:", "iddays", "intake", "fence", "owners", "head", "wake",
            ])
            #expect(Set(after.flatMap { $0.split(separator: " ") }) == Set(before.flatMap { $0.split(separator: " ") }))
        }
    }

    @Test("lesson 39: a lease that ends just as its job starts: only one of two runs is worth anything")
    func closeToExpiry() async throws {
        try await StoreHarness.with { harness in
            let hurried = try await harness.owner("w1", lease: .milliseconds(1))
            let other = try await harness.owner("w2")
            try await harness.bring(["acme": 1], by: other)
            let first = try? await harness.claim(hurried).jobs.first
            try await eventually("a reap") { try await harness.queue.reap().owner == hurried.name }
            let second = try #require(try await harness.claim(other).jobs.first)
            #expect(try await harness.queue.finish([second.succeeded()], by: other) == [.done])
            if let first {
                #expect(try await harness.queue.finish([first.succeeded()], by: hurried) == [.fencedOut])
            }
            #expect(try await harness.stream(harness.keys.results).count == 1)
        }
    }

    @Test("lesson 46: lists are empty while jobs run, and the status says so")
    func emptyWhileRunning() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 3], by: owner)
            #expect(try await harness.claim(owner).jobs.count == 3)
            let status = try await harness.store.status()
            #expect(status.ingress.values.allSatisfy { $0 == 0 } && status.running == 3)
        }
    }

    @Test("lesson 47: an id that is forgotten before its job starts doesn't take the job with it")
    func forgottenID() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let payload = #"{"kind":"sync","tenant_id":"acme","resource_id":"r1","id":"once"}"#
            try await harness.push(payload)
            try await harness.takeIn(by: owner)
            for key in try await harness.redis.send(["KEYS", .string(harness.keys.prefix + "id*")]).array ?? [] {
                try await harness.redis.send(["DEL", .string(key.string ?? "")])
            }
            let job = try #require(try await harness.claim(owner).jobs.first)
            #expect(job.record.id == JobID("once"))
            #expect(try await harness.queue.finish([job.succeeded()], by: owner) == [.done])
        }
    }

    @Test("a dead letter that is tried again has a fresh id and none of the times that have passed")
    func retriedDead() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let past = RFC3339.string(Date(timeIntervalSinceNow: -60))
            let job = try await harness.claimOne(
                #"{"kind":"sync","tenant_id":"acme","resource_id":"r1","id":"old","expires_at":"\#(past)"}"#, by: owner)
            #expect(job.record.expiresAt != nil)
            #expect(try await harness.queue.finish([job.failed(.expired)], by: owner) == [.done])
            let entry = try #require(try await harness.redis.send(["XRANGE", .string(harness.keys.dead), "-", "+"])[0])
            let reply = try await harness.store.call(.retryDead) { _ in
                [.string(entry[0]?.string ?? ""), "fresh"]
            }
            #expect(reply[0]?.string == "1")
            let again = try #require(try await harness.claim(owner).jobs.first)
            #expect(again.record.id == JobID("fresh") && again.record.retryOf == JobID("old"))
            #expect(again.record.expiresAt == nil && again.record.notBefore == nil && again.record.attempts == 0)
        }
    }

    @Test("a newer fleet's record is passed on untouched, however often an older worker meets it or dies with it")
    func newerRecord() async throws {
        try await StoreHarness.with { harness in
            let head = RedisValue(harness.keys.prefix + "head")
            let first = try await harness.owner("w1")
            try await harness.bring(["acme": 1], by: first)
            let record = try #require(try await harness.redis.send(["HGET", head, "acme:r0"]).bytes)
            let newer = [UInt8(ascii: "2")] + Array(record[1..<4]) + Array("whatever comes, \n\n".utf8)
            try await harness.redis.send(["HSET", head, "acme:r0", .bytes(newer)])
            try await harness.push(#"{"kind":"sync","tenant_id":"acme","resource_id":"r0","id":"behind"}"#)
            try await harness.takeIn(by: first)
            for round in 0..<3 {
                #expect(try await harness.claim(first).unreadable.count == 1)
                // It waits: an older worker doesn't spin over it.
                #expect(try await harness.claim(first).unreadable.isEmpty)
                let due = RedisValue(harness.keys.prefix + "due")
                try await harness.redis.send(["ZADD", due, 1, "lnacme:r0"])
                let raw = try await harness.store.call(.claim) { _ in
                    [.string(first.name), .integer(1000 + round), "0", 1, 1, 0, 0]
                }
                #expect(raw.lanes == ["acme:r0"])
                try await harness.becomesLate(first)
                #expect(try await harness.queue.reap().jobs == 1)
                _ = try await harness.redis.send([
                    "ZADD", .string(harness.keys.prefix + "owners"), 4_102_444_800_000, .string(first.name),
                ])
            }
            #expect(try await harness.redis.send(["HGET", head, "acme:r0"]).bytes == newer)
            let found = try await WaitingJobs(harness.store).cancel(JobID("behind"), tenant: TenantID("acme"))
            guard case .cancelled = found else {
                Issue.record("\(found)")
                return
            }
            #expect(try await harness.redis.send(["HGET", head, "acme:r0"]).bytes == newer)
        }
    }
}
