import FleetCore
import FleetStore
import FleetWorker
import Foundation
import GraphSimulator
import Synchronization
import TestSupport
import Testing

// Goal: runs that no payload asked for: changes, no results, a next time, and rest when it makes no sense.
@Suite("Periodic", .timeLimit(.minutes(1))) struct PeriodicTests {
    private static let mailbox = "room@example.com"

    private func connected(
        _ more: String = "", hooks: WorkerHooks = WorkerHooks(),
        _ body: @escaping @Sendable (Fleet) async throws -> Void
    ) async throws {
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.withWorker(hooks: hooks, configure: { $0.idleInterval = .milliseconds(100) }) { _ in
                try await fleet.connect("r", to: Self.mailbox, more: more)
                try await body(fleet)
            }
        }
    }

    @Test("a period that is over syncs by itself: changes, no result, and a next time")
    func due() async throws {
        try await connected { fleet in
            try fleet.graph.addEvent(Self.mailbox, "New", hours: 2)
            try await fleet.makeDue("r")
            try await eventually("the change") { try await fleet.changes.count == 2 }
            let change = try #require(try await fleet.changes.last)
            #expect(change.type == "event.created" && change["job_id"] == nil)
            #expect(try await fleet.results.count == 1)
            let next = try #require(try await fleet.nextSync("r")).timeIntervalSinceNow
            #expect((260...301).contains(next))
        }
    }

    @Test("manual connections have no period")
    func manual() async throws {
        try await connected(",\"settings\":{\"frequency\":\"manual\"}") { fleet in
            #expect(try await fleet.nextSync("r") == nil)
            let connected = try #require(try await fleet.results.first)
            #expect(!connected.data.has("next_sync_at"))
        }
    }

    @Test("S03 a connection whose mailbox is gone is asked once, and again only after the cap")
    func deadMailbox() async throws {
        try await connected { fleet in
            try fleet.graph.control("PATCH", "/mailboxes/\(Self.mailbox)", ["restDisabled": true])
            let calls = try fleet.graph.requests().count
            try await fleet.makeDue("r")
            try await eventually("the failure") {
                try await fleet.connection("r")?.lastError?.code == .mailboxUnavailable
            }
            #expect(try fleet.graph.requests().count == calls + 1)
            let next = try #require(try await fleet.nextSync("r")).timeIntervalSinceNow
            #expect(next > 590)
            #expect(try await fleet.results.count == 1)
        }
    }

    @Test("a consent that died is said once and leaves the periodic set")
    func deadConsent() async throws {
        try await connected { fleet in
            try fleet.graph.revoke(Self.mailbox)
            try await fleet.makeDue("r")
            try await eventually("the change") { try await fleet.changes.last?.type == "calendar.reconnect_required" }
            #expect(try await fleet.nextSync("r") == nil)
            #expect(try await fleet.results.count == 1)
        }
    }

    @Test("S30 the window moves with the clock: what time brings in appears by itself, without a call")
    func window() async throws {
        let days = Mutex(0.0)
        let clock = FleetClock(shift: { days.withLock { $0 } * 86_400 })
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.addEvent(Self.mailbox, "Near", hours: 24 * 50)
            try fleet.graph.addEvent(Self.mailbox, "Far", hours: 24 * 380)
            try await fleet.withWorker(clock: clock, configure: { $0.idleInterval = .milliseconds(100) }) { _ in
                try await fleet.connect("r", to: Self.mailbox)
                #expect(try await fleet.titles("r") == ["Near"])
                days.withLock { $0 = 20 }
                try fleet.graph.expireTokens()
                let entry = try await fleet.sync("r")
                #expect(entry.data.bool("full") == false)
                #expect(entry.data.int("created") == 1)
                #expect(try await fleet.titles("r") == ["Far", "Near"])
                days.withLock { $0 = 40 }
                #expect(try await fleet.sync("r").data.bool("full") == true)
                #expect(
                    try await fleet.changes.map(\.type)
                        == ["calendar.connected", "event.created", "calendar.resynced"])
            }
        }
    }
}
