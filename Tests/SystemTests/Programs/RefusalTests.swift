// Goal: whoever starts a program wrongly reads one line that says what to do, and scripts get the right exit code (64
// flags, 69 a service is away, 78 files and environment). Method: each wrong start, once.

import Foundation
import TestSupport
import Testing

@Suite("Programs that refuse")
struct RefusalTests {
    /// A wrong start.
    struct Start: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let arguments: [String]
        var environment: [String: String] = [:]
        let code: Int32
        /// What the message must name.
        let says: [String]
    }

    static let starts = [
        Start(
            testDescription: "an unknown flag", arguments: ["status", "--colour", "red"], code: 64, says: ["--colour"]),
        Start(testDescription: "an unknown subcommand", arguments: ["explode"], code: 64, says: ["explode"]),
        Start(
            testDescription: "a tenant that can't be one", arguments: ["events", "--tenant-id", "a/b"], code: 64,
            says: ["--tenant-id", "a/b", "1-128"]),
        Start(
            testDescription: "a resource that can't be one", arguments: ["events", "--resource-id", "room 1"],
            code: 64, says: ["--resource-id", "1-256"]),
        Start(
            testDescription: "an empty span",
            arguments: ["events", "--from", "2027-01-02T00:00:00Z", "--to", "2027-01-01T00:00:00Z"], code: 64,
            says: ["--to", "--from"]),
        Start(
            testDescription: "a limit that is no rate", arguments: ["tenant", "limit", "acme", "zzz"], code: 64,
            says: ["RATE", "zzz"]),
        Start(testDescription: "a bare keys", arguments: ["keys"], code: 64, says: ["new"]),
        Start(testDescription: "a bare enqueue", arguments: ["enqueue"], code: 64, says: ["connect"]),
        Start(
            testDescription: "no URL", arguments: ["status", "--redis", "foo://x"], code: 64,
            says: ["--redis", "redis://"]),
        Start(
            testDescription: "a user without a password", arguments: ["status", "--redis", "redis://me:@h"], code: 64,
            says: ["--redis-password-file"]),
        Start(
            testDescription: "a bad port", arguments: ["status", "--redis", "redis://h:99999"], code: 64,
            says: ["--redis"]),
        Start(
            testDescription: "a bad namespace", arguments: ["status", "--namespace", "a b"], code: 64,
            says: ["--namespace"]),
        Start(
            testDescription: "a bad duration", arguments: ["worker", "--lease", "banana"], code: 64,
            says: ["--lease", "banana"]),
        Start(
            testDescription: "a lease out of range", arguments: ["worker", "--lease", "1ms"], code: 64,
            says: ["--lease"]),
        Start(
            testDescription: "Graph in the clear", arguments: ["worker", "--graph-url", "http://graph.example/v1.0"],
            code: 64, says: ["--graph-url", "https"]),
        Start(
            testDescription: "login in the clear", arguments: ["worker", "--login-url", "http://login.example"],
            code: 64,
            says: ["--login-url", "https"]),
        Start(
            testDescription: "a bad duration in the environment", arguments: ["worker"],
            environment: ["OUTLOOK_FLEET_LEASE": "banana"], code: 78, says: ["OUTLOOK_FLEET_LEASE", "banana"]),
        Start(
            testDescription: "Graph in the clear by the environment", arguments: ["worker"],
            environment: ["OUTLOOK_FLEET_GRAPH_URL": "http://graph.example/v1.0"], code: 78,
            says: ["OUTLOOK_FLEET_GRAPH_URL", "https"]),
        Start(
            testDescription: "no keys file", arguments: ["worker"], code: 78,
            says: ["keys new", "--sealing-keys-file"]),
        Start(
            testDescription: "a keys file that isn't there",
            arguments: ["worker", "--sealing-keys-file", "/nowhere/keys"],
            code: 78, says: ["/nowhere/keys", "keys new"]),
        Start(
            testDescription: "Redis away", arguments: ["status", "--redis", "redis://127.0.0.1:1"], code: 69,
            says: ["Redis"]),
    ]

    @Test("a wrong start ends with its code and a message that names the fault", arguments: starts)
    func refuses(_ start: Start) async throws {
        let outcome = try await CommandOutcome.run(start.arguments, environment: start.environment)
        #expect(outcome.code == start.code, "\(outcome.error)")
        for word in start.says { #expect(outcome.error.contains(word), "\(outcome.error)") }
        #expect(outcome.output.isEmpty)
    }

    @Test("all faults are reported together")
    func together() async throws {
        let outcome = try await CommandOutcome.run([
            "worker", "--lease", "banana", "--concurrency", "0", "--redis", "x",
        ])
        #expect(outcome.code == 64)
        for flag in ["--lease", "--concurrency", "--redis"] { #expect(outcome.error.contains(flag)) }
    }

    @Test("a keys file that others can read, or that holds no key, is refused; the flag wins over the environment")
    func keysFile() async throws {
        let directory = try TemporaryDirectory()
        let key = try await CommandOutcome.run(["keys", "new"]).output
        for (name, text, mode) in [
            ("open", key, 0o644 as UInt32), ("group", key, 0o640), ("empty", "", 0o600), ("rubbish", "no key", 0o600),
            ("short", "k1:AAAA", 0o600), ("binary", "\u{0}\u{1}", 0o600),
        ] {
            let file = directory.file(name)
            try writeFile(file, text + "\n", mode: mode)
            let outcome = try await CommandOutcome.run(
                ["worker", "--sealing-keys-file", file],
                environment: ["OUTLOOK_FLEET_SEALING_KEYS_FILE": "/nowhere/else"])
            #expect(outcome.code == 78, "\(name): \(outcome.error)")
            #expect(outcome.error.contains(file), "\(outcome.error)")
            #expect(!outcome.error.contains(key), "no key in a message")
        }
    }

    @Test(
        "commands without Redis take the shared flags too, and refuse wrong ones",
        arguments: [
            ["keys", "new"], ["tenant", "key", "acme"], ["schema", "sync"],
        ])
    func sharedFlags(command: [String]) async throws {
        let text = try await runProgram(
            Executables.fleet, command + ["--redis", "redis://127.0.0.1:1/0", "--namespace", "n"])
        #expect(!text.isEmpty)
        await #expect(throws: (any Error).self) {
            try await runProgram(Executables.fleet, command + ["--redis", "nonsense"])
        }
    }

    @Test("each run of keys new prints another line KEYID:BASE64 of 32 bytes")
    func newKeys() async throws {
        var lines: Set<String> = []
        for _ in 0..<3 {
            let outcome = try await CommandOutcome.run(["keys", "new"])
            #expect(outcome.code == 0 && outcome.lines.count == 1)
            let parts = outcome.output.split(separator: ":")
            #expect(parts.count == 2 && Data(base64Encoded: String(parts.last ?? ""))?.count == 32)
            lines.insert(outcome.output)
        }
        #expect(lines.count == 3)
    }

    @Test("a metrics port in use: one line, exit 69 or 78, and nothing was claimed")
    func portInUse() async throws {
        try await Fleet.run(.init(workers: 0, simulator: false)) { fleet in
            let port = try freePort()
            let flags = ["--metrics-listen", "127.0.0.1:\(port)"]
            try await fleet.startWorker(flags)
            let second = try fleet.launchWorker(flags)
            let exit = try await second.waitForExit()
            #expect(exit == .code(69) || exit == .code(78), "\(exit)")
            #expect(second.log.contains { $0.contains("\(port)") && $0.contains("--metrics-listen") }, "\(second.log)")
        }
    }

    static let subcommands = [
        [], ["worker"], ["enqueue"], ["enqueue", "connect"], ["enqueue", "sync"], ["enqueue", "disconnect"], ["events"],
        ["connections"], ["results"], ["status"], ["cancel"], ["dead"], ["dead", "list"], ["dead", "show"],
        ["dead", "retry"], ["dead", "discard"], ["keys"], ["keys", "new"], ["check"],
    ]

    @Test("--help works on each subcommand", arguments: subcommands)
    func help(_ subcommand: [String]) async throws {
        let outcome = try await CommandOutcome.run(subcommand + ["--help"])
        #expect(outcome.code == 0)
        #expect(outcome.output.contains("USAGE"))
    }
}
