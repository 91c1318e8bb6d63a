// Goal: what CONTRACT says of connections beyond the scenarios: addressing, a second connect, app-only, other
// mailboxes.

import Foundation
import TestSupport
import Testing

@Suite("Connections")
struct ConnectionTests {
    @Test("a connection can be named by its calendar; an id that fits several is ambiguous")
    func byCalendar() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            let byID: JSON = ["kind": "sync", "tenant_id": "acme", "calendar_id": .string(link.calendarID)]
            #expect(try await fleet.run(byID).type == "sync.succeeded")
            let primary = try await fleet.run(["kind": "sync", "tenant_id": "acme", "calendar_id": "primary"])
            #expect(primary.type == "sync.succeeded" && primary["resource_id"] == "room-1")

            var second = link
            second.resource = "room-2"
            try await second.connect()
            #expect(try await fleet.run(byID).code == "ambiguous_calendar")
            let foreign = try await fleet.run(byID.merging(["tenant_id": "globex"]))
            #expect(foreign.code == "not_connected")
            try await link.settle()
        }
    }

    @Test("a second connect of another calendar: the old events leave silently, the new ones are there")
    func otherCalendar() async throws {
        try await Fleet.run { fleet in
            var link = try fleet.link()
            let other = try link.mailbox.addCalendar("Other")
            let old = try link.mailbox.create(GraphEvent.timed("Old", fleet.day(1)))
            let new = try link.mailbox.create(GraphEvent.timed("New", fleet.day(1)), in: other)
            try await link.connect()
            #expect(Array(try link.mirror().keys) == [old])
            let mark = try fleet.changesMark()
            link.calendar = other
            link.calendarID = other
            let entry = try await link.connect()
            #expect(entry.data["calendar_id"].string == other)
            #expect(Array(try link.mirror().keys) == [new])
            #expect(try link.changes(since: mark).allSatisfy { !$0.type.hasPrefix("event.") })
            try await link.settle()
        }
    }

    @Test("the same connect again: one mapping, and nothing is reported anew")
    func again() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try link.mailbox.create(GraphEvent.timed("Known", fleet.day(1)))
            try await link.connect()
            let mark = try fleet.changesMark()
            try await link.connect()
            try await link.sync()
            #expect(try link.changes(since: mark).allSatisfy { !$0.type.hasPrefix("event.") })
            let connections = try await fleet.command("connections", "--tenant-id", "acme", "--json")
            #expect(connections.output.components(separatedBy: "room-1").count == 2, "\(connections.output)")
            try await link.settle()
        }
    }

    @Test("app-only: client credentials and another person's mailbox")
    func appOnly() async throws {
        try await Fleet.run { fleet in
            var link = try fleet.link(try fleet.simulator.mailbox("room7@contoso.example"))
            link.token = .null
            try link.mailbox.create(GraphEvent.timed("Booked", fleet.day(1)))
            var payload = link.payload.members
            payload["oauth_token"] = nil
            payload["app_only"] = ["directory": "contoso.example"]
            payload["mailbox"] = .string(link.mailbox.address)
            let entry = try await fleet.run(.object(payload))
            #expect(entry.type == "connect.succeeded", "\(entry)")
            #expect(entry.data["events"] == 1)
            let grants = try fleet.simulator.control("GET", "log").elements.compactMap { $0["grantType"].string }
            #expect(Set(grants) == ["client_credentials"])
            // Its token ends: another is asked for, without any refresh token.
            try fleet.simulator.advanceClock(hours: 3)
            try link.mailbox.create(GraphEvent.timed("Later", fleet.day(2)))
            try await link.sync()
            try await link.settle()
        }
    }

    @Test("a new sealing key in front of the old one: what was sealed before still opens")
    func rotatedKeys() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            let old = String(decoding: try readFile(fleet.keysFile), as: UTF8.self)
            let new = try await CommandOutcome.run(["keys", "new"]).output
            try writeFile(fleet.keysFile, new + "\n" + old)
            try await fleet.workers[0].kill()
            try await fleet.startWorker()
            try link.mailbox.expireAccessTokens()
            try await link.sync()
            try await link.settle()
        }
    }

    @Test("a worker without the key that sealed a token says so and harms nothing")
    func lostKey() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            let old = String(decoding: try readFile(fleet.keysFile), as: UTF8.self)
            try writeFile(fleet.keysFile, try await CommandOutcome.run(["keys", "new"]).output + "\n")
            try await fleet.workers[0].kill()
            try await fleet.startWorker()
            let job = try link.pushSync(["max_attempts": 2])
            try await fleet.workers[1].logLine(containing: "stored state can't be read")
            try writeFile(fleet.keysFile, old)
            try await fleet.workers[1].kill()
            try await fleet.startWorker()
            #expect(try await fleet.result(of: job).type == "sync.succeeded")
            try await link.settle()
        }
    }

    @Test("a sync with bookings answers each of them, and pulls all the same")
    func bookings() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            let id = try link.mailbox.create(GraphEvent.timed("Pulled", fleet.day(1)))
            let entry = try await link.sync([
                "bookings": [
                    ["booking_id": "b-1", "op": "cancel"],
                    [
                        "booking_id": "b-2", "start_time": .string(Instant.write(fleet.day(3))),
                        "end_time": .string(Instant.write(fleet.day(3, hour: 1))), "title": "Pushed",
                    ],
                ]
            ])
            let answers = entry.data["bookings"].elements
            #expect(answers.map { $0["booking_id"] } == ["b-1", "b-2"])
            #expect(answers.map { $0["outcome"] } == ["cancelled", "confirmed"])
            #expect(try link.mirror().keys.contains(id))
        }
    }
}
