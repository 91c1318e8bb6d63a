// Goal: whatever Redis answers, nothing is lost or half done, and the error says what to do. Method: a redis-server of
// the test's own that is filled, made a replica, restarted, and whose scripts are flushed.
import FleetCore
import Foundation
import Reactor
import Redis
import TestSupport
import Testing

@testable import FleetStore

@Suite("Trouble with Redis")
struct TroubleTests {
    private static func sync(_ resource: String) -> String {
        #"{"kind":"sync","tenant_id":"acme","resource_id":"\#(resource)"}"#
    }

    @Test("a full Redis refuses intake whole, and still lets claims, results and hand-backs through")
    func full() async throws {
        let server = try await RedisServer.start { $0.configuration = ["maxmemory-policy noeviction"] }
        try await StoreHarness.with(server: server) { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 3], by: owner)
            try await harness.push(Self.sync("r7"))
            let batch = try await harness.take(owner)
            try await harness.push(Self.sync("r8"))
            try await harness.redis.send(["CONFIG", "SET", "maxmemory", 1])
            let before = try await harness.state(without: [])
            for attempt in 0..<2 {
                await #expect {
                    if attempt == 0 {
                        _ = try await harness.storeBatch(batch, by: owner)
                    } else {
                        _ = try await harness.intake.take(owner)
                    }
                } throws: { error in
                    let error = error as? StoreError
                    return error?.code == .full && error?.hint.contains("maxmemory") == true
                }
                #expect(try await harness.state(without: []) == before)
            }
            let jobs = try await harness.claim(owner).jobs
            #expect(jobs.count == 3)
            #expect(try await harness.queue.renew(owner, lease: .seconds(30)) != .lost)
            #expect(try await harness.queue.park(jobs[0].lease, for: .seconds(9), .backoff) == .done)
            #expect(try await harness.queue.handBack([jobs[1].lease], by: owner) == 1)
            #expect(try await harness.finish([jobs[2]], by: owner) == [.done])
            try await harness.redis.send(["CONFIG", "SET", "maxmemory", 0])
            guard case .stored(let report, _) = try await harness.storeBatch(batch, by: owner) else {
                throw Unexpected("superseded")
            }
            #expect(report.jobs == 1)
            #expect(try await harness.takeIn(by: owner).jobs == 1)
        }
    }

    @Test("a slice that a full Redis refuses has done nothing and can be done later")
    func fullSlice() async throws {
        let server = try await RedisServer.start { $0.configuration = ["maxmemory-policy noeviction"] }
        try await StoreHarness.with(server: server) { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(Self.sync("r1"), by: owner)
            let before = try await harness.state(without: [])
            try await harness.redis.send(["CONFIG", "SET", "maxmemory", 1])
            let end = RunEnd(result: job.result(.syncSucceeded))
            await #expect {
                _ = try await RunCommit(harness.store).commit(.full, end: end, job.lease)
            } throws: { ($0 as? StoreError)?.code == .full }
            #expect(try await harness.state(without: []) == before)
            try await harness.redis.send(["CONFIG", "SET", "maxmemory", 0])
            #expect(try await RunCommit(harness.store).commit(.full, end: end, job.lease) == .done)
        }
    }

    @Test("a replica refuses everything at its first write")
    func readOnly() async throws {
        let server = try await RedisServer.start()
        try await StoreHarness.with(server: server) { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(Self.sync("r1"), by: owner)
            try await harness.push(Self.sync("r2"))
            let before = try await harness.state(without: [])
            // A replica of nobody: it keeps what it has.
            try await harness.redis.send(["REPLICAOF", "127.0.0.1", 1])
            func expectReadOnly(_ call: () async throws -> Void) async {
                await #expect {
                    try await call()
                } throws: { error in
                    let error = error as? StoreError
                    return error?.code == .readOnly && error?.hint.contains("primary") == true
                        && error?.isTemporary == true
                }
            }
            await expectReadOnly { _ = try await harness.intake.take(owner) }
            await expectReadOnly { _ = try await harness.claim(owner) }
            await expectReadOnly { _ = try await harness.finish([job], by: owner) }
            await expectReadOnly { _ = try await harness.queue.renew(owner, lease: .seconds(1)) }
            await expectReadOnly { _ = try await RunCommit(harness.store).commit(.full, job.lease) }
            try await harness.redis.send(["REPLICAOF", "NO", "ONE"])
            #expect(try await harness.state(without: []) == before)
            #expect(try await harness.finish([job], by: owner) == [.done])
        }
    }

    @Test("flushed scripts are sent again", .timeLimit(.minutes(1)))
    func scriptFlush() async throws {
        let server = try await RedisServer.start()
        try await StoreHarness.with(server: server) { harness in
            let owner = try await harness.owner()
            try await harness.redis.send(["SCRIPT", "FLUSH"])
            let job = try await harness.claimOne(Self.sync("r1"), by: owner)
            try await harness.redis.send(["SCRIPT", "FLUSH"])
            #expect(try await harness.finish([job], by: owner) == [.done])
        }
    }

    @Test("a private key of another type is named as somebody else's, and nothing was popped")
    func wrongType() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push(Self.sync("r1"))
            try await harness.redis.send(["SET", .string(harness.keys.prefix + "intake"), "text"])
            await #expect {
                _ = try await harness.intake.take(owner)
            } throws: { error in
                let error = error as? StoreError
                return error?.code == .wrongType && error?.hint.contains("--namespace") == true
            }
            #expect(try await harness.redis.send(["LLEN", RedisValue(harness.keys.ingress(.general))]).int == 1)
        }
    }

    @Test(
        "a key of another type stops a call before its first write, and it is done whole when the key is gone",
        arguments: ["results", "dead", "tick", "due", "more", "ring:l"])
    func wrongTypeIsWhole(name: String) async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push(Self.sync("r1"))
            let job = try await harness.claimOne(Self.sync("r2"), by: owner)
            try await harness.push(Self.sync("r3"), "rubbish", Self.sync("r4"))
            let batch = try await harness.take(owner)
            let key = RedisValue(harness.keys.prefix + name)
            let aside = RedisValue("aside" + harness.keys.prefix + name)
            let exists = try await harness.redis.send(["EXISTS", key]).int == 1
            if exists { try await harness.redis.send(["RENAME", key, aside]) }
            try await harness.redis.send(["SET", key, "text"])
            let before = try await harness.state(without: [])
            func expectWrongType(_ call: () async throws -> Void) async throws {
                await #expect {
                    try await call()
                } throws: { ($0 as? StoreError)?.code == .wrongType }
                #expect(try await harness.state(without: []) == before)
            }
            try await expectWrongType { _ = try await harness.storeBatch(batch, by: owner) }
            try await expectWrongType { _ = try await harness.finish([job], by: owner) }
            try await expectWrongType { _ = try await harness.claim(owner) }
            try await expectWrongType { _ = try await RunCommit(harness.store).commit(.full, job.lease) }
            try await harness.redis.send(["DEL", key])
            if exists { try await harness.redis.send(["RENAME", aside, key]) }
            guard case .stored(let report, _) = try await harness.storeBatch(batch, by: owner) else {
                throw Unexpected("superseded")
            }
            #expect(report.jobs == 2 && report.rejected == 1)
            #expect(try await harness.finish([job], by: owner) == [.done])
            #expect(try await harness.stream(harness.keys.results).count == 2)
        }
    }

    @Test("a restart of Redis in the middle loses no job: calls go on by themselves", .timeLimit(.minutes(1)))
    func restart() async throws {
        let server = try await RedisServer.start { $0.appendOnly = true }
        try await StoreHarness.with(server: server) { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 4], by: owner)
            let jobs = try await harness.claim(owner, limit: 2).jobs
            try await server.restart()
            #expect(try await harness.queue.finish(jobs.map { $0.succeeded() }, by: owner) == [.done, .done])
            let claim = try await harness.claim(owner)
            #expect(claim.jobs.count == 2)
            #expect(try await harness.finish(claim.jobs, by: owner) == [.done, .done])
            #expect(try await harness.stream(harness.keys.results).count == 4)
        }
    }

    @Test("calls whose connection is cut again and again are done once", .timeLimit(.minutes(1)))
    func cuts() async throws {
        let server = try await RedisServer.start()
        try await StoreHarness.with(server: server) { harness in
            try await StoreHarness.with(server: server) { knife in
                let owner = try await harness.owner()
                for number in 0..<100 { try await harness.push(Self.sync("r\(number)")) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        while !Task.isCancelled {
                            // The knife's own connection is skipped.
                            _ = try? await knife.redis.send(["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"])
                            try? await knife.redis.reactor.sleep(for: .milliseconds(Int.random(in: 5...60)))
                        }
                    }
                    while try await harness.takeIn(by: owner).jobs > 0 {}
                    var claim = try await harness.claim(owner, limit: 7)
                    while !claim.jobs.isEmpty {
                        let outcomes = try await harness.queue.finish(claim.jobs.map { $0.succeeded() }, by: owner)
                        #expect(outcomes.allSatisfy { $0 == .done })
                        claim = try await harness.claim(owner, limit: 7)
                    }
                    group.cancelAll()
                }
                let ids = try await knife.results(of: harness)
                #expect(ids.count == 100 && Set(ids).count == 100)
            }
        }
    }

    @Test("a call ends with an error when Redis stays away longer than its patience", .timeLimit(.minutes(1)))
    func patience() async throws {
        let server = try await RedisServer.start()
        try await StoreHarness.with(server: server, configure: { $0.patience = .milliseconds(100) }) { harness in
            let owner = try await harness.owner()
            try await server.kill()
            await #expect {
                _ = try await harness.claim(owner)
            } throws: { error in
                (error as? StoreError)?.code == .unavailable
            }
        }
    }
}

extension StoreHarness {
    /// The ids on another harness's results.
    fileprivate func results(of other: StoreHarness) async throws -> [String] {
        try await stream(other.keys.results).compactMap { $0["job_id"] }
    }
}
