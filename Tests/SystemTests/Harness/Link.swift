// A connection of a scenario: a resource of a tenant, the mailbox behind it and the person's consent, with the three
// jobs as verbs, and the ground rules of the scenarios as `settle`.

import Foundation
import TestSupport
import Testing

struct Link: Sendable {
    let fleet: Fleet
    let mailbox: Mailbox
    var tenant = "acme"
    var resource = "room-1"
    /// What the connect names: `primary` or an id.
    var calendar = "primary"
    /// The real id of that calendar.
    var calendarID: String
    var token: JSON
    var settings: JSON = [:]
    var reading = Reading()
    /// Members of the truth that Graph's answers show otherwise on purpose, by event: what the mirror must go by.
    var shown: [String: JSON] = [:]

    /// The connect's payload.
    var payload: JSON {
        [
            "kind": "connect", "tenant_id": .string(tenant), "resource_id": .string(resource),
            "calendar_id": .string(calendar), "oauth_token": token, "settings": settings,
        ]
    }

    private func job(_ kind: String, _ fields: JSON) -> JSON {
        (["kind": .string(kind), "tenant_id": .string(tenant), "resource_id": .string(resource)] as JSON).merging(
            fields)
    }

    /// Connects and expects success.
    @discardableResult
    func connect(sourceLocation: SourceLocation = #_sourceLocation) async throws -> StreamEntry {
        let entry = try await fleet.run(payload)
        #expect(entry.type == "connect.succeeded", "\(entry)", sourceLocation: sourceLocation)
        return entry
    }

    /// Syncs and expects success.
    @discardableResult
    func sync(_ fields: JSON = [:], sourceLocation: SourceLocation = #_sourceLocation) async throws -> StreamEntry {
        let entry = try await trySync(fields)
        #expect(entry.type == "sync.succeeded", "\(entry)", sourceLocation: sourceLocation)
        return entry
    }

    /// Syncs, whatever comes of it.
    func trySync(_ fields: JSON = [:]) async throws -> StreamEntry { try await fleet.run(job("sync", fields)) }

    /// Pushes a sync and returns its id.
    func pushSync(_ fields: JSON = [:]) throws -> String { try fleet.push(job("sync", fields)) }

    /// Disconnects, whatever comes of it.
    @discardableResult
    func disconnect(_ fields: JSON = [:]) async throws -> StreamEntry { try await fleet.run(job("disconnect", fields)) }

    /// The mirror: event_id to event.
    func mirror() throws -> [String: JSON] { try fleet.mirror(tenant: tenant, resource: resource) }

    /// This connection's changes after a mark.
    func changes(since mark: String? = nil) throws -> [StreamEntry] {
        try fleet.changes(since: mark).filter { $0.connection == "\(tenant)/\(resource)" }
    }

    /// Runs one sync after something happened, and returns what it reported.
    func changesOfSync(
        _ fields: JSON = [:], sourceLocation: SourceLocation = #_sourceLocation, after something: () throws -> Void
    ) async throws -> [StreamEntry] {
        let mark = try fleet.changesMark()
        try something()
        try await sync(fields, sourceLocation: sourceLocation)
        return try changes(since: mark)
    }
}

// MARK: - The ground rules

extension Link {
    /// The ground rules of every scenario: two further syncs report nothing and write nothing to Graph, the mirror
    /// equals the calendar's window, each pushed payload has exactly one terminal entry, all that was written fits the
    /// schemas, and no secret stands anywhere.
    func settle(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let mark = try fleet.changesMark()
        let writes = try fleet.simulator.writes().count
        for _ in 0..<2 { try await sync(sourceLocation: sourceLocation) }
        let noise = try changes(since: mark)
        #expect(noise.isEmpty, "two syncs without changes reported \(noise)", sourceLocation: sourceLocation)
        let written = try fleet.simulator.writes().dropFirst(writes)
        #expect(written.isEmpty, "two syncs without changes wrote \(written)", sourceLocation: sourceLocation)
        try expectMirrorEqualsCalendar(sourceLocation: sourceLocation)
        try fleet.expectOneEntryPerPayload(sourceLocation: sourceLocation)
        try await fleet.expectEntriesFitSchemas(sourceLocation: sourceLocation)
        try fleet.expectNoSecretAnywhere(sourceLocation: sourceLocation)
    }

    /// Compares the mirror with what the contract makes of the calendar's own view of the window. Events within a day
    /// of an edge may be on either side: they enter and leave within a day of the edge's passing.
    func expectMirrorEqualsCalendar(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let now = try fleet.simulator.now()
        let past = (settings["window"]["past"].string).flatMap(days) ?? 30
        let future = (settings["window"]["future"].string).flatMap(days) ?? 365
        let inner = (
            now.addingTimeInterval(Double(1 - past) * 86_400), now.addingTimeInterval(Double(future - 1) * 86_400)
        )
        let outer = (inner.0.addingTimeInterval(-2 * 86_400), inner.1.addingTimeInterval(2 * 86_400))
        let must = try expected(inner)
        let may = try expected(outer)
        let mirror = try mirror().mapValues(ExpectedEvent.comparable)
        // An event that ends before it begins may be kept or left out: it never blocks.
        for (id, event) in must where mirror[id] != event && !ExpectedEvent.isInverted(event) {
            Issue.record(
                "the mirror has \(mirror[id]?.text ?? "nothing") for \(event.text)", sourceLocation: sourceLocation)
        }
        for (id, event) in mirror where may[id] == nil {
            Issue.record("the calendar doesn't have \(id): \(event.text)", sourceLocation: sourceLocation)
        }
    }

    private func expected(_ range: (Date, Date)) throws -> [String: JSON] {
        var events: [String: JSON] = [:]
        for truth in try mailbox.view(calendarID, from: range.0, to: range.1) {
            let id = truth["immutableId"].string ?? ""
            guard let event = ExpectedEvent.from(truth.merging(shown[id] ?? [:]), reading) else { continue }
            events[id] = event
        }
        return events
    }

    /// `P30D` as 30.
    private func days(_ text: String) -> Int? {
        Int(text.dropFirst().dropLast())
    }
}

extension Fleet {
    /// Each pushed payload has exactly one terminal entry, and nothing else has one.
    func expectOneEntryPerPayload(sourceLocation: SourceLocation = #_sourceLocation) throws {
        var counts: [String: Int] = [:]
        for entry in try results() {
            #expect(Fleet.terminalTypes.contains(entry.type), "\(entry)", sourceLocation: sourceLocation)
            counts[entry.jobID, default: 0] += 1
        }
        var pushed: [String: Int] = [:]
        for id in pushedIDs { pushed[id, default: 0] += 1 }
        #expect(counts == pushed, "entries and payloads differ", sourceLocation: sourceLocation)
    }
}
