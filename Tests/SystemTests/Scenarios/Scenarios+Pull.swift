import Testing

extension Scenarios {
    @Suite("pages and tokens of a pull")
    struct Pulling {
        @Test("S19 an empty page with a next link is no end")
        func emptyPage() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                for number in 0..<5 { try link.mailbox.create(GraphEvent.timed("E\(number)", fleet.day(number))) }
                try fleet.simulator.beginRoundsWithEmptyPages(2)
                let entry = try await link.connect()
                #expect(entry.data["events"].int == 5)
                let changes = try await link.changesOfSync {
                    try link.mailbox.create(GraphEvent.timed("New", fleet.day(6)))
                }
                #expect(changes.map(\.type) == ["event.created"])
                try await link.settle()
            }
        }

        @Test("S20 incremental rounds have pages too, and the last one's token is kept")
        func incrementalPages() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try await link.connect()
                try fleet.simulator.limitPages(to: 2)
                let changes = try await link.changesOfSync {
                    for number in 0..<6 { try link.mailbox.create(GraphEvent.timed("E\(number)", fleet.day(number))) }
                }
                #expect(changes.map(\.type) == Array(repeating: "event.created", count: 6))
                #expect(Set(changes.compactMap { $0.data["title"].string }).count == 6)
                let before = try fleet.simulator.graphRequests().count
                try await link.sync()
                #expect(
                    try fleet.simulator.graphRequests().count == before + 1,
                    "the next round begins where this one ended")
                try await link.settle()
            }
        }

        @Test("S22 quiet rounds move the token on, so that it never dies of age")
        func quietRounds() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try fleet.simulator.keepSyncState(rounds: 3)
                try link.mailbox.create(GraphEvent.timed("Old", fleet.day(1)))
                try await link.connect()
                for _ in 0..<10 {
                    let entry = try await link.sync()
                    #expect(entry.data["full"].bool == false)
                }
                let changes = try await link.changesOfSync {
                    try link.mailbox.create(GraphEvent.timed("New", fleet.day(2)))
                }
                #expect(changes.map(\.type) == ["event.created"])
                #expect(try !link.changes().contains { $0.type == "calendar.resynced" })
                try await link.settle()
            }
        }

        @Test("S23 of an event that comes several times the newest version stands")
        func replays() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let id = try link.mailbox.create(GraphEvent.timed("First", fleet.day(1)))
                try await link.connect()
                let old = try link.mailbox.item(id)
                let changes = try await link.changesOfSync {
                    try link.mailbox.change(id, ["subject": "Second"])
                    // The new version in two pages, the old one last.
                    try link.mailbox.inject([try link.mailbox.item(id), old])
                }
                #expect(changes.map(\.type) == ["event.updated"])
                #expect(changes.first?.data["title"].string == "Second")
                let again = try await link.changesOfSync { try link.mailbox.inject([old]) }
                #expect(again.isEmpty)
                #expect(try link.mirror()[id]?["title"].string == "Second")
                // Equal or absent: the last that was read.
                var bare = try link.mailbox.item(id)
                bare["subject"] = "Third"
                let equal = try await link.changesOfSync { try link.mailbox.inject([bare]) }
                #expect(equal.map(\.type) == ["event.updated"])
                bare["subject"] = "Second"
                bare["lastModifiedDateTime"] = nil
                let absent = try await link.changesOfSync { try link.mailbox.inject([bare]) }
                #expect(absent.map(\.type) == ["event.updated"])
                try await link.settle()
            }
        }

        @Test("S24 the removal of an event never seen is nothing")
        func removalOfTheUnknown() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try link.mailbox.create(GraphEvent.timed("Stays", fleet.day(1)))
                try await link.connect()
                let unknown = String(repeating: "A", count: 60) + "="
                let changes = try await link.changesOfSync {
                    try link.mailbox.inject([["id": .string(unknown), "@removed": ["reason": "deleted"]]])
                    // What happens outside the window comes as a removal of an unknown id, too.
                    try link.mailbox.create(GraphEvent.timed("Far", fleet.day(700)))
                }
                #expect(changes.isEmpty)
                try await link.settle()
            }
        }

        @Test("S25 a bare removal of a known event is event.deleted, with its last known data")
        func removal() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let id = try link.mailbox.create(
                    GraphEvent.timed("Goes", fleet.day(1), ["location": ["displayName": "Room 1"]]))
                try link.mailbox.create(GraphEvent.timed("Stays", fleet.day(2)))
                try await link.connect()
                let known = try link.mirror()[id]
                let changes = try await link.changesOfSync { try link.mailbox.delete(id) }
                #expect(changes.map(\.type) == ["event.deleted"])
                #expect(changes.first?["event_id"] == id)
                #expect(changes.first?.data == known)
                #expect(try link.mirror()[id] == nil)
                try await link.settle()
            }
        }

        @Test("S34 the same content with a new change key is no event.updated")
        func touched() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let id = try link.mailbox.create(GraphEvent.timed("Same", fleet.day(1)))
                try await link.connect()
                let before = try link.mailbox.item(id)
                let changes = try await link.changesOfSync { try link.mailbox.touch(id) }
                #expect(try link.mailbox.item(id)["changeKey"] != before["changeKey"])
                #expect(changes.isEmpty)
                try await link.settle()
            }
        }

        @Test("S35 two ids that differ only by case are two events")
        func idsByCase() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                let ids = ["AAMkCaseAbCdEf0123456789AAA=", "AAMkCaseAbCdeF0123456789AAA="]
                for (number, id) in ids.enumerated() {
                    try link.mailbox.create(GraphEvent.timed("E\(number)", fleet.day(number)), id: id)
                }
                try await link.connect()
                #expect(Set(try link.mirror().keys) == Set(ids))
                let changes = try await link.changesOfSync { try link.mailbox.delete(ids[1]) }
                #expect(changes.map { $0["event_id"] } == [ids[1]])
                #expect(Set(try link.mirror().keys) == [ids[0]])
                try await link.settle()
            }
        }

        @Test("S36 one meeting in two mailboxes is one event in each connection")
        func oneMeetingTwoMailboxes() async throws {
            try await Fleet.run { fleet in
                let first = try fleet.link()
                let second = try fleet.link(try fleet.simulator.mailbox("second@acme.example"), resource: "room-2")
                let shared: JSON = ["iCalUId": "040000008200E00074C5B7101A82E008SAME"]
                let event = GraphEvent.timed("Both", fleet.day(1))
                let id = try first.mailbox.create(event, raw: shared)
                let copy = try second.mailbox.create(event, raw: shared)
                try await first.connect()
                try await second.connect()
                #expect(try first.mirror().count == 1 && second.mirror().count == 1)
                let mark = try fleet.changesMark()
                try first.mailbox.delete(id)
                try await first.sync()
                try await second.sync()
                #expect(try first.changes(since: mark).map(\.type) == ["event.deleted"])
                #expect(try second.changes(since: mark).isEmpty)
                #expect(try second.mirror().keys.contains(copy))
                try await first.settle()
                try await second.settle()
            }
        }
    }
}
