import TestSupport
import Testing

extension Scenarios {
    @Suite("real time")
    struct Realtime {
        private func run(_ body: (Fleet, Link) async throws -> Void) async throws {
            let receiver = try await EchoReceiver()
            defer { receiver.stop() }
            try await Fleet.run(.init(workers: 2, workerFlags: ["--webhook-url", receiver.url])) { fleet in
                var link = try fleet.link()
                link.settings = ["frequency": "realtime"]
                try await body(fleet, link)
            }
        }

        @Test(
            "S14 S15 where Graph refuses subscriptions the calendar is polled, the result says so, nobody asks again",
            arguments: ["extensionError", "backendUnknown"])
        func refused(refusal: String) async throws {
            try await run { fleet, link in
                try fleet.simulator.control(
                    "PATCH", "mailboxes/\(link.mailbox.address)", ["subscriptionRefusal": .string(refusal)])
                try link.mailbox.create(GraphEvent.timed("There", fleet.day(1)))
                let entry = try await link.connect()
                #expect(entry.data["message"].string?.contains("Realtime is not available here") == true)
                #expect(entry.data["warnings"].elements.contains { $0.string?.contains("ExtensionError") == true })
                try await link.settle()
                try await link.connect()
                let asked = try fleet.simulator.graphRequests().filter { $0.target.contains("/subscriptions") }
                #expect(asked.count == 1, "\(asked)")
                let before = try fleet.simulator.graphRequests().count
                try await link.sync()
                #expect(try fleet.simulator.graphRequests().count == before + 1)
                try await link.disconnect()
                try fleet.expectNothingLeft(of: link)
            }
        }

        @Test("S16 the same connect twice: one mapping, one subscription, no second event.created")
        func twice() async throws {
            try await run { fleet, link in
                try link.mailbox.create(GraphEvent.timed("Known", fleet.day(1)))
                let entry = try await link.connect()
                #expect(entry.data["message"].string?.contains("not available") == false)
                let mark = try fleet.changesMark()
                try await link.connect()
                #expect(try link.changes(since: mark).allSatisfy { $0.type == "calendar.connected" })
                #expect(try fleet.simulator.subscriptions().count == 1)
                try await link.settle()
            }
        }

        @Test("S71 a subscription dropped without a word: the poll finds the change, and it is replaced")
        func silentDeath() async throws {
            try await run { fleet, link in
                try await link.connect()
                let old = try fleet.simulator.subscriptions().first?["id"].string ?? ""
                try fleet.simulator.control("DELETE", "subscriptions/\(old)?silent=1")
                try link.mailbox.create(GraphEvent.timed("Unannounced", fleet.day(1)))
                try await link.sync()
                #expect(try link.mirror().count == 1)
                try await eventually("the replacement", within: .seconds(30)) {
                    try fleet.simulator.subscriptions().count == 1
                }
            }
        }

        @Test("S97 a disconnect ends the subscription with its last connection, and leaves nothing")
        func disconnected() async throws {
            try await run { fleet, link in
                let side = try link.mailbox.addCalendar("Side")
                var other = try fleet.link(link.mailbox, calendar: side, tenant: "zeta", resource: "room-9")
                other.settings = link.settings
                try await link.connect()
                try await other.connect()
                #expect(try fleet.simulator.subscriptions().count == 1)
                #expect(try await other.disconnect().type == "disconnect.succeeded")
                #expect(try fleet.simulator.subscriptions().count == 1)
                #expect(try await link.disconnect().type == "disconnect.succeeded")
                #expect(try fleet.simulator.subscriptions().isEmpty)
                let calls = try fleet.simulator.requests().count
                try fleet.expectNothingLeft(of: link)
                try fleet.expectNoSecretAnywhere()
                #expect(try fleet.simulator.requests().count == calls)
            }
        }
    }
}
