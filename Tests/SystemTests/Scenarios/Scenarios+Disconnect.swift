import Foundation
import Testing

extension Scenarios {
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

        @Test("S97 trouble for a moment leaves no subscription behind", arguments: [500, 503, 429])
        func subscriptionTrouble(status: Int) async throws {
            let receiver = try await EchoReceiver()
            defer { receiver.stop() }
            try await Fleet.run(.init(workerFlags: ["--webhook-url", receiver.url])) { fleet in
                var link = try fleet.link()
                link.settings = ["frequency": "realtime"]
                try await link.connect()
                try fleet.simulator.add(.status(status, on: "/subscriptions/", times: 1).on("DELETE"))
                let entry = try await link.disconnect()
                #expect(entry.type == "disconnect.succeeded", "\(entry)")
                #expect(try fleet.simulator.subscriptions().isEmpty)

                link.token = try fleet.consent(of: link.mailbox).token
                try await link.connect()
                try fleet.simulator.add(.status(status, on: "/subscriptions/", times: 50).on("DELETE"))
                let again = try await link.disconnect()
                #expect(again.type == "disconnect.succeeded", "\(again)")
                #expect(again.data["message"].string?.contains("subscription could not be removed") == true)
                try fleet.expectOneEntryPerPayload()
            }
        }

        @Test("S99 the subscription and two of five events are gone already: the disconnect succeeds all the same")
        func partlyGone() async throws {
            let receiver = try await EchoReceiver()
            defer { receiver.stop() }
            try await Fleet.run(.init(workerFlags: ["--webhook-url", receiver.url])) { fleet in
                var link = try fleet.link()
                link.settings = ["frequency": "realtime"]
                try await link.connect()
                let made = try await link.sync([
                    "bookings": .array((1...5).map { Booking.upsert("b\($0)", fleet.day($0)) })
                ])
                #expect(made.outcomes.count { $0.hasSuffix("confirmed") } == 5)
                for index in [1, 3] { try link.mailbox.delete(made.bookings[index]["event_id"].string ?? "") }
                let subscription = try #require(try fleet.simulator.subscriptions().first?["id"].string)
                try fleet.simulator.control("DELETE", "subscriptions/\(subscription)?silent=1")
                let entry = try await link.disconnect(["remove_events": true])
                #expect(entry.type == "disconnect.succeeded", "\(entry)")
                #expect(entry.data["removed_events"].int == 3)
                let answers = try fleet.simulator.writes().filter { $0.target.contains("/subscriptions/") }
                #expect(answers.last?.status == 404, "it was tried: \(answers)")
                #expect(try link.titles().isEmpty)
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

        @Test("S98 remove_events takes what this connection pushed, and nothing else: not a copy that carries our mark")
        func remove() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                let made = try await link.push(
                    Booking.upsert("a", fleet.day(1)), Booking.upsert("b", fleet.day(2)),
                    Booking.upsert("c", fleet.day(3)))
                let ours = try link.truth().first { $0["immutableId"] == made.bookings[0]["event_id"] }
                let marks = (ours?["properties"].members ?? [:]).map {
                    ["id": .string($0.key), "value": $0.value] as JSON
                }
                try link.mailbox.create(
                    GraphEvent.timed("Copy", fleet.day(4)), ["singleValueExtendedProperties": .array(marks)])
                try link.mailbox.create(GraphEvent.timed("Mine", fleet.day(5)))
                try link.mailbox.delete(made.bookings[2]["event_id"].string ?? "")
                let entry = try await link.disconnect(["remove_events": true])
                #expect(entry.type == "disconnect.succeeded" && entry.data["removed_events"].int == 2, "\(entry)")
                #expect(try link.titles() == ["Copy", "Mine"])
                try fleet.expectNothingLeft(of: link)
            }
        }

        @Test("S100 bookings that are pushed again after a disconnect and a connect don't double")
        func pushedAgain() async throws {
            try await Fleet.run { fleet in
                var link = try fleet.link()
                try await link.connect()
                let made = try await link.push(Booking.upsert("a", fleet.day(1)))
                try await link.disconnect()
                link.token = try fleet.consent(of: link.mailbox).token
                try await link.connect()
                let again = try await link.push(Booking.upsert("a", fleet.day(1)))
                #expect(again.outcomes == ["a confirmed"])
                #expect(again.bookings[0]["event_id"] == made.bookings[0]["event_id"])
                #expect(try link.titles() == ["a"])
                try await link.settle()
            }
        }
    }
}
