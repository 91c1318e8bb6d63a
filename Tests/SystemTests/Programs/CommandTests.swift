// Goal: the commands of an operator do what the contract says, seen by their output and exit codes.

import Foundation
import TestSupport
import Testing

@Suite("Commands")
struct CommandTests {
    @Test(
        "enqueue pushes a job and prints its id; --wait prints its result and tells success, failure and neither apart")
    func enqueue() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try link.mailbox.create(GraphEvent.timed("E", fleet.day(1)))
            let token = link.token["access_token"].string ?? ""
            let connect = try await fleet.command(
                "enqueue", "connect", "--tenant-id", "acme", "--resource-id", "room-1", "--oauth-token", token,
                "--wait",
                "30s")
            #expect(connect.code == 0, "\(connect.error)")
            let result = JSON(text: connect.lines.last ?? "") ?? .null
            #expect(result["type"] == "connect.succeeded" && result["data"]["events"] == 1, "\(connect.output)")

            let sync = try await fleet.command("enqueue", "sync", "--tenant-id", "acme", "--resource-id", "room-1")
            #expect(sync.code == 0 && sync.lines.count == 1)
            #expect(try await fleet.result(of: sync.output).type == "sync.succeeded")

            let failed = try await fleet.command(
                "enqueue", "sync", "--tenant-id", "acme", "--resource-id", "nobody", "--wait", "30s")
            #expect(failed.code == 1 && failed.output.contains("not_connected"))

            let standardInput = try await fleet.command(
                "enqueue", "-", "--wait", "30s",
                input: #"{"kind":"disconnect","tenant_id":"acme","resource_id":"room-1","id":"from-stdin"}"#)
            #expect(standardInput.code == 0 && standardInput.output.contains("disconnect.succeeded"))
            #expect(try await fleet.result(of: "from-stdin").type == "disconnect.succeeded")

            try await fleet.workers[0].kill()
            let late = try await fleet.command(
                "enqueue", "sync", "--tenant-id", "acme", "--resource-id", "room-1", "--wait", "300ms")
            #expect(late.code == 75)
            fleet.keepSecret(token)
            let outputs = [connect, sync, failed, standardInput, late].map { $0.output + $0.error }.joined()
            #expect(!outputs.contains(token))
        }
    }

    @Test("enqueue refuses what no worker would take, before it is pushed")
    func enqueueRefuses() async throws {
        try await Fleet.run(.init(workers: 0, simulator: false)) { fleet in
            let noTenant = try await fleet.command("enqueue", "sync", "--resource-id", "room-1")
            #expect(noTenant.code == 64)
            let notJSON = try await fleet.command("enqueue", "-", input: "not json")
            #expect(notJSON.code == 64 || notJSON.code == 1, "\(notJSON)")
            #expect(try fleet.probe.call("LLEN", fleet.key("jobs")).int == 0)
        }
    }

    @Test("events, connections, results and status show a connection's life")
    func views() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            let near = try link.mailbox.create(GraphEvent.timed("Near", fleet.day(1)))
            try link.mailbox.create(GraphEvent.timed("Far", fleet.day(100)))
            try await link.connect()

            let events = try await fleet.command(
                "events", "--tenant-id", "acme", "--resource-id", "room-1", "--from", Instant.write(fleet.day(0)),
                "--to",
                Instant.write(fleet.day(5)), "--json")
            #expect(events.code == 0)
            #expect(events.output.contains(near) && !events.output.contains("Far"))
            let table = try await fleet.command("events", "--tenant-id", "acme", "--resource-id", "room-1")
            #expect(table.code == 0 && table.output.contains("Near") && table.output.contains("Far"))
            let none = try await fleet.command("events", "--tenant-id", "acme", "--resource-id", "nobody")
            #expect(none.code == 0 && none.output.isEmpty && none.error.contains("no events"), "\(none)")

            let connections = try await fleet.command("connections", "--tenant-id", "acme")
            #expect(connections.code == 0 && connections.output.contains("room-1"))
            let other = try await fleet.command("connections", "--tenant-id", "globex")
            #expect(other.code == 0 && !other.output.contains("room-1"))

            let results = try await fleet.command("results")
            let entries = results.lines.compactMap { JSON(text: $0) }
            #expect(entries.map { $0["type"] } == ["connect.succeeded"])
            let changes = try await fleet.command("results", "--changes")
            #expect(changes.lines.compactMap { JSON(text: $0) }.map { $0["type"] } == ["calendar.connected"])

            let status = try await fleet.command("status")
            #expect(status.code == 0 && !status.output.isEmpty)
            let figures = try await fleet.command("status", "--json")
            #expect(JSON(text: figures.output) != nil)
        }
    }

    @Test("results --follow prints entries as they come")
    func follow() async throws {
        try await Fleet.run(.init(simulator: false)) { fleet in
            let child = try ChildProcess(Executables.fleet, ["results", "--follow"] + fleet.redisFlags)
            defer { child.signal(SIGKILL) }
            // Its start can't be seen from outside: entries are made until one shows.
            try await eventually("the follower prints an entry", within: .seconds(20)) {
                try await fleet.run(["kind": "sync", "tenant_id": "t", "resource_id": "r"])
                return !child.lines().isEmpty
            }
            let job = try fleet.push(["kind": "sync", "tenant_id": "t", "resource_id": "r"])
            let line = try await child.line(containing: "\"\(job)\"")
            #expect(JSON(text: line)?["code"].string == nil)
            #expect(JSON(text: line)?["type"] == "sync.failed")
        }
    }

    @Test("cancel ends a waiting job as cancelled, and says so of one that isn't there")
    func cancel() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            let delay = try fleet.simulator.add(.delay(milliseconds: 1500, on: Fault.delta, times: 1))
            let running = try link.pushSync()
            try await fleet.simulator.awaitHit(of: delay)
            // Full, so that it isn't served by another run.
            let waiting = try link.pushSync(["full": true])
            try await eventually("the job waits in its line") {
                let outcome = try await fleet.command("cancel", waiting, "--tenant-id", "acme")
                return outcome.code == 0
            }
            #expect(try await fleet.result(of: waiting).code == "cancelled")
            #expect(try await fleet.result(of: running).type == "sync.succeeded")
            let unknown = try await fleet.command("cancel", "nothing", "--tenant-id", "acme", "--json")
            #expect(unknown.code == 1)
            #expect(
                JSON(text: unknown.output) == ["job_id": "nothing", "tenant_id": "acme", "outcome": "not_found"])
            let foreign = try await fleet.command("cancel", waiting, "--tenant-id", "globex")
            #expect(foreign.code == 1)
            try await link.settle()
        }
    }

    @Test("dead jobs can be listed, shown, retried with a fresh id and discarded")
    func dead() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            let failed = try link.pushSync()
            #expect(try await fleet.result(of: failed).code == "not_connected")
            let rejected = try fleet.push(["kind": "explode", "tenant_id": "acme", "id": "bad-1"])
            #expect(try await fleet.result(of: rejected).type == "job.rejected")

            let list = try await fleet.command("dead", "list", "--tenant-id", "acme")
            #expect(list.code == 0 && list.output.contains(failed) && list.output.contains(rejected))
            let show = try await fleet.command("dead", "show", failed, "--tenant-id", "acme")
            #expect(show.code == 0 && show.output.contains("not_connected"))

            try await link.connect()
            let retry = try await fleet.command("dead", "retry", failed, "--tenant-id", "acme")
            #expect(retry.code == 0)
            let fresh = retry.lines.last?.split(separator: " ").last.map(String.init) ?? ""
            #expect(!fresh.isEmpty && fresh != failed)
            let entry = try await fleet.result(of: fresh)
            #expect(entry.type == "sync.succeeded" && entry.data["retry_of"].string == failed, "\(entry)")

            let discard = try await fleet.command("dead", "discard", rejected, "--tenant-id", "acme")
            #expect(discard.code == 0)
            let after = try await fleet.command("dead", "list", "--tenant-id", "acme")
            #expect(!after.output.contains(rejected))
            let gone = try await fleet.command("dead", "show", rejected, "--tenant-id", "acme")
            #expect(gone.code == 1)
        }
    }

    @Test("a failed connect among the dead can be retried: its token is there, sealed, and shown nowhere")
    func deadConnect() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try fleet.simulator.add(.status(403, "ErrorAccessDenied", on: Fault.delta, times: 1))
            let job = try fleet.push(link.payload)
            #expect(try await fleet.result(of: job).code == "access_denied")
            try fleet.expectNoSecretAnywhere()
            let show = try await fleet.command("dead", "show", job, "--tenant-id", "acme")
            #expect(!show.output.contains(link.token["access_token"].string ?? "-"))
            let retry = try await fleet.command("dead", "retry", job, "--tenant-id", "acme")
            let fresh = retry.lines.last?.split(separator: " ").last.map(String.init) ?? ""
            #expect(try await fleet.result(of: fresh).type == "connect.succeeded")
            try await link.sync()
            try fleet.expectNoSecretAnywhere()
        }
    }

    @Test("check is content with a good set-up, 78 with one that evicts, 69 without Redis")
    func check() async throws {
        try await Fleet.run { fleet in
            let flags = fleet.workerArguments().chunked(into: 2)
            let wanted: Set = [
                "--redis", "--namespace", "--graph-url", "--login-url", "--client-id", "--client-secret-file",
                "--sealing-keys-file",
            ]
            let arguments = ["check"] + flags.filter { wanted.contains($0[0]) }.flatMap { $0 }
            let good = try await CommandOutcome.run(arguments)
            #expect(good.code == 0, "\(good.output)\n\(good.error)")
            try fleet.probe.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
            let evicting = try await CommandOutcome.run(arguments)
            #expect(evicting.code == 78 && (evicting.output + evicting.error).contains("allkeys-lru"), "\(evicting)")
            try fleet.probe.call("CONFIG", "SET", "maxmemory-policy", "noeviction")
            try fleet.probe.call("CONFIG", "SET", "appendonly", "yes")
            #expect(try await CommandOutcome.run(arguments).code == 0)
            try await expectReplayIsChecked(fleet, arguments)
            try await fleet.redis.kill()
            let away = try await CommandOutcome.run(arguments)
            #expect(away.code == 69)
        }
    }

    /// Redis 7.0 reads its append-only file as the user `default`: one without rights costs jobs at a restart.
    private func expectReplayIsChecked(_ fleet: Fleet, _ arguments: [String]) async throws {
        guard try fleet.probe.call("INFO", "server").string?.contains("redis_version:7.0.") == true else { return }
        try fleet.probe.call("ACL", "SETUSER", "default", "-get")
        let poor = try await CommandOutcome.run(arguments)
        try fleet.probe.call("ACL", "SETUSER", "default", "+@all")
        #expect(
            poor.code == 78 && (poor.output + poor.error).contains("append-only file as the user default"), "\(poor)")
    }

    @Test("commands without Redis end with 69, and no stack trace")
    func away() async throws {
        let lost = ["--redis", "unix:///nowhere/redis.sock"]
        for arguments in [
            ["status"], ["connections"], ["results"], ["dead", "list"], ["cancel", "x", "--tenant-id", "t"],
            ["events", "--tenant-id", "t", "--resource-id", "r"],
            ["enqueue", "sync", "--tenant-id", "t", "--resource-id", "r"],
        ] {
            let outcome = try await CommandOutcome.run(arguments + lost)
            #expect(outcome.code == 69, "\(arguments): \(outcome)")
            #expect(!outcome.error.contains("Fatal error"))
        }
    }
}

extension Array {
    fileprivate func chunked(into size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
