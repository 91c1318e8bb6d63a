import TestSupport
import Testing

extension Scenarios {
    @Suite("lost state and broken rounds")
    struct Resyncing {
        @Test("S21 a worker killed anywhere in a round: the next one ends with the complete set")
        func killedInARound() async throws {
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
                try await killWhileRunning(fleet, requests: [1, 5, 11, 19])
                for entry in try await fleet.results(of: connects) {
                    #expect(entry.type == "connect.succeeded", "\(entry)")
                }
                for link in links { try link.expectMirrorEqualsCalendar() }

                let mark = try fleet.changesMark()
                for link in links {
                    for event in 0..<12 { try link.mailbox.create(GraphEvent.timed("N\(event)", fleet.day(event))) }
                }
                let syncs = try links.map { try $0.pushSync() }
                try await killWhileRunning(fleet, requests: [2, 6, 13, 22])
                for entry in try await fleet.results(of: syncs) { #expect(entry.type == "sync.succeeded", "\(entry)") }
                for link in links {
                    let ids = try link.changes(since: mark).compactMap { $0["event_id"] }
                    #expect(ids.count == 12 && Set(ids).count == 12, "each change exactly once")
                    try link.expectMirrorEqualsCalendar()
                }
                try await links[3].settle()
            }
        }

        /// Kills the worker each time Graph has seen so many more requests, and starts the next.
        private func killWhileRunning(_ fleet: Fleet, requests steps: [Int]) async throws {
            let start = try fleet.simulator.graphRequests().count
            for step in steps {
                // The round may be over before: then this kill finds an idle worker, which is a case, too.
                try? await eventually("\(step) requests", within: .seconds(3)) {
                    try fleet.simulator.graphRequests().count >= start + step
                }
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
