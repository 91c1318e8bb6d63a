import Testing

extension Scenarios {
    @Suite("pages and tokens of a pull")
    struct Pulling {
        @Test("S19 an empty page with a next link is no end")
        func emptyPage() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                for number in 0..<5 { try link.mailbox.create(GraphEvent.timed("E\(number)", fleet.day(number))) }
                try fleet.simulator.add(.page("empty", times: 2))
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
                // Twice in one page, and once more in an older version, which comes last.
                let changes = try await link.changesOfSync {
                    try link.mailbox.change(id, ["subject": "Second"])
                    try fleet.simulator.add(.page("older"))
                }
                #expect(changes.map(\.type) == ["event.updated"])
                #expect(changes.first?.data["title"].string == "Second")
                #expect(try link.mirror()[id]?["title"].string == "Second")
                let known = try link.mailbox.item(id)["lastModifiedDateTime"]

                // In the next round, older: nothing. Equal or absent: the last that was read.
                let old = try await replay(id, of: link, "Older", modified: "2020-01-01T00:00:00Z")
                #expect(old.isEmpty)
                let equal = try await replay(id, of: link, "Equal", modified: known)
                #expect(equal.map { $0.data["title"].string } == ["Equal"])
                let absent = try await replay(id, of: link, "Absent", modified: nil)
                #expect(absent.map { $0.data["title"].string } == ["Absent"])

                // The calendar's own version again, in two pages.
                let last = try await link.changesOfSync {
                    try fleet.simulator.limitPages(to: 1)
                    try link.mailbox.touch(id)
                    try fleet.simulator.add(.page("duplicate"))
                }
                #expect(last.map { $0.data["title"].string } == ["Second"])
                try await link.settle()
            }
        }

        /// Has an event come again in the next round, with another title and another time of its last change.
        private func replay(_ id: String, of link: Link, _ title: String, modified: JSON?) async throws -> [StreamEntry]
        {
            try await link.changesOfSync {
                try link.mailbox.touch(id)
                var effect: JSON = ["setMembers": ["subject": .string(title)]]
                if let modified { effect["setMembers"]["lastModifiedDateTime"] = modified }
                if modified == nil { effect["dropMembers"] = ["lastModifiedDateTime"] }
                try link.fleet.simulator.add(Fault(path: Fault.delta, times: 1, effect: effect))
            }
        }

        @Test("S24 the removal of an event never seen is nothing")
        func removalOfTheUnknown() async throws {
            try await Fleet.run { fleet in
                let link = try fleet.link()
                try link.mailbox.create(GraphEvent.timed("Stays", fleet.day(1)))
                try await link.connect()
                let changes = try await link.changesOfSync {
                    // Came and went between two syncs; and what happens outside the window comes as a removal, too.
                    try link.mailbox.delete(try link.mailbox.create(GraphEvent.timed("Brief", fleet.day(2))))
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
                let slot = try await link.push(Booking.upsert("a", fleet.day(1)))
                #expect(slot.outcomes == ["a confirmed"], "its slot is free")
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
                let first = try link.mailbox.create(GraphEvent.timed("First", fleet.day(1)))
                let twin = try link.mailbox.create(
                    GraphEvent.timed("Twin", fleet.day(2)), ["caseTwinOf": .string(first)])
                #expect(first != twin && first.lowercased() == twin.lowercased())
                let ids = [first, twin]
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
                let event = GraphEvent.timed(
                    "Both", fleet.day(1), ["uid": "040000008200E00074C5B7101A82E00800000000SAME"])
                let id = try first.mailbox.create(event)
                let copy = try second.mailbox.create(event)
                #expect(try first.mailbox.item(id)["iCalUId"] == second.mailbox.item(copy)["iCalUId"])
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
