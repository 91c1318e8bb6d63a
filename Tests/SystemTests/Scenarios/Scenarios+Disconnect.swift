import Foundation
import Testing

extension Scenarios {
    // Subscriptions come with webhooks, removing pushed events with the pushing of bookings; what they add to these
    // scenarios comes with them.
    @Suite("disconnect")
    struct Disconnecting {
        @Test("S97 a disconnect is clean: mirror, private state and tokens gone, no further call, events stay")
        func clean() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link(resource: "room-to-leave")
                let id = try link.mailbox.create(GraphEvent.timed("Stays", fleet.day(1)))
                try await link.connect()
                try await link.settle()
                let entry = try await link.disconnect()
                #expect(entry.type == "disconnect.succeeded", "\(entry)")
                #expect(entry.data["removed_events"].int == 0)
                #expect(try link.changes().last?.type == "calendar.disconnected")
                #expect(try link.mirror().isEmpty)
                try fleet.expectNothingLeft(of: link)
                #expect(try link.mailbox.item(id)["subject"] == "Stays")

                let calls = try fleet.simulator.requests().count
                let sync = try await link.trySync()
                #expect(sync.type == "sync.failed" && sync.code == "not_connected")
                #expect(try fleet.simulator.requests().count == calls)
                try fleet.expectOneEntryPerPayload()
                try fleet.expectNoSecretAnywhere()
            }
        }

        @Test(
            "S99 what is already gone in Outlook, or a dead consent, doesn't stop a disconnect",
            arguments: [true, false])
        func alreadyGone(consentIsDead: Bool) async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try link.mailbox.create(GraphEvent.timed("E", fleet.day(1)))
                try await link.connect()
                if consentIsDead { try link.mailbox.revokeConsent() } else { try link.mailbox.disable() }
                let entry = try await link.disconnect(["remove_events": true])
                #expect(entry.type == "disconnect.succeeded", "\(entry)")
                try fleet.expectNothingLeft(of: link)
                try fleet.expectOneEntryPerPayload()
                try fleet.expectNoSecretAnywhere()
            }
        }

        @Test("S100 a second disconnect is not_connected, without a call; a connect afterwards starts fresh")
        func again() async throws {
            try await Fleet.run { fleet in
                var link = try fleet.link()
                try link.mailbox.create(GraphEvent.timed("Old", fleet.day(1)))
                try await link.connect()
                try await link.disconnect()
                let calls = try fleet.simulator.requests().count
                let second = try await link.disconnect()
                #expect(second.type == "disconnect.failed" && second.code == "not_connected")
                #expect(second.error["retryable"].bool == false)
                #expect(try fleet.simulator.requests().count == calls)

                try link.mailbox.create(GraphEvent.timed("New", fleet.day(2)))
                let mark = try fleet.changesMark()
                link.token = try fleet.consent(of: link.mailbox).token
                let entry = try await link.connect()
                #expect(entry.data["events"].int == 2)
                #expect(try link.changes(since: mark).map(\.type) == ["calendar.connected"])
                try await link.settle()
            }
        }
    }
}
