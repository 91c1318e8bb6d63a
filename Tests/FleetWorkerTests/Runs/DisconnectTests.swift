import Foundation
import Testing

@Suite("Disconnect", .timeLimit(.minutes(1))) struct DisconnectTests {
    private static let mailbox = "room@example.com"

    @Test("S97 after a disconnect nothing of the connection is left, and nobody is called")
    func clean() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.addEvent(Self.mailbox, "One", hours: 2)
            try await fleet.connect("r", to: Self.mailbox)
            let calls = try fleet.graph.requests().count
            let entry = try await fleet.disconnect("r")
            #expect(entry.type == "disconnect.succeeded")
            #expect(entry.message == "Outlook Calendar disconnected successfully.")
            #expect(try fleet.graph.requests().count == calls)
            let known = ["results", "changes", "fence", "owners", "intake", "id:", "iddays", "c:w-", "dead"]
            let left = try await fleet.allKeys().filter { key in !known.contains { key.hasPrefix($0) } }
            #expect(left == [])
        }
    }

    @Test("S100 a second disconnect fails with not_connected; a connect afterwards starts fresh")
    func again() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.addEvent(Self.mailbox, "One", hours: 2)
            try await fleet.connect("r", to: Self.mailbox)
            _ = try await fleet.disconnect("r")
            let calls = try fleet.graph.requests().count
            #expect(try await fleet.disconnect("r").code == "not_connected")
            #expect(try fleet.graph.requests().count == calls)
            #expect(try await fleet.connect("r", to: Self.mailbox).data.int("events") == 1)
        }
    }

    @Test("a dead consent doesn't keep anybody from disconnecting")
    func deadConsent() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.connect("r", to: Self.mailbox)
            try fleet.graph.revoke(Self.mailbox)
            #expect(try await fleet.sync("r").code == "reconnect_required")
            #expect(try await fleet.disconnect("r").type == "disconnect.succeeded")
        }
    }
}
