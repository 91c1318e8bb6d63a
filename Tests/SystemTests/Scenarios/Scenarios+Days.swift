// The scenarios that take hours or days, lived through on a clock of the fleet's own: Redis, workers and the simulator
// see every hour of it, periodic syncs run in each step, tokens run out by themselves.

import Foundation
import TestSupport
import Testing

extension Scenarios {
    @Suite("days that pass")
    struct Days {
        static let virtual = Fleet.Options(virtualClock: true)

        @Test("S03 a periodic connection whose mailbox has gone asks once per backoff cap at most, for half a day")
        func goneMailbox() async throws {
            let options = Fleet.Options(workerFlags: ["--backoff-cap", "1h"], virtualClock: true)
            try await Fleet.run(options) { fleet in
                var link = try fleet.link()
                link.settings = ["frequency": "PT5M"]
                try await link.connect()
                try link.mailbox.disable()
                try await fleet.pass(.seconds(3600), step: .seconds(300))
                let before = try fleet.simulator.graphRequests().count
                #expect(before > 0)
                try await fleet.pass(.seconds(12 * 3600), step: .seconds(900))
                let asked = try fleet.simulator.graphRequests().count - before
                #expect((8...13).contains(asked), "\(asked) calls in 12 hours")
                try link.mailbox.set("restDisabled", false)
                try await link.sync()
                try await link.settle()
            }
        }

        @Test("S07 the rotated refresh token is kept over hours and workers; each token ends when its time is over")
        func rotation() async throws {
            try await Fleet.run(Self.virtual) { fleet in
                try fleet.simulator.refuseOldRefreshTokens()
                var link = try fleet.link()
                link.settings = ["frequency": "manual"]
                try await link.connect()
                for round in 1...4 {
                    try await fleet.jump(by: .seconds(3 * 3600))
                    try await fleet.workers.last?.kill()
                    try await fleet.startWorker()
                    try link.mailbox.create(GraphEvent.timed("Round \(round)", fleet.day(round)))
                    try await link.sync()
                }
                let refreshes = try fleet.simulator.tokenRequests()
                #expect(refreshes.count == 4 && refreshes.allSatisfy { $0.status == 200 }, "\(refreshes)")
                #expect(try fleet.simulator.graphRequests().allSatisfy { $0.status < 400 })
                try await link.settle()
            }
        }

        @Test("S09 consent is revoked: a day of due syncs says so once and asks nobody anything")
        func revokedForADay() async throws {
            try await Fleet.run(Self.virtual) { fleet in
                var link = try fleet.link()
                link.settings = ["frequency": "PT5M"]
                try link.mailbox.create(GraphEvent.timed("Before", fleet.day(1)))
                try await link.connect()
                try link.mailbox.revokeConsent()
                try await fleet.pass(.seconds(1800), step: .seconds(300))
                #expect(try link.changes().filter { $0.type == "calendar.reconnect_required" }.count == 1)
                let calls = try fleet.simulator.requests().count
                try await fleet.pass(.seconds(86_400), step: .seconds(3600))
                #expect(try await link.trySync().code == "reconnect_required")
                #expect(try fleet.simulator.requests().count == calls)
                #expect(try link.changes().filter { $0.type == "calendar.reconnect_required" }.count == 1)

                try link.mailbox.create(GraphEvent.timed("Meanwhile", fleet.day(2)))
                let mark = try fleet.changesMark()
                link.token = try fleet.consent(of: link.mailbox).token
                try await link.connect()
                let events = try link.changes(since: mark).filter { $0.type.hasPrefix("event.") }
                #expect(Set(events.compactMap { $0["event_id"] }).count == events.count)
                #expect(try link.mirror().count == 2)
                // Polled again by itself.
                try link.mailbox.create(GraphEvent.timed("After", fleet.day(3)))
                try await fleet.pass(.seconds(600), step: .seconds(300))
                #expect(try link.mirror().count == 3)
                try await link.settle()
            }
        }

        @Test("S30 the window moves: after 40 days of periodic syncs an event of day 380 has come in, and nothing else")
        func windowMoves() async throws {
            try await Fleet.run(Self.virtual) { fleet in
                var link = try fleet.link()
                link.settings = ["frequency": "P2D"]
                let far = try link.mailbox.create(GraphEvent.timed("Far", fleet.day(380)))
                let past = try link.mailbox.create(GraphEvent.timed("Past", fleet.day(-10)))
                for day in 50..<80 { try link.mailbox.create(GraphEvent.timed("D\(day)", fleet.day(day))) }
                try await link.connect()
                #expect(try link.mirror()[far] == nil && link.mirror()[past] != nil)
                let mark = try fleet.changesMark()
                let before = try fleet.simulator.graphRequests().count
                try await fleet.pass(.seconds(40 * 86_400), step: .seconds(2 * 86_400))
                let changes = try link.changes(since: mark)
                #expect(changes.filter { $0.type.hasPrefix("event.") }.map(\.type) == ["event.created"], "\(changes)")
                #expect(changes.first { $0.type == "event.created" }?["event_id"] == far)
                // What time takes out of it goes without a word.
                #expect(try link.mirror()[far] != nil && link.mirror()[past] == nil)
                // A call or two a sync: renewing the window is no storm.
                #expect(try fleet.simulator.graphRequests().count - before <= 60)
                try await link.settle()
            }
        }

        @Test("S51 through the night of a clock change: times, all-day dates and bookings stay what they are")
        func throughTheClockChange() async throws {
            try await Fleet.run(Self.virtual) { fleet in
                let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
                let change = try #require(berlin.nextDaylightSavingTimeTransition(after: fleet.now))
                try await fleet.jump(to: change.addingTimeInterval(-20 * 3600))
                let link = try fleet.link(inZone: "W. Europe Standard Time", "Europe/Berlin")
                let day = Instant.day(change, in: link.reading.zone)
                let first = fleet.date(-6)
                try link.mailbox.create(
                    GraphEvent.series(
                        "Nine", first, "09:00", zone: "W. Europe Standard Time",
                        pattern: ["type": "daily"], range: ["type": "numbered", "numberOfOccurrences": 14]))
                try link.mailbox.create(
                    GraphEvent.allDay("That day", day, zone: "W. Europe Standard Time", ["showAs": "free"]))
                try await link.connect()
                #expect(
                    try await link.push(Booking.upsert("a", change.addingTimeInterval(7200))).outcomes == [
                        "a confirmed"
                    ])
                let mark = try fleet.changesMark()
                try await fleet.pass(.seconds(48 * 3600), step: .seconds(3 * 3600))
                #expect(try link.changes(since: mark).isEmpty)
                #expect(
                    try await link.push(Booking.upsert("a", change.addingTimeInterval(7200))).outcomes == [
                        "a unchanged"
                    ])
                let lengths = try link.mirror().values.filter { $0["all_day"] == true }.compactMap { event in
                    Instant.read(event["end_time"].string ?? "")?.timeIntervalSince(
                        Instant.read(event["start_time"].string ?? "") ?? .distantPast)
                }
                #expect(lengths == [23 * 3600.0] || lengths == [25 * 3600.0], "\(lengths)")
                try await link.settle()
            }
        }

        @Test("S96 a Retry-After of half an hour: parked, no call, and run at its time by another worker")
        func halfAnHour() async throws {
            try await Fleet.run(.init(appendOnly: true, virtualClock: true)) { fleet in
                var link = try fleet.link()
                link.settings = ["frequency": "manual"]
                try await link.connect()
                try fleet.simulator.add(
                    Fault(path: Fault.delta, times: 1, effect: ["status": 429, "retryAfter": 1800]))
                let began = fleet.now
                let job = try link.pushSync()
                try await eventually("the job is parked") {
                    try fleet.probe.call("ZCARD", fleet.key("due")).int == 1
                }
                let calls = try fleet.simulator.requests().count
                try await fleet.workers[0].kill()
                try await fleet.redis.restart()
                fleet.probe.hangUp()
                try await fleet.startWorker()
                try await fleet.pass(.seconds(1740), step: .seconds(290))
                #expect(try fleet.simulator.requests().count == calls)
                try await fleet.pass(.seconds(120), step: .seconds(30))
                let entry = try await fleet.result(of: job)
                #expect(entry.type == "sync.succeeded" && entry["attempts"] == "1", "\(entry)")
                let finished = try #require(Instant.read(entry["finished_at"] ?? ""))
                #expect(finished.timeIntervalSince(began) >= 1799)
                try await link.settle()
            }
        }

        @Test("three periods and a quarter of an hour without a success: stalled, said once, and once that it is over")
        func stalled() async throws {
            try await Fleet.run(Self.virtual) { fleet in
                var link = try fleet.link()
                link.settings = ["frequency": "PT5M"]
                try await link.connect()
                let mark = try fleet.changesMark()
                let began = fleet.now
                try fleet.simulator.add(.status(503, on: Fault.graph))
                try await fleet.pass(.seconds(840), step: .seconds(120))
                #expect(try link.news(since: mark).isEmpty, "not before its time")
                try await fleet.pass(.seconds(1800), step: .seconds(300))
                #expect(try link.news(since: mark) == ["calendar.stalled"])
                let stalled = try link.changes(since: mark)[0].data
                #expect(stalled["code"] == "graph_unavailable")
                let since = try #require(Instant.read(stalled["since"].string ?? ""))
                #expect(abs(since.timeIntervalSince(began)) < 10)
                try fleet.simulator.clearFaults()
                try await fleet.pass(.seconds(1800), step: .seconds(300))
                #expect(try link.news(since: mark) == ["calendar.stalled", "calendar.recovered"])
                try await link.settle()
            }
        }

        @Test("the app's secret runs out: nobody has to reconnect, and all goes on with a new one")
        func secretExpires() async throws {
            try await Fleet.run(Self.virtual) { fleet in
                var link = try fleet.link()
                link.settings = ["frequency": "PT1H"]
                try await link.connect()
                let app = JSON.string(Simulator.clientID)
                let end = Instant.write(fleet.now.addingTimeInterval(6 * 3600))
                try fleet.simulator.control("POST", "apps", ["id": app, "secretExpires": .string(end)])
                try await fleet.pass(.seconds(12 * 3600), step: .seconds(3 * 3600))
                #expect(try fleet.simulator.tokenRequests().contains { $0.status == 401 })
                let entry = try await link.trySync()
                #expect(entry.type == "sync.failed" && entry.code != "reconnect_required", "\(entry)")
                #expect(try !link.news().contains("calendar.reconnect_required"))
                try link.mailbox.create(GraphEvent.timed("Meanwhile", fleet.day(1)))
                try fleet.simulator.control("POST", "apps", ["id": app, "secretExpires": nil])
                try await fleet.pass(.seconds(3 * 3600), step: .seconds(3600))
                #expect(try link.mirror().count == 1, "by itself")
                try await link.settle()
            }
        }

        @Test("a refresh token lives as long as it is used, for 100 days; unused for 91 it wants a new consent")
        func refreshTokensSlide() async throws {
            try await Fleet.run(Self.virtual) { fleet in
                var link = try fleet.link()
                link.settings = ["frequency": "P7D"]
                var idle = try fleet.link(try fleet.simulator.mailbox("idle@acme.example"), resource: "room-2")
                idle.settings = ["frequency": "manual"]
                try await link.connect()
                try await idle.connect()
                try await fleet.pass(.seconds(100 * 86_400), step: .seconds(5 * 86_400))
                try await link.sync()
                #expect(try !link.news().contains("calendar.reconnect_required"))
                #expect(try await idle.trySync().code == "reconnect_required")
                #expect(try idle.news().filter { $0 == "calendar.reconnect_required" }.count == 1)
                try await link.settle()
            }
        }

        @Test("an id counts as seen for a day, and runs again after it; not_before and expires_at hold over days")
        func idsAndTimes() async throws {
            try await Fleet.run(Self.virtual) { fleet in
                var link = try fleet.link()
                link.settings = ["frequency": "manual"]
                try await link.connect()
                func sync(_ id: String, _ more: JSON = [:]) throws -> JSON {
                    ([
                        "kind": "sync", "tenant_id": "acme", "resource_id": "room-1", "id": .string(id),
                    ] as JSON).merging(more)
                }
                var position = "(" + (try fleet.results().last?.id ?? "0")
                try fleet.push(try sync("once"))
                #expect(try await fleet.nextResult(after: &position).type == "sync.succeeded")
                try await fleet.jump(by: .seconds(23 * 3600))
                try fleet.push(try sync("once"))
                #expect(try await fleet.nextResult(after: &position).type == "job.duplicate")
                let later = Instant.write(fleet.now.addingTimeInterval(2 * 86_400))
                try fleet.push(try sync("later", ["not_before": .string(later)]))
                try fleet.push(try sync("late", ["not_before": .string(later), "expires_at": .string(later)]))
                try await fleet.jump(by: .seconds(26 * 3600))
                try fleet.push(try sync("once"))
                #expect(try await fleet.nextResult(after: &position).type == "sync.succeeded")
                #expect(try fleet.results().allSatisfy { $0.jobID != "later" })
                try await fleet.jump(by: .seconds(24 * 3600))
                let ends = [
                    try await fleet.nextResult(after: &position), try await fleet.nextResult(after: &position),
                ]
                #expect(Set(ends.map(\.jobID)) == ["later", "late"])
                #expect(ends.first { $0.jobID == "later" }?.type == "sync.succeeded")
                #expect(ends.first { $0.jobID == "late" }?.code == "expired")
            }
        }
    }
}
