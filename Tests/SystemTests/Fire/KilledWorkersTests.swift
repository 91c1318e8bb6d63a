// Goal: whatever worker dies whenever, each payload ends in exactly one terminal entry, in order per connection, and
// each mirror equals its calendar (CONTRACT section 6, 1 and 2). Method: a fleet of three under a stream of jobs while
// people change the calendars; a random worker is killed each second and replaced; at the end independent counting. The
// seed of the kills is printed.

import Foundation
import TestSupport
import Testing

@Suite("Workers that die")
struct KilledWorkersTests {
    @Test(
        "500 jobs over 50 connections, a worker killed each second: one entry each, in order, mirrors equal calendars")
    func manyKills() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed of the kills: \(seed)")
        var random = SeededRandom(seed: seed)
        try await Fleet.run(.init(workers: 3, workerFlags: ["--lease", "1s", "--max-crashes", "100"])) { fleet in
            try fleet.simulator.setLatency(milliseconds: 20)
            let links = try (0..<50).map { number in
                try fleet.link(
                    try fleet.simulator.mailbox("m\(number)@t\(number % 5).example"), tenant: "t\(number % 5)",
                    resource: "room-\(number)")
            }
            var jobs: [[String]] = try links.map { [try fleet.push($0.payload)] }
            var nextKill = ContinuousClock.now + .seconds(1)
            for round in 1..<10 {
                for (number, link) in links.enumerated() {
                    try link.mailbox.create(GraphEvent.timed("R\(round)", fleet.day(round)))
                    jobs[number].append(try link.pushSync())
                }
                // About a second of work each: the stream of jobs goes on while workers die.
                try await eventually("round \(round) has begun", within: .seconds(60)) {
                    if ContinuousClock.now >= nextKill {
                        try await killOne(of: fleet, &random)
                        nextKill += .seconds(1)
                    }
                    return try fleet.probe.call("XLEN", fleet.key("results")).int ?? 0 >= (round - 1) * 50
                }
            }
            try await eventually("all results", within: .seconds(120)) {
                if ContinuousClock.now >= nextKill {
                    try await killOne(of: fleet, &random)
                    nextKill += .seconds(1)
                }
                return try fleet.probe.call("XLEN", fleet.key("results")).int ?? 0 >= 500
            }
            try check(fleet, links, jobs)
            try await expectIdle(fleet)
        }
    }

    private func killOne(of fleet: Fleet, _ random: inout SeededRandom) async throws {
        let alive = fleet.workers.filter { $0.exit == nil }
        guard let victim = alive.randomElement(using: &random) else { return }
        try await victim.kill()
        try await fleet.startWorker()
    }

    private func check(_ fleet: Fleet, _ links: [Link], _ jobs: [[String]]) throws {
        try fleet.expectOneEntryPerPayload()
        let results = try fleet.results()
        for (link, ids) in zip(links, jobs) {
            let own = results.filter { $0.connection == "\(link.tenant)/\(link.resource)" }
            #expect(own.map(\.jobID) == ids, "in the order of the pushes")
            #expect(own.allSatisfy { $0.type.hasSuffix(".succeeded") }, "\(own.filter { $0.code != nil })")
            let fences = own.compactMap { $0["fence"].flatMap { Int($0) } }
            #expect(fences == fences.sorted() && fences.count == ids.count, "fences grow")
            let created = try link.changes().filter { $0.type == "event.created" }.compactMap { $0["event_id"] }
            #expect(Set(created).count == created.count, "no event is reported twice")
            try link.expectMirrorEqualsCalendar()
        }
        try fleet.expectNoSecretAnywhere()
    }

    /// No job waits, runs or is parked; every lease is gone.
    private func expectIdle(_ fleet: Fleet) async throws {
        let status = try await fleet.command("status", "--json")
        #expect(status.code == 0)
        let figures = JSON(text: status.output) ?? .null
        for name in ["waiting", "running", "parked"] {
            #expect(figures["jobs"][name].int == 0, "\(name): \(figures.text)")
        }
    }

    @Test("a worker frozen past its lease and woken again can't end the job a second time")
    func frozen() async throws {
        try await Fleet.run(.init(workerFlags: ["--lease", "1s"])) { fleet in
            let link = try fleet.link()
            try await link.connect()
            let delay = try fleet.simulator.add(.delay(milliseconds: 400, on: Fault.delta, times: 1))
            try link.mailbox.create(GraphEvent.timed("E", fleet.day(1)))
            let job = try link.pushSync()
            try await fleet.simulator.awaitHit(of: delay)
            let frozen = fleet.workers[0]
            frozen.signal(SIGSTOP)
            try await fleet.startWorker()
            let entry = try await fleet.result(of: job)
            #expect(entry.type == "sync.succeeded")
            frozen.signal(SIGCONT)
            // The woken worker notices that it is fenced out, goes on with its life and takes jobs again.
            try await fleet.workers[1].kill()
            let next = try await link.sync()
            #expect((next["fence"].flatMap { Int($0) } ?? 0) > (entry["fence"].flatMap { Int($0) } ?? .max))
            let created = try link.changes().filter { $0.type == "event.created" }
            #expect(created.count == 1)
            try await link.settle()
        }
    }

    @Test("a job that kills its worker again and again ends as attempts_exhausted, and its neighbours go on")
    func crashes() async throws {
        try await Fleet.run(.init(workerFlags: ["--lease", "1s", "--max-crashes", "2"])) { fleet in
            let link = try fleet.link()
            try await link.connect()
            let delay = try fleet.simulator.add(.delay(milliseconds: 4000, on: Fault.delta))
            let job = try link.pushSync()
            for death in 1...2 {
                try await fleet.simulator.awaitHit(of: delay, times: death)
                try await fleet.workers.last?.kill()
                try await fleet.startWorker()
            }
            let entry = try await fleet.result(of: job)
            #expect(entry.type == "sync.failed" && entry.code == "attempts_exhausted", "\(entry)")
            try fleet.simulator.clearFaults()
            try await link.settle()
        }
    }
}
