// The life of subscriptions over days: renewed in time, replaced when they die, asked for again no more than daily.

import Foundation
import TestSupport
import Testing

extension Scenarios {
    @Suite("subscriptions over days")
    struct Watching {
        /// A fleet on a clock of its own whose webhook URL only passes the handshake.
        private func run(_ body: (Fleet) async throws -> Void) async throws {
            let receiver = try await EchoReceiver()
            defer { receiver.stop() }
            let options = Fleet.Options(workerFlags: ["--webhook-url", receiver.url], virtualClock: true)
            try await Fleet.run(options, body)
        }

        /// A worker looks at subscriptions when it starts, one that runs within some seconds: so each step has another.
        private func step(_ fleet: Fleet, by time: Duration) async throws {
            try await fleet.workers.last?.kill()
            try fleet.moveClock(by: time)
            try await fleet.startWorker()
            try await fleet.awaitWatched()
        }

        @Test(
            "S14, S15 a refused subscription is asked for once a day at most, and the polls don't feel it",
            arguments: ["extensionError", "backendUnknown"])
        func refused(refusal: String) async throws {
            try await run { fleet in
                var link = try fleet.link()
                link.settings = ["frequency": "realtime"]
                try fleet.simulator.control(
                    "PATCH", "mailboxes/\(link.mailbox.address)", ["subscriptionRefusal": .string(refusal)])
                #expect(try await link.connect().data["message"].string?.contains("not available") == true)
                func asked() throws -> Int {
                    try fleet.simulator.graphRequests().count { $0.target.contains("/subscriptions") }
                }
                #expect(try asked() == 1)
                for _ in 0..<14 { try await step(fleet, by: .seconds(6 * 3600)) }
                let times = try asked()
                #expect((2...4).contains(times), "\(times) times in three and a half days")
                try link.mailbox.create(GraphEvent.timed("Polled", fleet.day(1)))
                try await fleet.pass(.seconds(300), step: .seconds(300))
                #expect(try link.mirror().count == 1)
                try await link.settle()
            }
        }

        @Test(
            "S69 whatever is granted, it is renewed with a tenth of it left at least, and not all at once",
            arguments: [45, 4320, 10_080])
        func renewed(minutes: Int) async throws {
            try await run { fleet in
                try fleet.simulator.control("PATCH", "settings", ["subscriptionMinutes": .number(Double(minutes))])
                for number in 0..<6 {
                    var link = try fleet.link(
                        try fleet.simulator.mailbox("live-\(number)@acme.example"), resource: "room-\(number)")
                    link.settings = ["frequency": "realtime"]
                    try await link.connect()
                }
                let ids = Set(try fleet.simulator.subscriptions().compactMap { $0["id"].string })
                let granted = Double(minutes) * 60
                var known = try ends(fleet)
                /// What was left of a life when it was renewed, as a part of what was granted.
                var left: [Double] = []
                for _ in 0..<60 where left.count < 15 {
                    let due = try #require(try fleet.nextRenewal()).timeIntervalSince(fleet.now)
                    try await step(fleet, by: .milliseconds(Int(max(0, due) * 1000) + 50))
                    let current = try ends(fleet)
                    for (id, end) in current where known[id] != end {
                        left.append((known[id] ?? fleet.now).timeIntervalSince(fleet.now) / granted)
                    }
                    known = current
                }
                #expect(Set(known.keys) == ids, "the same ones still")
                #expect(left.count >= 15 && left.allSatisfy { (0.1...0.4).contains($0) }, "\(left)")
                #expect((left.max() ?? 0) - (left.min() ?? 0) > 0.03, "spread: \(left)")
            }
        }

        private func ends(_ fleet: Fleet) throws -> [String: Date] {
            var ends: [String: Date] = [:]
            for subscription in try fleet.simulator.subscriptions() {
                ends[subscription["id"].string ?? ""] = Instant.read(subscription["expirationDateTime"].string ?? "")
            }
            return ends
        }

        @Test("S70 a renewal that is answered 404: a new subscription at once, and a sync covers the gap")
        func renewalOfTheGone() async throws {
            try await run { fleet in
                var link = try fleet.link()
                link.settings = ["frequency": "realtime"]
                try await link.connect()
                let old = try #require(try fleet.simulator.subscriptions().first?["id"].string)
                let due = try #require(try fleet.nextRenewal())
                try await fleet.jump(to: due.addingTimeInterval(-30))
                try fleet.simulator.control("DELETE", "subscriptions/\(old)?silent=1")
                let event = try link.mailbox.create(GraphEvent.timed("In the gap", fleet.day(1)))
                try await step(fleet, by: .seconds(31))
                let ids = try fleet.simulator.subscriptions().compactMap { $0["id"].string }
                #expect(ids.count == 1 && ids != [old])
                #expect(
                    try fleet.simulator.writes().contains { $0.target.contains(old) && $0.status == 404 },
                    "it was the renewal that showed it")
                try await eventually("the sync of the gap") { try link.mirror()[event] != nil }
                try await link.settle()
            }
        }

        @Test("S71 a subscription dropped without a word: the change is there within a period, and it is replaced")
        func silentDeath() async throws {
            try await run { fleet in
                var link = try fleet.link()
                link.settings = ["frequency": "realtime"]
                try await link.connect()
                try await fleet.pass(.seconds(600), step: .seconds(300))
                let old = try #require(try fleet.simulator.subscriptions().first?["id"].string)
                try fleet.simulator.control("DELETE", "subscriptions/\(old)?silent=1")
                let event = try link.mailbox.create(GraphEvent.timed("Unannounced", fleet.day(1)))
                try await fleet.pass(.seconds(300), step: .seconds(60))
                #expect(try link.mirror()[event] != nil, "one poll period")
                try await eventually("the replacement", within: .seconds(30)) {
                    try fleet.simulator.subscriptions().count == 1
                }
                try await link.settle()
            }
        }

        @Test("S72 Graph asks for the rights again each hour: for hours it is answered in time, and goes on telling")
        func reauthorized() async throws {
            try await Webhooks.run(clock: true) { fleet, _ in
                let link = try await Webhooks.links(1, fleet)[0]
                let id = try #require(try fleet.simulator.subscriptions().first?["id"].string)
                try fleet.simulator.control("PATCH", "settings", ["reauthorizeMinutes": 60])
                for hour in 1...5 {
                    try await fleet.jump(by: .seconds(3660))
                    try await eventually("hour \(hour): the answer", within: .seconds(30)) {
                        let times = try fleet.simulator.writes().count {
                            $0.target.contains("/subscriptions/\(id)") && (200..<300).contains($0.status)
                        }
                        return times >= hour
                    }
                }
                // Polls aside: it is told, not found.
                let sent = try fleet.simulator.control("GET", "notifications")["sent"].elements.count
                try link.mailbox.create(GraphEvent.timed("Told", fleet.day(1)))
                try await eventually("the change", within: .seconds(30)) { try link.mirror().count == 1 }
                #expect(try fleet.simulator.control("GET", "notifications")["sent"].elements.count > sent)
                try await link.settle()
            }
        }
    }
}
