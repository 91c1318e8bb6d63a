// Goal: an operator can stop, slow and free a tenant while the fleet runs. Method: the program's own commands against
// real workers.
import Foundation
import TestSupport
import Testing

@Suite("Tenant commands")
struct TenantCommandTests {
    @Test("pause holds a tenant's jobs, list says so, resume lets them run; nothing is lost")
    func pause() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            #expect(try await fleet.command("tenant", "pause", "acme").code == 0)
            let jobs = try (0..<3).map { _ in try link.pushSync(["full": true]) }
            try await eventually("the jobs wait") { try await self.status(fleet)["waiting"].int == 3 }
            let paused = try await status(fleet)
            #expect(paused["state"] == "paused" && paused["running"].int == 0 && paused["until"] == .null)
            #expect(try fleet.results().allSatisfy { !jobs.contains($0.jobID) })
            let table = try await fleet.command("tenant", "list")
            #expect(table.lines.first?.hasPrefix("TENANT  STATE") == true && table.lines[1].contains("paused"))
            let resumed = try await fleet.command("tenant", "resume", "acme", "--json")
            #expect(JSON(text: resumed.output) == ["tenant_id": "acme", "state": "active"])
            for entry in try await fleet.results(of: jobs) { #expect(entry.type == "sync.succeeded", "\(entry)") }
            #expect(try await status(fleet)["state"] == "active")
        }
    }

    @Test("the limits shown are those the workers were started with, count and window")
    func shown() async throws {
        let flags = ["--tenant-rate", "25/5s", "--mailbox-rate", "12/4s"]
        try await Fleet.run(.init(workerFlags: flags)) { fleet in
            try await fleet.link().connect()
            #expect(try await status(fleet)["limit"] == "25/5s")
            let all = try await fleet.command("status")
            #expect(all.output.contains("25/5s") && all.output.contains("12/4s"), "\(all.output)")
        }
    }

    @Test("lesson 36: a pause with a time ends by itself, though the worker that knew of it is gone")
    func pauseUntil() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            let end = Instant.write(Date().addingTimeInterval(4))
            #expect(try await fleet.command("tenant", "pause", "acme", "--until", end).code == 0)
            let job = try link.pushSync()
            try await eventually("the job waits") { try await self.status(fleet)["waiting"].int == 1 }
            #expect(try await status(fleet)["until"].string == end)
            try await fleet.workers[0].kill()
            try await fleet.startWorker()
            let entry = try await fleet.result(of: job)
            #expect(entry.type == "sync.succeeded")
            #expect(try #require(Instant.read(entry["started_at"] ?? "")) >= #require(Instant.read(end)))
        }
    }

    @Test("a pause stops a run at its next call; it goes on where it was, with no attempt used up")
    func pausedRun() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try fleet.simulator.limitPages(to: 1)
            for number in 0..<6 { try link.mailbox.create(GraphEvent.timed("E\(number)", fleet.day(number))) }
            let slow = try fleet.simulator.add(Fault.delay(milliseconds: 200, on: Fault.delta))
            let job = try fleet.push(link.payload)
            try await fleet.simulator.awaitHit(of: slow, times: 2)
            #expect(try await fleet.command("tenant", "pause", "acme").code == 0)
            try await eventually("the run has stopped") { try await self.status(fleet)["running"].int == 0 }
            #expect(try await status(fleet)["waiting"].int == 1)
            #expect(try await fleet.command("tenant", "resume", "acme").code == 0)
            let entry = try await fleet.result(of: job)
            #expect(entry.type == "connect.succeeded" && entry["attempts"] == "1", "\(entry)")
            let pages = try fleet.simulator.requests().filter(\.isDelta).map(\.target)
            #expect(pages.count == Set(pages).count, "no page was read twice")
        }
    }

    @Test("a limit of its own acts at once, and default takes it away")
    func limit() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            #expect(try await fleet.command("tenant", "limit", "acme", "1/1h").code == 0)
            #expect(try await status(fleet)["limit"] == "1/3600s")
            let job = try link.pushSync()
            try await eventually("the tenant is held") { try await self.status(fleet)["state"] == "budget" }
            #expect(try await status(fleet)["until"] != .null)
            let answer = try await fleet.command("tenant", "limit", "acme", "default", "--json")
            #expect(JSON(text: answer.output) == ["tenant_id": "acme", "limit": "default"])
            let entry = try await fleet.result(of: job)
            #expect(entry.type == "sync.succeeded" && entry["attempts"] == "1", "\(entry)")
            #expect(try await status(fleet)["own_limit"] == false)
        }
    }

    @Test(
        "what makes no sense is refused with 64",
        arguments: [
            ["pause", "a b"], ["pause", "acme", "--until", "2020-01-01T00:00:00Z"],
            ["pause", "acme", "--until", "soon"],
            ["limit", "acme", "many"], ["limit", "acme", "10/2h"], ["limit", "acme"], ["resume"], [],
        ])
    func refused(arguments: [String]) async throws {
        try await Fleet.run(.init(workers: 0, simulator: false)) { fleet in
            let outcome = try await CommandOutcome.run(["tenant"] + arguments + fleet.redisFlags)
            #expect(outcome.code == 64, "\(outcome)")
        }
    }

    /// What `tenant list --json` says of acme.
    private func status(_ fleet: Fleet) async throws -> JSON {
        let outcome = try await fleet.command("tenant", "list", "--json")
        return JSON(text: outcome.output)?.elements.first { $0["tenant_id"] == "acme" } ?? .null
    }
}
