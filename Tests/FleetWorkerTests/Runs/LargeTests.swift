import Foundation
import GraphSimulator
import Testing

@Suite("Large calendars", .timeLimit(.minutes(1))) struct LargeTests {
    private static let mailbox = "room@example.com"

    // The whole of S33, with 10,000 events and memory, is a system test: a debug build takes 20 s for it.
    @Test(
        "a first sync of many pages costs them and three calls, is committed in slices, and others' jobs pass meanwhile"
    )
    func manyPages() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.control(
                "POST", "/mailboxes/\(Self.mailbox)/calendars/default/seed", ["count": 2000, "days": 300])
            let tokens = try fleet.graph.tokens(Self.mailbox)
            try await fleet.push(
                "{\"kind\":\"connect\",\"id\":\"c\",\"tenant_id\":\"acme\",\"resource_id\":\"r\","
                    + "\"oauth_token\":\(tokens)}")
            var others = 0
            while try await fleet.mirror("r").isEmpty {
                others += 1
                #expect(try await fleet.sync("x\(others)", id: "s-\(others)").code == "not_connected")
            }
            #expect(others > 1)
            #expect(try await fleet.result("c").data.int("events") == 2000)
            #expect(try fleet.graph.requests().count <= 2000 / 250 + 3)
            #expect(try await fleet.mirror("r").count == 2000)
            try fleet.graph.addEvent(Self.mailbox, "One more", hours: 5)
            #expect(try await fleet.sync("r").data.int("created") == 1)
        }
    }
}
