// Goal: consumers of a group, ours and other people's, see each entry, whoever dies. Method: real groups on a fleet's
// results, a consumer that is killed between reading and acknowledging, the examples as they are documented.

import Foundation
import TestSupport
import Testing

@Suite("Consumer groups")
struct GroupTests {
    /// Ends so many jobs, and returns their ids.
    private func end(_ count: Int, _ fleet: Fleet) async throws -> [String] {
        let jobs = try (0..<count).map { _ in
            try fleet.push(["kind": "sync", "tenant_id": "t", "resource_id": "nobody"])
        }
        _ = try await fleet.results(of: jobs)
        return jobs
    }

    private func ids(_ outcome: CommandOutcome) -> [String] {
        outcome.lines.compactMap { JSON(text: $0)?["job_id"].string }
    }

    @Test("results --group goes on where the group stands, and takes over what a dead consumer left")
    func group() async throws {
        try await Fleet.run(.init(simulator: false)) { fleet in
            let jobs = try await end(6, fleet)
            let first = try await fleet.command("results", "--group", "g", "--consumer", "a", "--count", "2")
            #expect(ids(first) == Array(jobs[..<2]))
            // Two consumers were given entries and died before they acknowledged; one of them comes back.
            for name in ["a", "dead"] {
                try fleet.probe.call(
                    "XREADGROUP", "GROUP", "g", name, "COUNT", "1", "STREAMS", fleet.key("results"), ">")
            }
            let second = try await fleet.command("results", "--group", "g", "--consumer", "a", "--take-over", "1h")
            #expect(ids(second) == [jobs[2], jobs[4], jobs[5]])
            try await eventually("what the dead one left is idle for long enough") {
                let third = try await fleet.command("results", "--group", "g", "--consumer", "b", "--take-over", "1s")
                return ids(third) == [jobs[3]]
            }
            let pending = try fleet.probe.call("XPENDING", fleet.key("results"), "g")
            #expect(pending.elements.first?.int == 0)
            #expect(ids(try await fleet.command("results", "--group", "g", "--consumer", "a")).isEmpty)
            // Another group begins where it is told to.
            let late = try await fleet.command("results", "--group", "late", "--from", "$")
            #expect(late.lines.isEmpty)
        }
    }

    @Test("results --follow in a group goes on after Redis was away")
    func outage() async throws {
        try await Fleet.run(.init(simulator: false, appendOnly: true)) { fleet in
            let child = try ChildProcess(
                Executables.fleet, ["results", "--follow", "--group", "g"] + fleet.redisFlags)
            defer { child.signal(SIGKILL) }
            let before = try await end(1, fleet)[0]
            _ = try await child.line(containing: "\"\(before)\"")
            try await fleet.redis.restart()
            fleet.probe.hangUp()
            let after = try await end(1, fleet)[0]
            _ = try await child.line(containing: "\"\(after)\"", within: .seconds(30))
        }
    }

    @Test(
        "the example in Python keeps each job's entry of the highest fence, and repeats change nothing",
        .enabled(if: ForeignClientTests.hasRedisPy, "redis-py is missing"))
    func python() async throws {
        try await Fleet.run(.init(simulator: false)) { fleet in
            let jobs = try await end(3, fleet)
            let key = fleet.key("results")
            for fence in ["5", "3"] {
                try fleet.probe.call(
                    "XADD", key, "*", "v", "1", "type", "sync.failed", "job_id", "twice", "tenant_id", "t", "fence",
                    fence)
            }
            let script = Self.examples + "/consume_results.py"
            let database = fleet.directory.file("results.db")
            for _ in 0..<2 {
                try await runProgram(
                    "python3",
                    [
                        script, "--redis", "unix://\(fleet.redis.socketPath)", "--group", "g", "--consumer", "c",
                        "--database", database, "--once",
                    ])
            }
            let rows = try await runProgram(
                "python3",
                [
                    "-c",
                    "import sqlite3,sys\nfor r in sqlite3.connect(sys.argv[1]).execute("
                        + "'SELECT job_id, fence FROM results ORDER BY job_id'): print(*r)", database,
                ])
            let lines = rows.split(separator: "\n").map(String.init)
            #expect(lines.count == 4 && lines.contains("twice 5"), "\(rows)")
            #expect(jobs.allSatisfy { job in lines.contains { $0.hasPrefix(job + " ") } })
            #expect(try fleet.probe.call("XPENDING", key, "g").elements.first?.int == 0)
        }
    }

    @Test("the example with redis-cli shows each entry once and acknowledges it")
    func shell() async throws {
        try await Fleet.run(.init(simulator: false)) { fleet in
            let jobs = try await end(3, fleet)
            func run() async throws -> String {
                let child = try ChildProcess(
                    Self.examples + "/consume_results.sh", ["g", "c", "-s", fleet.redis.socketPath])
                child.closeInput()
                #expect(try await child.waitForExit() == .code(0), "\(child.transcript)")
                return child.transcript
            }
            let first = try await run()
            #expect(jobs.allSatisfy(first.contains), "\(first)")
            #expect(try fleet.probe.call("XPENDING", fleet.key("results"), "g").elements.first?.int == 0)
            let second = try await run()
            #expect(!jobs.contains(where: second.contains), "\(second)")
        }
    }

    @Test("the example in Swift reads through the program, and keeps the highest fence of each job")
    func swift() async throws {
        try await Fleet.run(.init(simulator: false)) { fleet in
            let jobs = try await end(3, fleet)
            for fence in ["5", "3", "9"] {
                try fleet.probe.call(
                    "XADD", fleet.key("results"), "*", "v", "1", "type", "sync.failed", "job_id", "twice", "tenant_id",
                    "t", "fence", fence, "error", #"{"code":"expired","message":"m","retryable":false}"#)
            }
            let consume = fleet.directory.file("consume")
            let compiler = try ChildProcess("swiftc", ["-o", consume, Self.examples + "/ConsumeResults.swift"])
            #expect(try await compiler.waitForExit(within: .seconds(240)) == .code(0), "\(compiler.transcript)")
            let entries = try await fleet.command("results", "--group", "billing", "--consumer", "host-1")
            #expect(entries.code == 0)
            let printed = try await runProgram(consume, [], input: entries.output + "\n")
            let lines = printed.split(separator: "\n").map(String.init)
            #expect(lines.count == 5 && lines.count { $0.hasPrefix("t/twice sync.failed expired") } == 2, "\(printed)")
            #expect(jobs.allSatisfy { job in lines.contains { $0.contains("/\(job) sync.failed not_connected") } })
        }
    }

    /// The repository's, beside this file.
    static let examples =
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "scripts/examples").path()
}
