// Goal: what CONTRACT promises producers about order, time and repetition, seen from outside.

import Foundation
import TestSupport
import Testing

@Suite("Order and time of jobs")
struct QueueTests {
    private func sync(_ resource: String, _ fields: JSON = [:]) -> JSON {
        (["kind": "sync", "tenant_id": "acme", "resource_id": .string(resource)] as JSON).merging(fields)
    }

    @Test("the jobs of one connection end in the order in which they were pushed")
    func order() async throws {
        try await Fleet.run(.init(workers: 2, simulator: false)) { fleet in
            var expected: [String: [String]] = [:]
            for number in 0..<200 {
                let resource = "room-\(number % 8)"
                let full: JSON = ["full": .bool(number.isMultiple(of: 3))]
                expected["acme/\(resource)", default: []].append(try fleet.push(sync(resource, full)))
            }
            _ = try await fleet.results(of: expected.values.flatMap { $0 })
            for (connection, ids) in expected {
                #expect(try fleet.results().filter { $0.connection == connection }.map(\.jobID) == ids)
            }
            try fleet.expectOneEntryPerPayload()
        }
    }

    @Test("RPUSH puts a payload before those that no worker has taken in, and LPUSH behind them")
    func bothEnds() async throws {
        try await Fleet.run(.init(workers: 0, simulator: false)) { fleet in
            let ids = try (0..<3).map { _ in try fleet.push(sync("room-1")) }
            try fleet.probe.call("RPUSH", fleet.key("jobs"), sync("room-1", ["id": "first"]).text)
            try await fleet.startWorker()
            _ = try await fleet.results(of: ids + ["first"])
            #expect(try fleet.results().map(\.jobID) == ["first"] + ids)
        }
    }

    @Test("across the lists a connect pushed before a sync of the same connection runs before it")
    func acrossLists() async throws {
        try await Fleet.run(.init(workers: 0)) { fleet in
            let links = try (0..<20).map { number in
                try fleet.link(try fleet.simulator.mailbox("m\(number)@acme.example"), resource: "room-\(number)")
            }
            for link in links {
                var connect = link.payload
                connect["kind"] = .null
                try fleet.push(.object(connect.members.filter { $0.key != "kind" }), to: "jobs:connect")
            }
            let syncs = try links.map { link in
                try fleet.push(["tenant_id": "acme", "resource_id": .string(link.resource)], to: "jobs:sync")
            }
            try await fleet.startWorker()
            for entry in try await fleet.results(of: syncs) { #expect(entry.type == "sync.succeeded", "\(entry)") }
            try fleet.expectOneEntryPerPayload()
            try fleet.expectNoSecretAnywhere()
        }
    }

    @Test("a job past its expires_at fails with expired and makes no call")
    func expired() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            let calls = try fleet.simulator.requests().count
            let entry = try await link.trySync(["expires_at": "2020-01-01T00:00:00Z"])
            #expect(entry.type == "sync.failed" && entry.code == "expired")
            #expect(try fleet.simulator.requests().count == calls)
        }
    }

    @Test("a job with not_before waits for its time and holds no other")
    func notBefore() async throws {
        try await Fleet.run(.init(simulator: false)) { fleet in
            let time = Date().addingTimeInterval(2)
            let later = try fleet.push(
                sync("room-1", ["not_before": .string(Instant.write(time.addingTimeInterval(1)))]))
            let now = try fleet.push(sync("room-1"))
            _ = try await fleet.result(of: now)
            #expect(try !fleet.results().contains { $0.jobID == later })
            let entry = try await fleet.result(of: later)
            let started = try #require(Instant.read(entry["started_at"] ?? ""))
            #expect(started >= time)
            #expect(entry["attempts"] == "1")
        }
    }

    @Test("a token that waits in line is sealed")
    func sealedInLine() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            let payload = link.payload.merging(["not_before": "2099-01-01T00:00:00Z"])
            let waiting = try fleet.push(payload)
            // The next job of another connection is answered: the intake has passed the first one.
            try await fleet.run(sync("nobody"))
            #expect(try fleet.probe.call("LLEN", fleet.key("jobs")).int == 0)
            try fleet.expectNoSecretAnywhere()
            let cancelled = try await fleet.command("cancel", waiting, "--tenant-id", "acme")
            #expect(cancelled.code == 0)
            #expect(try await fleet.result(of: waiting).code == "cancelled")
            try fleet.expectNoSecretAnywhere()
        }
    }

    @Test("syncs that wait for the same connection are served by one run, and each has its entry")
    func coalesced() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            let delay = try fleet.simulator.add(.delay(milliseconds: 500, on: Fault.delta, times: 1))
            let first = try link.pushSync()
            try await fleet.simulator.awaitHit(of: delay)
            let calls = try fleet.simulator.graphRequests().count
            let others = try (0..<10).map { _ in try link.pushSync() }
            _ = try await fleet.result(of: first)
            let entries = try await fleet.results(of: others)
            #expect(entries.allSatisfy { $0.type == "sync.succeeded" })
            #expect(try fleet.simulator.graphRequests().count <= calls + 3, "one call is the first's own")
            #expect(entries.contains { $0.data["served_by"].string != nil })
            try await link.settle()
        }
    }

    @Test("a job that fails for ever is tried max_attempts times, and its error says why")
    func attempts() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            let name = try fleet.simulator.add(.status(500, "ErrorInternalServerTransientError", on: Fault.delta))
            let entry = try await link.trySync(["max_attempts": 3])
            #expect(entry.type == "sync.failed" && entry.code == "graph_unavailable", "\(entry)")
            #expect(entry["attempts"] == "3")
            #expect(entry.error["graph"]["status"].int == 500)
            try await fleet.simulator.awaitHit(of: name, times: 3)
            try fleet.simulator.clearFaults()
            try await link.settle()
        }
    }

    @Test("a tenant whose calls hang doesn't delay another")
    func neighbours() async throws {
        try await Fleet.run(.init(workerFlags: ["--concurrency", "32"])) { fleet in
            let slow = try (0..<40).map { number in
                try fleet.link(
                    try fleet.simulator.mailbox("s\(number)@slow.example"), tenant: "slow", resource: "room-\(number)")
            }
            let quick = try fleet.link(try fleet.simulator.mailbox("q@quick.example"), tenant: "quick")
            for entry in try await fleet.results(of: try slow.map { try fleet.push($0.payload) }) {
                #expect(entry.type == "connect.succeeded")
            }
            try await quick.connect()
            let mailboxOfQuick = try quick.mailbox.view(quick.calendarID, from: fleet.day(0), to: fleet.day(1))
            #expect(mailboxOfQuick.isEmpty)
            for link in slow {
                var fault = Fault.delay(milliseconds: 3000, on: Fault.delta, times: 1)
                fault.mailbox = link.mailbox.address
                try fleet.simulator.add(fault)
            }
            let hanging = try slow.map { try $0.pushSync() }
            for _ in 0..<5 {
                let entry = try await quick.sync()
                let seen = try #require(Instant.read(entry["enqueued_at"] ?? ""))
                let finished = try #require(Instant.read(entry["finished_at"] ?? ""))
                #expect(finished.timeIntervalSince(seen) < 1)
            }
            #expect(try !fleet.results().contains { $0.jobID == hanging.last })
            _ = try await fleet.results(of: hanging)
            try fleet.expectOneEntryPerPayload()
        }
    }
}
