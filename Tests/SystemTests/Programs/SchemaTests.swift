// Goal: what the executable says of payloads and entries is valid and true. Method: validators that aren't ours:
// Python's jsonschema over the documents, over payloads, and over all that a fleet wrote.

import Foundation
import TestSupport
import Testing

@Suite("schema", .enabled(if: SchemaJudge.isInstalled, "the Python packages jsonschema, jsonschema_rs are missing"))
struct SchemaTests {
    @Test("each schema is a valid JSON Schema, and the AsyncAPI document refers to nothing that it lacks")
    func documents() async throws {
        let names = try await runProgram(Executables.fleet, ["schema"]).split(separator: "\n").dropFirst()
            .compactMap { $0.split(separator: " ").first.map(String.init) }
        #expect(names.contains("connect") && names.contains("sync.succeeded") && names.contains("calendar.stalled"))
        for name in ["all", "job", "connect", "sync", "disconnect", "result", "change", "event"] {
            let checked = try await runProgram("python3", [Validators.entries, Executables.fleet, "--document", name])
            #expect(checked.contains("1 checked, 0 faults"), "\(name): \(checked)")
        }
        let text = try await runProgram(Executables.fleet, ["schema", "asyncapi"])
        let document = JSON(text: text) ?? .null
        #expect(document["asyncapi"] == "3.0.0")
        expectWhole(document)
        let checked = try await runProgram("python3", [Validators.asyncAPI], input: text)
        #expect(checked.contains("asyncapi document is sound"), "\(checked)")
        #expect(try await CommandOutcome.run(["schema", "nonsense"]).code == 64)
    }

    /// Every list, stream and message of the contract (sections 2 to 5), and no other.
    private func expectWhole(_ document: JSON) {
        let kinds = ["connect", "sync", "disconnect"]
        let channels = document["channels"].members
        #expect(
            Set(channels.values.compactMap { $0["address"].string })
                == Set((["jobs", "results", "changes"] + kinds.map { "jobs:\($0)" }).map { "{namespace}:\($0)" }))
        func messages(_ channel: String) -> Set<String> { Set((channels[channel]?["messages"].members ?? [:]).keys) }
        #expect(messages("jobs") == Set(kinds))
        #expect(
            messages("results")
                == Set(kinds.flatMap { ["\($0).succeeded", "\($0).failed"] } + ["job.rejected", "job.duplicate"]))
        let events = ["created", "updated", "deleted"].map { "event.\($0)" }
        let bookings = [
            "confirmed", "updated", "cancelled", "rejected", "moved", "edited_in_outlook", "cancelled_in_outlook",
        ].map { "booking.\($0)" }
        let calendars = [
            "connected", "disconnected", "resynced", "reconnect_required", "stalled", "recovered",
        ].map { "calendar.\($0)" }
        #expect(messages("changes") == Set(events + bookings + calendars))
    }

    @Test("payloads: what a worker takes fits the schema, what it rejects doesn't")
    func payloads() async throws {
        let good: [JSON] = [
            ["kind": "connect", "tenant_id": "a", "resource_id": "r", "oauth_token": "t"],
            [
                "kind": "connect", "tenant_id": "a", "resource_id": "r", "calendar_id": "primary", "mailbox": "b@c.d",
                "app_only": ["directory": "d"], "settings": ["frequency": "PT5M", "window": ["past": "P30D"]],
            ],
            [
                "kind": "sync", "tenant_id": "a", "calendar_id": "primary", "full": true,
                "not_before": "2026-01-01T00:00:00Z",
            ],
            [
                "kind": "sync", "tenant_id": "a", "resource_id": "r",
                "bookings": [["booking_id": "b", "op": "cancel"]],
            ],
            ["kind": "disconnect", "tenant_id": "a", "resource_id": "r", "remove_events": true],
        ]
        let input = good.map(\.text).joined(separator: "\n") + "\n"
        let checked = try await runProgram(
            "python3", [Validators.entries, Executables.fleet, "--payloads"], input: input)
        #expect(checked.contains("5 checked, 0 faults"), "\(checked)")
        let bad: [JSON] = [
            ["kind": "connect", "tenant_id": "a", "resource_id": "r"], ["kind": "sync", "tenant_id": "a"],
            ["kind": "sync", "tenant_id": "a b", "resource_id": "r"], ["tenant_id": "a", "resource_id": "r"],
            ["kind": "sync", "tenant_id": "a", "resource_id": "r", "priority": "urgent"],
        ]
        for payload in bad {
            let child = try ChildProcess("python3", [Validators.entries, Executables.fleet, "--payloads"])
            child.write(payload.text + "\n")
            child.closeInput()
            #expect(try await child.waitForExit() == .code(1), "\(payload.text)")
        }
    }

    @Test("every entry and event that a fleet writes fits its schema, and names nothing that the schema doesn't")
    func entries() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try link.mailbox.create(GraphEvent.timed("E", fleet.day(1)))
            try await link.connect()
            try link.mailbox.create(GraphEvent.timed("F", fleet.day(2)))
            try await link.sync()
            try await link.sync(["full": true])
            try await fleet.run(["kind": "sync", "tenant_id": "acme", "resource_id": "nobody"])
            try await fleet.run(["kind": "explode", "tenant_id": "acme"])
            let id = try fleet.push(["kind": "sync", "tenant_id": "acme", "resource_id": "room-1", "id": "twice"])
            _ = try await fleet.result(of: id)
            try fleet.probe.call(
                "LPUSH", fleet.key("jobs"), #"{"kind":"sync","tenant_id":"acme","resource_id":"room-1","id":"twice"}"#)
            try await eventually("the duplicate's entry") { try fleet.results().last?.type == "job.duplicate" }
            try await fleet.expectEntriesFitSchemas()
            _ = try await link.disconnect()
            try await fleet.expectEntriesFitSchemas()
        }
    }

    @Test("the judge of every other test looks at payloads, entries and events, and finds what doesn't fit")
    func judge() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try link.mailbox.create(GraphEvent.timed("E", fleet.day(1)))
            try await link.connect()
            try await link.sync()
            let (checked, faults) = try await fleet.judged()
            #expect(checked == 6 && faults.isEmpty, "2 results, a change, an event, 2 payloads: \(faults)")
            let results = fleet.key("results")
            let forged = try fleet.probe.call(
                "XADD", results, "*", "v", "1", "type", "sync.succeeded", "job_id", "x", "data", "{}", "surplus", "1")
            try fleet.probe.call("HSET", fleet.key("events:acme:room-1"), "F", #"{"event_id":"F"}"#)
            let found = try await fleet.judged().faults
            #expect(found.contains { $0.contains("surplus") } && found.contains { $0.contains("events:acme:room-1") })
            try fleet.probe.call("XDEL", results, forged.string ?? "")
            try fleet.probe.call("HDEL", fleet.key("events:acme:room-1"), "F")
        }
    }
}

/// Validators that aren't ours.
enum Validators {
    static let library =
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "scripts/lib").path()
    static let entries = library + "/validate_entries.py"
    static let asyncAPI = library + "/validate_asyncapi.py"
}

extension Fleet {
    /// Validates whatever stands in the streams and mirrors against the executable's own schemas.
    func expectEntriesFitSchemas(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        guard SchemaJudge.isInstalled else { return }
        let child = try ChildProcess(
            "python3", [Validators.entries, Executables.fleet, "redis-cli", "-s", redis.socketPath])
        child.closeInput()
        let exit = try await child.waitForExit(within: .seconds(60))
        #expect(exit == .code(0), "\(child.transcript)", sourceLocation: sourceLocation)
    }
}
