import GraphSimulator
import Testing

/// Goal: limits hold in every window, per app and mailbox, and refused requests count.
@Suite struct ThrottleTests {
    @Test(
        "one request too many is 429 with Retry-After, hammering keeps the door shut, other mailboxes go on"
    )
    func requests() async throws {
        var options = SimulatorOptions()
        options.mailboxLimit = 5
        options.mailboxWindow = 100
        try await withAda(options: options) { client in
            let simulator = client.simulator.simulator
            try simulator.control("POST", "/control/mailboxes", ["address": "bob@contoso.example"])
            let tokens = try simulator.control("POST", "/control/tokens", ["mailbox": "bob@contoso.example"])
            for _ in 0..<5 { #expect(try await client.get("/me/calendar").status == 200) }
            let refused = try await client.get("/me/calendar")
            #expect((refused.status, refused.code) == (429, "ApplicationThrottled"))
            let wait = try #require(refused.header("retry-after").flatMap(Double.init))
            #expect((95...101).contains(wait))
            let bob = Client(simulator: client.simulator, token: tokens["access_token"]?.string)
            #expect(try await bob.get("/me/calendar").status == 200)
            // Half the window later the first requests still count, and so did the refused one.
            try simulator.control("POST", "/control/clock", ["advance": 50])
            #expect(try await client.get("/me/calendar").status == 429)
            try simulator.control("POST", "/control/clock", ["advance": 51])
            #expect(try await client.get("/me/calendar").status == 200)
        }
    }

    @Test("a fifth request at once on one mailbox is 429 with a short Retry-After")
    func atOnce() async throws {
        var options = SimulatorOptions()
        options.latencyMilliseconds = 200
        try await withAda(options: options) { client in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<7 { group.addTask { try await client.get("/me/calendar").status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 200 }.count >= 4)
            let statistics = try client.simulator.simulator.control("GET", "/control/statistics")
            let peak = try #require(statistics["atOnce"]?[0]?["peak"]?.integer)
            #expect(statuses.contains(429) == (peak > 4))
        }
    }

    @Test("the app's limit counts over all mailboxes")
    func app() async throws {
        var options = SimulatorOptions()
        options.appLimit = 3
        options.appWindow = 1000
        try await withAda(options: options) { client in
            var statuses: [Int] = []
            for _ in 0..<4 { statuses.append(try await client.get("/me/calendar").status) }
            #expect(statuses == [200, 200, 200, 429])
        }
    }

    @Test("what is written counts in bytes, per mailbox, over five minutes")
    func upload() async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            try simulator.control("PATCH", "/control/settings", ["uploadLimit": 1000])
            let small = event("A", "2026-06-01T10:00:00", "2026-06-01T11:00:00")
            let large = event(
                String(repeating: "x", count: 800), "2026-06-01T10:00:00", "2026-06-01T11:00:00")
            #expect(try await client.send("POST", "/me/events", small).status == 201)
            let refused = try await client.send("POST", "/me/events", large)
            #expect((refused.status, refused.code) == (429, "ApplicationThrottled"))
            #expect(try await client.get("/me/calendar").status == 200, "reading uploads nothing")
            try simulator.control("POST", "/control/clock", ["advance": 301])
            #expect(try await client.send("POST", "/me/events", large).status == 201)
        }
    }
}
