import GraphSimulator
import Testing

/// Goal: $batch is parsed as strictly, run and throttled as Graph's.
@Suite struct BatchTests {
    private func item(
        _ id: String, _ method: String = "GET", _ url: String = "/me/calendar", body: JSON? = nil,
        dependsOn: [String]? = nil
    ) -> JSON {
        var object = JSONObject([("id", .string(id)), ("method", .string(method)), ("url", .string(url))])
        if let body {
            object["body"] = body
            object["headers"] = ["Content-Type": "application/json"]
        }
        if let dependsOn { object["dependsOn"] = .array(dependsOn.map(JSON.string)) }
        return .object(object)
    }

    private func send(_ client: Client, _ items: [JSON]) async throws -> Client.Reply {
        try await client.send("POST", "/$batch", ["requests": .array(items)])
    }

    private func statuses(_ reply: Client.Reply) -> [String: Int] {
        Dictionary(
            uniqueKeysWithValues: (reply["responses"]?.array ?? []).compactMap { item in
                item["id"]?.string.flatMap { id in item["status"]?.integer.map { (id, $0) } }
            })
    }

    @Test("each part has its own status, headers and body; the log shows parts and whole")
    func parts() async throws {
        try await withAda { client in
            let made = event("A", "2026-05-04T10:00:00", "2026-05-04T11:00:00")
            let reply = try await send(
                client,
                [item("1"), item("2", "POST", "me/events", body: made), item("3", "GET", "/me/events/AAMkNothing=")])
            #expect(reply.status == 200)
            #expect(statuses(reply) == ["1": 200, "2": 201, "3": 400])
            let created = reply["responses"]?.array?.first { $0["id"] == "2" }
            #expect(created?["body"]?["subject"] == "A")
            #expect(created?["headers"]?["Location"] != nil)
            let log = try client.simulator.simulator.control("GET", "/control/log").array ?? []
            #expect(log.count == 4)
            #expect(log.filter { $0["batch"] != nil }.count == 3)
            #expect(log.filter { $0["path"] == "/v1.0/$batch" }.count == 1)
        }
    }

    @Test("what depends on a failed part is 424")
    func dependencies() async throws {
        try await withAda { client in
            let reply = try await send(
                client,
                [
                    item("a"), item("b", "GET", "/me/events/AAMkNothing=", dependsOn: ["a"]),
                    item("c", dependsOn: ["b"]),
                    item("d", dependsOn: ["c"]),
                ])
            #expect(statuses(reply) == ["a": 200, "b": 400, "c": 424, "d": 424])
        }
    }

    @Test("at most four parts run at once, so one mailbox takes one batch without a 429, two of them not")
    func width() async throws {
        var options = SimulatorOptions()
        options.latencyMilliseconds = 50
        try await withAda(options: options) { client in
            let reply = try await send(client, (0..<20).map { item("\($0)") })
            #expect(statuses(reply).values.allSatisfy { $0 == 200 })
            let statistics = try client.simulator.simulator.control("GET", "/control/statistics")
            #expect(statistics["atOnce"]?[0]?["peak"] == 4)
            async let first = send(client, (0..<20).map { item("\($0)") })
            async let second = send(client, (0..<20).map { item("\($0)") })
            let both = Array(statuses(try await first).values) + Array(statuses(try await second).values)
            #expect(both.contains(429) && both.contains(200))
        }
    }

    @Test("a batch that is wrong is 400 as a whole")
    func wrong() async throws {
        try await withAda { client in
            let batches: [[JSON]] = [
                [], (0..<21).map { item("\($0)") }, [item("a"), item("A")], [item("a", dependsOn: ["b"])],
                [item("a", "POST", "/$batch")], [item("a", "GET", "https://graph.microsoft.com/v1.0/me")],
                [["id": "a", "method": "POST", "url": "/me/events", "body": [:]]], [["id": "a"]],
                [item("a"), item("b", dependsOn: ["a"]), item("c")],
            ]
            for batch in batches {
                let reply = try await send(client, batch)
                #expect(reply.status == 400, "\(JSON.array(batch).text.prefix(200))")
            }
            var stranger = client
            stranger.token = "nonsense"
            #expect(try await send(stranger, [item("a")]).status == 401)
        }
    }
}
