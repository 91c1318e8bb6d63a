// Goal: producers and consumers need nothing of ours. Method: a walk with redis-cli alone, and a producer and a
// consumer group written in Python with redis-py.

import Foundation
import TestSupport
import Testing

@Suite("Other people's clients")
struct ForeignClientTests {
    @Test("connect, sync and disconnect with redis-cli alone, as README shows it")
    func redisCLI() async throws {
        try await Fleet.run { fleet in
            let mailbox = try fleet.simulator.mailbox("cli@acme.example")
            try mailbox.create(GraphEvent.timed("Planning", fleet.day(1)))
            let token = try fleet.consent(of: mailbox).accessToken
            let connect = #"{"tenant_id":"acme","resource_id":"room-1","oauth_token":"\#(token)"}"#
            try await fleet.redis.cli("LPUSH", "outlook:jobs:connect", connect)
            try await awaitEntry("connect.succeeded", fleet)
            let events = try await fleet.redis.cli("HVALS", "outlook:events:acme:room-1")
            #expect(events.contains("Planning"))

            try mailbox.create(GraphEvent.timed("Review", fleet.day(2)))
            try await fleet.redis.cli("LPUSH", "outlook:jobs:sync", #"{"tenant_id":"acme","resource_id":"room-1"}"#)
            try await awaitEntry("sync.succeeded", fleet)
            let changes = try await fleet.redis.cli("XRANGE", "outlook:changes", "-", "+")
            #expect(changes.contains("event.created") && changes.contains("Review"))

            try await fleet.redis.cli(
                "LPUSH", "outlook:jobs", #"{"kind":"disconnect","tenant_id":"acme","resource_id":"room-1"}"#)
            try await awaitEntry("disconnect.succeeded", fleet)
            #expect(try await fleet.redis.cli("EXISTS", "outlook:events:acme:room-1") == "0")
            try fleet.expectNoSecretAnywhere()
        }
    }

    private func awaitEntry(_ type: String, _ fleet: Fleet) async throws {
        try await eventually("\(type) on the stream", within: .seconds(30)) {
            try await fleet.redis.cli("XREVRANGE", "outlook:results", "+", "-", "COUNT", "1").contains(type)
        }
    }

    @Test(
        "a producer and a consumer group in Python see each job end once",
        .enabled(if: hasRedisPy, "redis-py is missing"))
    func redisPy() async throws {
        try await Fleet.run(.init(workers: 2)) { fleet in
            let mailboxes = try (0..<4).map { try fleet.simulator.mailbox("py\($0)@acme.example") }
            for mailbox in mailboxes { try mailbox.create(GraphEvent.timed("Seen by Python", fleet.day(1))) }
            let tokens = try mailboxes.map { try fleet.consent(of: $0).accessToken }
            let script = Bundle.module.bundleURL.appendingPathComponent("Fixtures/producer_consumer.py").path
            let output = try await runProgram(
                "python3", [script, fleet.redis.socketPath] + tokens, within: .seconds(60))
            #expect(output.contains("all jobs ended once"), "\(output)")
            try fleet.expectNoSecretAnywhere()
        }
    }

    /// `scripts/test` installs it.
    static let hasRedisPy: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", "import redis"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()
}
