import FleetCore
import FleetWorker
import Foundation
import GraphSimulator
import Synchronization
import Testing

// Goal: rounds of pages, whatever comes between: the mirror ends equal to the calendar, and only differences are told.
@Suite("Pull", .timeLimit(.minutes(1))) struct PullTests {
    private static let mailbox = "room@example.com"

    /// A connected calendar of `count` events, an hour apart.
    private func connected(
        _ count: Int, page: Int = 1000, _ body: @escaping @Sendable (Fleet) async throws -> Void
    ) async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            for number in 0..<count { try fleet.graph.addEvent(Self.mailbox, "E\(number)", hours: Double(number + 1)) }
            try fleet.graph.limitPages(page)
            try await fleet.connect("r", to: Self.mailbox)
            try await body(fleet)
        }
    }

    @Test("an unchanged connection costs one request a sync and tells nothing")
    func unchanged() async throws {
        try await connected(3) { fleet in
            for _ in 0..<3 {
                let entry = try await fleet.sync("r")
                #expect(entry.data.int("graph_calls") == 1)
                #expect(entry.data.bool("full") == false)
            }
            #expect(try await fleet.changes.map(\.type) == ["calendar.connected"])
        }
    }

    @Test("S20 an incremental round of several pages is applied whole, and the next goes on from its end")
    func pages() async throws {
        try await connected(1) { fleet in
            for number in 0..<25 { try fleet.graph.addEvent(Self.mailbox, "N\(number)", hours: Double(30 + number)) }
            try fleet.graph.limitPages(10)
            let entry = try await fleet.sync("r")
            #expect(entry.data.int("created") == 25)
            #expect(entry.data.int("graph_calls") == 3)
            #expect(try await fleet.sync("r").data.int("created") == 0)
            #expect(try await fleet.mirror("r").count == 26)
            #expect(try await fleet.allKeys().filter { $0.hasPrefix("stage") } == [])
        }
    }

    @Test("a change and a deletion are told once each, with what was last known")
    func changesAndDeletions() async throws {
        try await connected(2) { fleet in
            let events = try fleet.graph.events(Self.mailbox)
            try fleet.graph.control(
                "PATCH", "/mailboxes/\(Self.mailbox)/events/\(events["E0"] ?? "")", ["subject": "Moved on"])
            try fleet.graph.control("DELETE", "/mailboxes/\(Self.mailbox)/events/\(events["E1"] ?? "")")
            let entry = try await fleet.sync("r")
            #expect(entry.data.int("updated") == 1)
            #expect(entry.data.int("deleted") == 1)
            let changes = try await fleet.changes.dropFirst()
            #expect(changes.map(\.type) == ["event.deleted", "event.updated"])
            #expect(changes.map { $0.data["title"] } == ["E1", "Moved on"])
        }
    }

    @Test(
        "S26 a lost sync state leads to one whole read in the same job, and only real differences",
        arguments: [
            "syncStateNotFound", "SyncStateNotFound", "fullSyncRequired", "resyncRequired", "SyncStateInvalid",
        ])
    func lostState(spelling: String) async throws {
        try await connected(5) { fleet in
            let events = try fleet.graph.events(Self.mailbox)
            try fleet.graph.control("DELETE", "/mailboxes/\(Self.mailbox)/events/\(events["E3"] ?? "")")
            try fleet.graph.loseSyncState(Self.mailbox, spelling)
            let entry = try await fleet.sync("r")
            #expect(entry.type == "sync.succeeded")
            #expect(entry.data.bool("full") == true)
            #expect(
                try await fleet.changes.map(\.type) == ["calendar.connected", "event.deleted", "calendar.resynced"])
            #expect(try await fleet.sync("r").data.bool("full") == false)
        }
    }

    @Test("full drops the token first, and tells nothing that didn't change")
    func full() async throws {
        try await connected(5) { fleet in
            let entry = try await fleet.sync("r", more: ",\"full\":true")
            #expect(entry.data.bool("full") == true)
            #expect(try await fleet.changes.map(\.type) == ["calendar.connected", "calendar.resynced"])
        }
    }

    @Test("S28 a page that fails is asked for again by the next attempt, not the pages before it")
    func middlePageFails() async throws {
        try await connected(1) { fleet in
            for number in 0..<50 { try fleet.graph.addEvent(Self.mailbox, "N\(number)", hours: Double(30 + number)) }
            try fleet.graph.limitPages(10)
            // As often as the first attempt asks for it, and once more.
            try fleet.graph.fault("skiptoken", after: 2, times: 5, ["status": 503])
            let before = try fleet.graph.requests().count
            let entry = try await fleet.sync("r")
            #expect(entry.type == "sync.succeeded")
            #expect(entry["attempts"] == "3")
            #expect(entry.data.int("created") == 50)
            #expect(try fleet.graph.requests().count - before == 5 + 5)
        }
    }

    @Test("a round that goes round in circles is given up, and the job tried again")
    func circles() async throws {
        try await connected(1) { fleet in
            for number in 0..<30 { try fleet.graph.addEvent(Self.mailbox, "N\(number)", hours: Double(30 + number)) }
            try fleet.graph.limitPages(10)
            try fleet.graph.fault("delta", times: 0, ["page": "loop"])
            let entry = try await fleet.sync("r", more: ",\"max_attempts\":2")
            #expect(entry.type == "sync.failed")
            #expect(entry.code == "graph_unavailable")
            try fleet.graph.clearFaults()
            #expect(try await fleet.sync("r").data.int("created") == 30)
        }
    }

    @Test("a link to a foreign host fails the job, and nothing is sent there")
    func foreignHost() async throws {
        try await connected(1) { fleet in
            try fleet.graph.fault("delta", ["nextLinkHost": "evil.example"])
            for number in 0..<30 { try fleet.graph.addEvent(Self.mailbox, "N\(number)", hours: Double(30 + number)) }
            try fleet.graph.limitPages(10)
            let entry = try await fleet.sync("r")
            #expect(entry.type == "sync.failed")
            #expect(entry.code == "graph_unavailable")
            #expect(entry.error.bool("retryable") == false)
        }
    }

    @Test("S62 one bad event is set aside and counted, the others are mirrored, the token moves")
    func badEvent() async throws {
        try await connected(1) { fleet in
            try fleet.graph.addEvent(Self.mailbox, "Bad", hours: 3, [("omit", ["start"])])
            try fleet.graph.addEvent(Self.mailbox, "Good", hours: 4)
            let entry = try await fleet.sync("r")
            #expect(entry.data.int("created") == 1)
            #expect(entry.message?.contains("1 event could not be read") == true)
            #expect(!entry.data.texts("warnings").isEmpty)
            #expect(try await fleet.sync("r").data.int("created") == 0)
        }
    }

    @Test("with direction pull each booking is invalid_job")
    func bookingsOfPull() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.connect("r", to: Self.mailbox, more: ",\"settings\":{\"direction\":\"pull\"}")
            let entry = try await fleet.sync("r", more: ",\"bookings\":[{\"booking_id\":\"b-1\",\"op\":\"cancel\"}]")
            let error = entry.data.objects("bookings").first?["error"]?.objectValue
            #expect(error?["code"] == .string("invalid_job"))
        }
    }
}
