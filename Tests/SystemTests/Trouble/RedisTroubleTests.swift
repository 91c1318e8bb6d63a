// Goal: whatever happens to Redis, no worker crashes, no job is lost, the trouble is said when it begins and when it
// ends, /readyz says no meanwhile, and work goes on by itself. Method: a real Redis is broken in each way beneath a
// working fleet, and mended.

import Foundation
import TestSupport
import Testing

@Suite("Trouble with Redis")
struct RedisTroubleTests {
    /// A way in which Redis goes wrong, and how it is mended.
    struct Trouble: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What the log's line at the beginning says.
        let begins: String
        /// What it says at the end.
        var ends = "work with Redis goes on"
        let breaking: @Sendable (Fleet) async throws -> Void
        let mending: @Sendable (Fleet) async throws -> Void
    }

    static let troubles = [
        Trouble(testDescription: "frozen", begins: "Redis is away", ends: "Redis is back") {
            $0.redis.freeze()
        } mending: {
            $0.redis.thaw()
        },
        Trouble(
            testDescription: "killed and restarted, its scripts gone", begins: "Redis is away", ends: "Redis is back"
        ) {
            try await $0.redis.kill()
        } mending: {
            try await $0.redis.restart()
            $0.probe.hangUp()
        },
        Trouble(testDescription: "full", begins: "Redis is full") {
            try $0.probe.call("CONFIG", "SET", "maxmemory", "1")
        } mending: {
            try $0.probe.call("CONFIG", "SET", "maxmemory", "0")
        },
        // A primary that nobody answers at: the data stays as it is.
        Trouble(testDescription: "a read-only replica", begins: "Redis refuses writes") {
            try $0.probe.call("REPLICAOF", "127.0.0.1", "1")
        } mending: {
            try $0.probe.call("REPLICAOF", "NO", "ONE")
        },
        Trouble(testDescription: "a foreign type under the jobs' key", begins: "foreign type") {
            try $0.probe.call("SET", $0.key("jobs"), "not a list")
        } mending: {
            try $0.probe.call("DEL", $0.key("jobs"))
        },
    ]

    @Test(
        "Redis goes wrong beneath a job and comes back: said twice, not ready meanwhile, nothing lost",
        arguments: troubles)
    func trouble(_ trouble: Trouble) async throws {
        try await Fleet.run(.init(workers: 0, appendOnly: true)) { fleet in
            let port = try freePort()
            let worker = try await fleet.startWorker(["--metrics-listen", "127.0.0.1:\(port)"])
            let health = LoopbackHTTP(port: port)
            let link = try fleet.link()
            try await link.connect()
            #expect(try health.request("GET", "/readyz").status == 200)

            // One job is at Graph when it happens; others follow when all is well.
            let delay = try fleet.simulator.add(.delay(milliseconds: 500, on: Fault.delta, times: 1))
            try link.mailbox.create(GraphEvent.timed("Meanwhile", fleet.day(1)))
            let job = try link.pushSync()
            try await fleet.simulator.awaitHit(of: delay)
            try await trouble.breaking(fleet)
            let line = try await worker.logLine(containing: trouble.begins)
            try await eventually("/readyz says no") { try health.request("GET", "/readyz").status == 503 }
            #expect(try health.request("GET", "/livez").status == 200)
            try await trouble.mending(fleet)
            try await worker.logLine(containing: trouble.ends)
            #expect(try await fleet.result(of: job).type == "sync.succeeded")
            try await eventually("/readyz says yes") { try health.request("GET", "/readyz").status == 200 }
            try await link.sync()
            #expect(try link.changes().filter { $0.type == "event.created" }.count == 1)
            #expect(worker.exit == nil)
            #expect(worker.log.filter { $0.contains(trouble.begins) }.count <= 3, "no flood: \(line)")
            try await link.settle()
        }
    }

    @Test("a results stream of a foreign type holds the results back, and they come when it is gone")
    func foreignResults() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            let kept = try fleet.results()
            try fleet.probe.call("RENAME", fleet.key("results"), "aside")
            try fleet.probe.call("SET", fleet.key("results"), "not a stream")
            try link.mailbox.create(GraphEvent.timed("Meanwhile", fleet.day(1)))
            let job = try link.pushSync()
            try await fleet.workers[0].logLine(containing: "foreign type")
            try fleet.probe.call("DEL", fleet.key("results"))
            try fleet.probe.call("RENAME", "aside", fleet.key("results"))
            #expect(try await fleet.result(of: job).type == "sync.succeeded")
            #expect(try fleet.results().count == kept.count + 1)
            try await link.settle()
        }
    }

    @Test("SCRIPT FLUSH under load costs nothing but a reload")
    func scriptsFlushed() async throws {
        try await Fleet.run(.init(simulator: false)) { fleet in
            var jobs: [String] = []
            for number in 0..<200 {
                jobs.append(try fleet.push(["kind": "sync", "tenant_id": "t", "resource_id": .string("r\(number)")]))
                if number.isMultiple(of: 20) { try fleet.probe.call("SCRIPT", "FLUSH") }
            }
            let entries = try await fleet.results(of: jobs)
            #expect(entries.allSatisfy { $0.code == "not_connected" && $0["attempts"] == "1" })
            try fleet.expectOneEntryPerPayload()
        }
    }

    @Test("a worker that starts while Redis is away waits for it and then works")
    func startsWithoutRedis() async throws {
        try await Fleet.run(.init(workers: 0, simulator: false, appendOnly: true)) { fleet in
            let job = try fleet.push(["kind": "sync", "tenant_id": "t", "resource_id": "r"])
            try await fleet.redis.kill()
            fleet.probe.hangUp()
            let worker = try fleet.launchWorker()
            try await worker.logLine(containing: "Redis is away")
            try await fleet.redis.restart()
            #expect(try await fleet.result(of: job).code == "not_connected")
        }
    }
}
