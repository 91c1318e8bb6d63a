import FleetStore
import FleetWorker
import Foundation
import GraphSimulator
import TestSupport
import Testing

// Goal: S21, a worker lost at any point of a round: the next one ends with the whole set, told once, and asks for the
// next page, not for the first. The worker is held at a point, then reaped as a frozen one would be.
@Suite("Resuming", .timeLimit(.minutes(1))) struct ResumeTests {
    private static let mailbox = "room@example.com"

    @Test("a round goes on from its last staged page", arguments: [0, 2, 4])
    func pages(lostAt page: Int) async throws {
        let announced = Announcements()
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.withWorker(hooks: announced.hooks, configure: { $0.lease = .seconds(3) }) { _ in
                try await fleet.connect("r", to: Self.mailbox)
                for number in 0..<60 { try fleet.graph.addEvent(Self.mailbox, "N\(number)", hours: Double(number + 1)) }
                try fleet.graph.limitPages(10)
                let before = try fleet.graph.requests().count
                announced.hold { if case .pageStaged(_, page) = $0 { true } else { false } }
                try await fleet.push("{\"kind\":\"sync\",\"id\":\"s-1\",\"tenant_id\":\"acme\",\"resource_id\":\"r\"}")
                try await announced.reached("the page") { if case .pageStaged(_, page) = $0 { true } else { false } }
                try await fleet.pretendDead(try await fleet.ownerName())
                try await announced.reached("another name") { $0 == .ownerReplaced }
                announced.release()
                let entry = try await fleet.result("s-1")
                #expect(entry.type == "sync.succeeded")
                #expect(entry.data.int("created") == 60)
                #expect(try fleet.graph.requests().count - before == 6)
            }
            #expect(try await fleet.changes.count { $0.type == "event.created" } == 60)
            #expect(try await fleet.mirror("r").count == 60)
            #expect(try await fleet.allKeys().filter { $0.hasPrefix("stage") } == [])
        }
    }

    @Test("a commit goes on from its last slice: each event is told once, and nothing is asked again")
    func slices() async throws {
        let announced = Announcements()
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.withWorker(hooks: announced.hooks, configure: { $0.lease = .seconds(3) }) { _ in
                try await fleet.connect("r", to: Self.mailbox)
                try fleet.graph.control(
                    "POST", "/mailboxes/\(Self.mailbox)/calendars/default/seed", ["count": 1200, "days": 300])
                announced.hold { if case .sliceCommitted(_, 1) = $0 { true } else { false } }
                try await fleet.push("{\"kind\":\"sync\",\"id\":\"s-1\",\"tenant_id\":\"acme\",\"resource_id\":\"r\"}")
                try await announced.reached("the slice") { if case .sliceCommitted(_, 1) = $0 { true } else { false } }
                #expect(try await fleet.mirror("r").count == 1000)
                let calls = try fleet.graph.requests().count
                try await fleet.pretendDead(try await fleet.ownerName())
                try await announced.reached("another name") { $0 == .ownerReplaced }
                announced.release()
                #expect(try await fleet.result("s-1").type == "sync.succeeded")
                #expect(try fleet.graph.requests().count == calls)
            }
            let told = try await fleet.changes.filter { $0.type == "event.created" }.compactMap { $0["event_id"] }
            #expect(told.count == 1200 && Set(told).count == 1200)
            #expect(try await fleet.mirror("r").count == 1200)
        }
    }

    @Test("a connect that is lost in the middle shows nothing before its end, and everything then")
    func connect() async throws {
        let announced = Announcements()
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.control(
                "POST", "/mailboxes/\(Self.mailbox)/calendars/default/seed", ["count": 1200, "days": 300])
            announced.hold { if case .sliceCommitted(_, 0) = $0 { true } else { false } }
            try await fleet.withWorker(hooks: announced.hooks, configure: { $0.lease = .seconds(3) }) { _ in
                let tokens = try fleet.graph.tokens(Self.mailbox)
                try await fleet.push(
                    "{\"kind\":\"connect\",\"id\":\"c\",\"tenant_id\":\"acme\",\"resource_id\":\"r\","
                        + "\"oauth_token\":\(tokens)}")
                try await announced.reached("the slice") { if case .sliceCommitted = $0 { true } else { false } }
                #expect(try await fleet.mirror("r").isEmpty)
                try await fleet.pretendDead(try await fleet.ownerName())
                try await announced.reached("another name") { $0 == .ownerReplaced }
                announced.release()
                let entry = try await fleet.result("c")
                #expect(entry.data.int("events") == 1200)
                #expect(try await fleet.mirror("r").count == 1200)
                #expect(try await fleet.changes.map(\.type) == ["calendar.connected"])
                #expect(try await fleet.allKeys().filter { $0.hasPrefix("fresh") || $0.hasPrefix("stage") } == [])
            }
        }
    }
}
