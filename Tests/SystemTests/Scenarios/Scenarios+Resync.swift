import TestSupport
import Testing

extension Scenarios {
    @Suite("lost state and broken rounds")
    struct Resyncing {
        @Test("S21 a worker killed anywhere in a round: the next one ends with the complete set")
        func killedInARound() async throws {
            var random = SeededRandom(seed: SeededRandom.printedSeed("S21"))
            try await Fleet.run(.init(workerFlags: ["--lease", "1s", "--max-crashes", "100"])) { fleet in
                try fleet.simulator.limitPages(to: 3)
                var links: [Link] = []
                for number in 0..<8 {
                    let mailbox = try fleet.simulator.mailbox("m\(number)@acme.example")
                    links.append(try fleet.link(mailbox, resource: "room-\(number)"))
                    for event in 0..<(3 * number) {
                        try mailbox.create(GraphEvent.timed("E\(event)", fleet.day(event)))
                    }
                }
                // First rounds, then incremental ones; each kill finds the connections at different points.
                let connects = try links.map { try fleet.push($0.payload) }
                try await killWhileRunning(fleet, times: 5, &random)
                for entry in try await fleet.results(of: connects) {
                    #expect(entry.type == "connect.succeeded", "\(entry)")
                }
                for link in links { try link.expectMirrorEqualsCalendar() }

                let mark = try fleet.changesMark()
                for link in links {
                    for event in 0..<12 { try link.mailbox.create(GraphEvent.timed("N\(event)", fleet.day(event))) }
                }
                let syncs = try links.map { try $0.pushSync() }
                try await killWhileRunning(fleet, times: 5, &random)
                for entry in try await fleet.results(of: syncs) { #expect(entry.type == "sync.succeeded", "\(entry)") }
                for link in links {
                    let ids = try link.changes(since: mark).compactMap { $0["event_id"] }
                    #expect(ids.count == 12 && Set(ids).count == 12, "each change exactly once")
                    try link.expectMirrorEqualsCalendar()
                }
                try await links[3].settle()
            }
        }

        /// Kills the worker so many times, each after a random number of further requests and a random part of the time
        /// that the next one takes, and starts the next worker.
        private func killWhileRunning(_ fleet: Fleet, times: Int, _ random: inout SeededRandom) async throws {
            for _ in 0..<times {
                let next = try fleet.simulator.graphRequests().count + Int.random(in: 0...8, using: &random)
                // The round may be over before: then this kill finds an idle worker, which is a case, too.
                try? await eventually("\(next) requests", within: .seconds(2)) {
                    try fleet.simulator.graphRequests().count >= next
                }
                random.spin(upTo: .milliseconds(12))
                try await fleet.workers.last?.kill()
                try await fleet.startWorker()
            }
        }

        @Test(
            "S26 a lost sync state, however Graph spells it, is one full resync in the same job",
            arguments: [
                "syncStateNotFound", "SyncStateNotFound", "fullSyncRequired", "resyncRequired", "SyncStateInvalid",
            ])
        func lostState(_ spelling: String) async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                for number in 0..<8 { try link.mailbox.create(GraphEvent.timed("E\(number)", fleet.day(number))) }
                let gone = try link.mailbox.create(GraphEvent.timed("Goes", fleet.day(9)))
                try await link.connect()
                let mark = try fleet.changesMark()
                try link.mailbox.delete(gone)
                let new = try link.mailbox.create(GraphEvent.timed("New", fleet.day(10)))
                try fleet.simulator.add(Fault(path: Fault.delta, times: 1, effect: ["syncState": .string(spelling)]))
                let entry = try await link.sync()
                #expect(entry.data["full"].bool == true)
                #expect(entry["attempts"] == "1")
                let changes = try link.changes(since: mark)
                #expect(changes.map(\.type).sorted() == ["calendar.resynced", "event.created", "event.deleted"])
                #expect(Set(changes.compactMap { $0["event_id"] }) == [gone, new])
                try await link.settle()
            }
        }

        @Test("S26 a state that is lost in the middle of a round: the whole round again, only real differences")
        func lostInTheMiddle() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try fleet.simulator.limitPages(to: 3)
                for number in 0..<8 { try link.mailbox.create(GraphEvent.timed("E\(number)", fleet.day(number))) }
                try await link.connect()
                let mark = try fleet.changesMark()
                for number in 8..<17 { try link.mailbox.create(GraphEvent.timed("E\(number)", fleet.day(number))) }
                try fleet.simulator.add(
                    Fault(path: Fault.delta, skip: 2, times: 1, effect: ["syncState": "SyncStateNotFound"]))
                let entry = try await link.sync()
                #expect(entry.data["full"] == true && entry["attempts"] == "1", "\(entry)")
                let news = try link.news(since: mark)
                #expect(news.count { $0 == "event.created" } == 9 && news.count == 10, "\(news)")
                try await link.settle()
            }
        }

        @Test("S27 deletions missed while the token was lost are found, and nothing is created anew")
        func missedDeletions() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let ids = try (0..<50).map { try link.mailbox.create(GraphEvent.timed("E\($0)", fleet.day($0))) }
                try await link.connect()
                let changes = try await link.changesOfSync {
                    for id in ids.prefix(5) { try link.mailbox.delete(id) }
                    try link.mailbox.loseSyncState()
                }
                let events = changes.filter { $0.type.hasPrefix("event.") }
                #expect(events.map(\.type) == Array(repeating: "event.deleted", count: 5))
                #expect(Set(events.compactMap { $0["event_id"] }) == Set(ids.prefix(5)))
                #expect(changes.filter { $0.type == "calendar.resynced" }.count == 1)
                try await link.settle()
            }
        }

        @Test("S28 a middle page that fails twice: the round completes, and no deletion is inferred")
        func middlePageFails() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try fleet.simulator.limitPages(to: 5)
                for number in 0..<45 { try link.mailbox.create(GraphEvent.timed("E\(number)", fleet.day(number))) }
                try await link.connect()
                let mark = try fleet.changesMark()
                try fleet.simulator.add(.status(503, on: Fault.delta, skip: 3, times: 2))
                let entry = try await link.sync(["full": true])
                #expect(entry.data["deleted"].int == 0)
                #expect(try link.changes(since: mark).map(\.type) == ["calendar.resynced"])
                try await link.settle()
            }
        }
    }
}
