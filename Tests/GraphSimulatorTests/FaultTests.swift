import Foundation
import FoundationNetworking
import GraphSimulator
import Testing

/// Goal: every fault that a scenario names can be had, hits what it is meant for and nothing else.
@Suite struct FaultTests {
    private func fault(_ client: Client, _ rule: JSON) throws {
        try client.simulator.simulator.control("POST", "/control/faults", rule)
    }

    private func count(_ client: Client) throws -> Int {
        let view = try client.simulator.simulator.control(
            "GET", "/control/mailboxes/ada@contoso.example/calendars/default/view?from=2026-01-01&to=2027-01-01")
        return view["events"]?.array?.count ?? 0
    }

    private static let lunch = event("Lunch", "2026-05-04T12:00:00", "2026-05-04T13:00:00")

    @Test(
        "a cut connection gives no answer; only a cut after carries the request out",
        arguments: [("before", 0), ("after", 1), ("middle", 1)])
    func cut(place: String, events: Int) async throws {
        try await withAda { client in
            try fault(client, ["method": "POST", "path": "/events", "do": ["cut": .string(place)]])
            await #expect(throws: (any Error).self) { try await client.send("POST", "/me/events", Self.lunch) }
            #expect(try count(client) == events)
            #expect(try await client.send("POST", "/me/events", Self.lunch).status == 201)
        }
    }

    @Test("a status instead of the answer, with or without carrying it out")
    func status() async throws {
        try await withAda { client in
            try fault(
                client,
                [
                    "do": ["status": 503, "code": "ConcurrentItemSave", "execute": true, "retryAfter": "2.5"],
                    "method": "POST",
                ])
            let reply = try await client.send("POST", "/me/events", Self.lunch)
            #expect((reply.status, reply.code) == (503, "ConcurrentItemSave"))
            #expect(reply.header("retry-after") == "2.5")
            #expect(try count(client) == 1)
            try fault(client, ["do": ["status": 500, "code": "ErrorInternalServerError"], "times": 2])
            for _ in 0..<2 { #expect(try await client.send("POST", "/me/events", Self.lunch).status == 500) }
            #expect(try count(client) == 1)
            #expect(try await client.get("/me/calendar").status == 200)
        }
    }

    @Test("answers that are no answers: HTML, malformed, truncated, huge, redirects, empty")
    func answers() async throws {
        try await withAda { client in
            try fault(client, ["do": ["status": 502, "html": true]])
            let html = try await client.get("/me/calendar")
            #expect(html.status == 502 && html.header("content-type") == "text/html")
            try fault(client, ["do": ["malformed": true]])
            #expect(throws: (any Error).self) { try JSON(parsing: [UInt8]("{,}}".utf8)) }
            #expect(try await client.get("/me/calendar").json.isNull)
            try fault(client, ["do": ["truncate": 10]])
            await #expect(throws: (any Error).self) { try await client.get("/me/calendar") }
            try fault(client, ["do": ["huge": 300_000]])
            let huge = try await client.get("/me/calendar")
            #expect(huge.body.count > 300_000 && huge["name"] == "Calendar")
            try fault(client, ["do": ["redirect": "https://evil.example/"]])
            let redirect = try await client.get("/me/calendar")
            #expect(redirect.status == 302 && redirect.header("location") == "https://evil.example/")
            try fault(client, ["do": ["status": 504, "body": ""]])
            #expect(try await client.get("/me/calendar").body.isEmpty)
        }
    }

    @Test("a hang lasts until the client gives up, and then holds no place any more")
    func hang() async throws {
        try await withAda { client in
            try fault(client, ["path": "hanging", "do": ["hang": "before"]])
            var request = URLRequest(
                url: try #require(URL(string: client.simulator.graphURL + "/me/calendar?hanging=1")))
            request.timeoutInterval = 0.3
            request.setValue("Bearer \(client.token ?? "")", forHTTPHeaderField: "Authorization")
            let hanging = request
            await #expect(throws: (any Error).self) { try await URLSession.shared.data(for: hanging) }
            #expect(try await client.get("/me/calendar").status == 200)
        }
    }

    @Test("which requests are hit: method, path, mailbox, the n-th, every other, so many, by chance from the seed")
    func matching() async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            let hits = { (rule: JSON) async throws -> [Bool] in
                try simulator.control("DELETE", "/control/faults")
                try fault(client, rule)
                var hits: [Bool] = []
                for _ in 0..<6 { hits.append(try await client.get("/me/calendar").status == 418) }
                return hits
            }
            let teapot: JSON = ["status": 418]
            #expect(try await hits(["do": teapot, "nth": 3]) == [false, false, true, false, false, false])
            #expect(
                try await hits(["do": teapot, "after": 2, "times": 2]) == [false, false, true, true, false, false])
            #expect(try await hits(["do": teapot, "every": 2, "times": 0]) == [true, false, true, false, true, false])
            #expect(try await hits(["do": teapot, "method": "POST|PATCH", "times": 0]).allSatisfy { !$0 })
            #expect(try await hits(["do": teapot, "path": "calendarView", "times": 0]).allSatisfy { !$0 })
            #expect(try await hits(["do": teapot, "mailbox": "ada@contoso.example", "times": 0]).allSatisfy { $0 })
            let chance = try await hits(["do": teapot, "probability": 0.5, "times": 0])
            #expect(chance.contains(true) && chance.contains(false))
        }
    }

    @Test("a person acts just before or just after a request of ours")
    func persons() async throws {
        try await withAda { client in
            let step: JSON = [
                "method": "POST", "path": "/control/mailboxes/ada@contoso.example/calendars/default/events",
                "body": Self.lunch,
            ]
            try fault(client, ["path": "calendarView", "do": ["control": [step]]])
            let view = "/me/calendarView?startDateTime=2026-05-01&endDateTime=2026-06-01"
            #expect(try await client.get(view)["value"]?.array?.count == 1)
            try fault(client, ["path": "calendarView", "do": ["controlAfter": [step]]])
            #expect(try await client.get(view)["value"]?.array?.count == 1)
            #expect(try await client.get(view)["value"]?.array?.count == 2)
        }
    }

    @Test("a token that ends on page three: 401 there, and the same link goes on with a fresh token")
    func expiry() async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            try simulator.control(
                "POST", "/control/mailboxes/ada@contoso.example/calendars/default/seed",
                ["count": 40, "from": "2026-05-01T00:00:00Z", "days": 20])
            try fault(client, ["path": "delta", "nth": 3, "do": ["expireToken": true]])
            var link = "/me/calendarView/delta?startDateTime=2026-05-01&endDateTime=2026-06-01"
            var client = client
            var (count, refusals) = (0, 0)
            while true {
                let page = try await client.get(link)
                if page.status == 401 {
                    refusals += 1
                    let tokens = try simulator.control("POST", "/control/tokens", ["mailbox": "ada@contoso.example"])
                    client.token = tokens["access_token"]?.string
                    continue
                }
                count += page["value"]?.array?.count ?? 0
                guard let next = page["@odata.nextLink"]?.string else { break }
                link = next
            }
            #expect((count, refusals) == (40, 1))
        }
    }

    @Test("a rule that is wrong is refused with the reason")
    func refusals() async throws {
        try await withAda { client in
            for rule: JSON in [
                [:], ["do": ["explode": true]], ["do": ["cut": "sideways"]], ["path": "(", "do": [:]],
                ["mailbox": "nobody", "do": [:]], ["when": 1, "do": [:]],
            ] {
                #expect(throws: SimulatorRefusal.self) { try fault(client, rule) }
            }
        }
    }
}
