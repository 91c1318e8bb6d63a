// Goal: a person's mistake in Redis (a key of ours overwritten) costs no job and stops nobody else. Method: such a key
// in the middle of a job's life, and what the calls around it then do.
import FleetCore
import Foundation
import Redis
import TestSupport
import Testing

@testable import FleetStore

@Suite("Keys of another type")
struct WrongTypeTests {
    private func overwrite(_ harness: StoreHarness, _ key: String) async throws {
        try await harness.redis.send(["SET", .string(harness.keys.prefix + key), "a mistake"])
    }

    private func aside(_ harness: StoreHarness, _ key: String) async throws -> String? {
        try await harness.redis.send(["GET", .string(harness.keys.prefix + "odd:" + key)]).string
    }

    /// What a few turns of the reaper put back.
    private func found(_ harness: StoreHarness, _ count: Int) async throws {
        var found = 0
        try await eventually("the lanes are put back") {
            found += try await harness.queue.reap().found
            return found == count
        }
    }

    @Test("a worker's leases overwritten: it is fenced out, its jobs run again, and each ends once")
    func leases() async throws {
        try await StoreHarness.with { harness in
            let (owner, other) = (try await harness.owner("w1"), try await harness.owner("w2"))
            try await harness.bring(["acme": 2], by: owner)
            let jobs = try await harness.claim(owner).jobs
            try await overwrite(harness, "w:w1")
            #expect(try await harness.store.status().running == 0)
            guard case .renewed(_, _, let leases) = try await harness.queue.renew(owner, lease: .seconds(30)) else {
                Issue.record("it isn't reaped")
                return
            }
            #expect(leases == 0)
            let late = try await harness.queue.finish(jobs.map { $0.succeeded() }, by: owner)
            #expect(late == [.fencedOut, .fencedOut])
            #expect(try await aside(harness, "w:w1") == "a mistake")
            try await found(harness, 2)
            let again = try await harness.claim(other).jobs
            #expect(try await harness.queue.finish(again.map { $0.succeeded() }, by: other) == [.done, .done])
            #expect(try await harness.stream(harness.keys.results).count == 2)
            try await harness.expectNothingReady()
        }
    }

    @Test("every fenced call survives it, and a dead worker with such a key is reaped like others")
    func everyCall() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner("w1")
            try await harness.bring(["acme": 1], by: owner)
            let job = try #require(try await harness.claim(owner).jobs.first)
            for call in 0..<5 {
                try await harness.redis.send(["DEL", .string(harness.keys.prefix + "w:w1")])
                try await overwrite(harness, "w:w1")
                switch call {
                case 0: #expect(try await harness.queue.park(job.lease, for: .zero, .backoff) == .fencedOut)
                case 1: #expect(try await harness.queue.hold(job.lease, for: .zero) == .fencedOut)
                case 2: #expect(try await harness.queue.handBack([job.lease], by: owner) == 0)
                case 3:
                    let end = RunEnd(result: job.result(.succeeded(.sync)))
                    let outcome = try await RunCommit(harness.store).commit(Slice(), end: end, job.lease)
                    #expect(outcome == .fencedOut)
                default:
                    try await harness.becomesLate(owner)
                    #expect(try await harness.queue.reap().owner == "w1")
                }
            }
            try await found(harness, 1)
            #expect(try await harness.claim(try await harness.owner("w2")).jobs.count == 1)
        }
    }

    @Test("a worker's notes of its calls overwritten: nothing is lost but the memory of a repeat")
    func calls() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner("w1")
            try await harness.bring(["acme": 1], by: owner)
            let jobs = try await harness.claim(owner).jobs
            try await harness.redis.send(["DEL", .string(harness.keys.prefix + "c:w1")])
            try await overwrite(harness, "c:w1")
            #expect(try await harness.queue.finish(jobs.map { $0.succeeded() }, by: owner) == [.done])
            #expect(try await aside(harness, "c:w1") == "a mistake")
            #expect(try await harness.store.status().workers.count == 1)
        }
    }

    @Test(
        "a connection's key overwritten: the commit names it and changes nothing, and is done once it is moved away",
        arguments: ["events", "own", "fresh", "freshown", "book", "bookev", "intent", "former", "done"])
    func connections(key: String) async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(
                #"{"kind":"sync","tenant_id":"acme","resource_id":"r1","full":true}"#, by: owner)
            try await overwrite(harness, "\(key):acme:r1")
            let before = try await harness.state(without: [])
            let end = RunEnd(result: job.result(.succeeded(.sync)))
            let error = await #expect(throws: StoreError.self) {
                try await RunCommit(harness.store).commit(Slice(), end: end, job.lease)
            }
            #expect(error?.code == .wrongType)
            #expect(error.map { String(reflecting: $0).contains("\(key):acme:r1 is no hash") } == true)
            #expect(try await harness.state(without: []) == before)
            try await harness.redis.send(["DEL", .string(harness.keys.prefix + "\(key):acme:r1")])
            #expect(try await RunCommit(harness.store).commit(Slice(), end: end, job.lease) == .done)
        }
    }
}
