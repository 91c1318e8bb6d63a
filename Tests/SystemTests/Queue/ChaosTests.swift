// Goal: whatever happens to workers, connections and Redis itself, each payload has one terminal entry, in
// order per connection, and when all is done nothing is left: no job, lease or slot, no key that may not exist.
// Method: a fleet of real processes under a stream of small jobs (their resources aren't connected, so each is taken
// in, claimed, fenced and ended without Graph), trouble of one kind, then independent counting.

import Foundation
import TestSupport
import Testing

@Suite("Queue in trouble", .serialized)
struct ChaosTests {
    private static let resources = 40

    /// Pushes jobs round-robin over the resources; returns their ids by resource, in order.
    private func push(_ rounds: Int, to fleet: Fleet, into jobs: inout [[String]]) throws {
        for _ in 0..<rounds {
            for number in 0..<Self.resources {
                jobs[number].append(
                    try fleet.push([
                        "kind": "sync", "tenant_id": .string("t\(number % 4)"), "resource_id": .string("r\(number)"),
                        "priority": .string(["high", "normal", "low"][(number + jobs[number].count) % 3]),
                    ]))
            }
        }
    }

    private func expectAllIsWell(_ fleet: Fleet, _ jobs: [[String]]) async throws {
        _ = try await fleet.results(of: jobs.flatMap(\.self), within: .seconds(90))
        try fleet.expectOneEntryPerPayload()
        let results = try fleet.results()
        for (number, ids) in jobs.enumerated() {
            let own = results.filter { $0["resource_id"] == "r\(number)" }
            #expect(own.map(\.jobID) == ids, "in the order of the pushes")
            let fences = own.compactMap { $0["fence"].flatMap { Int($0) } }
            #expect(fences == fences.sorted() && fences.count == ids.count)
        }
        // The dead are reaped, then the living sign off: no lease, no ready lane, nothing that waits.
        try await eventually("the dead are reaped", within: .seconds(20)) {
            try fleet.probe.call("ZCARD", fleet.key("owners")).int == fleet.workers.count { $0.exit == nil }
        }
        for worker in fleet.workers where worker.exit == nil {
            worker.signal(SIGTERM)
            try await worker.waitForExit()
        }
        try fleet.expectNothingLeft()
    }

    @Test("lesson 5: a killed worker's jobs run elsewhere within lease + 2 s, with a lease of 5 s")
    func takenOver() async throws {
        try await Fleet.run(.init(workerFlags: ["--lease", "5s"])) { fleet in
            let link = try fleet.link()
            try await link.connect()
            let delay = try fleet.simulator.add(.delay(milliseconds: 30_000, on: Fault.delta, times: 1))
            let job = try link.pushSync()
            try await fleet.simulator.awaitHit(of: delay)
            try await fleet.startWorker()
            try await fleet.workers[0].kill()
            let killed = ContinuousClock.now
            let entry = try await fleet.result(of: job)
            let length = killed.duration(to: .now)
            print("a killed worker's job ended elsewhere \(length) after the kill")
            #expect(entry.type == "sync.succeeded" && entry["attempts"] == "2")
            #expect(length < .seconds(7))
        }
    }

    @Test("workers are killed one after the other under load, as fast as they start")
    func storm() async throws {
        try await Fleet.run(
            .init(workers: 3, workerFlags: ["--lease", "1s", "--max-crashes", "100"], simulator: false)
        ) {
            fleet in
            var jobs = [[String]](repeating: [], count: Self.resources)
            for _ in 0..<8 {
                try push(8, to: fleet, into: &jobs)
                try await fleet.workers.filter { $0.exit == nil }.randomElement()?.kill()
                try await fleet.startWorker()
            }
            try await expectAllIsWell(fleet, jobs)
        }
    }

    @Test("lesson 1: workers freeze past their lease in turn, and wake while others have their jobs")
    func freezes() async throws {
        try await Fleet.run(
            .init(workers: 3, workerFlags: ["--lease", "1s", "--max-crashes", "100"], simulator: false)
        ) {
            fleet in
            var jobs = [[String]](repeating: [], count: Self.resources)
            for worker in fleet.workers {
                try push(5, to: fleet, into: &jobs)
                worker.signal(SIGSTOP)
                try push(5, to: fleet, into: &jobs)
                try await eventually("the frozen one is reaped", within: .seconds(20)) {
                    try fleet.probe.call("ZCARD", fleet.key("owners")).int == 2
                }
                worker.signal(SIGCONT)
                try await eventually("it is back under another name", within: .seconds(20)) {
                    try fleet.probe.call("ZCARD", fleet.key("owners")).int == 3
                }
            }
            try await expectAllIsWell(fleet, jobs)
        }
    }

    @Test("lessons 8, 15: Redis is killed under load and comes back from its append-only file")
    func redisRestarts() async throws {
        try await Fleet.run(.init(workers: 2, simulator: false, appendOnly: true)) { fleet in
            var jobs = [[String]](repeating: [], count: Self.resources)
            for _ in 0..<3 {
                try push(10, to: fleet, into: &jobs)
                try await fleet.redis.restart()
                fleet.probe.hangUp()
            }
            try push(5, to: fleet, into: &jobs)
            try await expectAllIsWell(fleet, jobs)
        }
    }

    @Test("lesson 21: connections are cut again and again, in the middle of whatever they do")
    func cutConnections() async throws {
        try await Fleet.run(.init(workers: 2, simulator: false)) { fleet in
            var jobs = [[String]](repeating: [], count: Self.resources)
            for _ in 0..<25 {
                try push(2, to: fleet, into: &jobs)
                try fleet.probe.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            }
            try await expectAllIsWell(fleet, jobs)
        }
    }

    @Test("lesson 14: Redis answers nobody for a while, and the same calls go on")
    func hangs() async throws {
        try await Fleet.run(.init(workers: 2, simulator: false)) { fleet in
            var jobs = [[String]](repeating: [], count: Self.resources)
            try push(10, to: fleet, into: &jobs)
            fleet.redis.freeze()
            for worker in fleet.workers { try await worker.logLine(containing: "Redis is away") }
            fleet.redis.thaw()
            try push(5, to: fleet, into: &jobs)
            try await expectAllIsWell(fleet, jobs)
        }
    }
}

extension Fleet {
    /// What may exist once all jobs have ended and all workers are gone.
    private static let mayStay = [
        "results", "changes", "dead", "fence", "intake", "iddays", "id:", "wake", "rates", "announced", "b:",
        "jobindex",
    ]

    /// No key of a job, a lease, a tenant's turn or a worker.
    func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) throws {
        var cursor = "0"
        var names: Set<String> = []
        repeat {
            let reply = try probe.call("SCAN", cursor, "COUNT", "1000").elements
            cursor = reply.first?.string ?? "0"
            names.formUnion(reply.last?.strings ?? [])
        } while cursor != "0"
        let prefix = Fleet.namespace + ":"
        let left = names.filter { name in
            !Self.mayStay.contains { name == prefix + $0 || $0.hasSuffix(":") && name.hasPrefix(prefix + $0) }
        }
        #expect(left.isEmpty, sourceLocation: sourceLocation)
    }
}
