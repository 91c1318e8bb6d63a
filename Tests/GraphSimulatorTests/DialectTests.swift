import Foundation
import Testing

@testable import GraphSimulator

/// Goal: what Graph leaves open is played, and what it refuses is refused.
@Suite struct DialectTests {
    private static let first =
        "/me/calendarView/delta?startDateTime=2026-05-01T00:00:00Z&endDateTime=2026-06-01T00:00:00Z"

    private func speak(_ dialects: Dialect..., at client: Client) throws {
        try client.simulator.simulator.control(
            "PATCH", "/control/settings", ["dialects": .array(dialects.map { .string($0.rawValue) })])
    }

    private func events(_ count: Int, _ client: Client) async throws {
        for number in 1...count {
            let made = event("E\(number)", "2026-05-0\(number)T10:00:00", "2026-05-0\(number)T11:00:00")
            #expect(try await client.send("POST", "/me/events", made).status == 201)
        }
    }

    @Test("odd tokens are good as they stand only: encoded in another way they are refused")
    func oddTokens() async throws {
        try await withAda { client in
            try await events(3, client)
            try speak(.oddTokens, at: client)
            let page = try await client.get(Self.first, prefer: "odata.maxpagesize=2")
            let link = try #require(page["@odata.nextLink"]?.string)
            #expect(link.hasSuffix("%2b%2F'(%c3%a9)!*~%3d%3D"))
            #expect(try await client.get(link.replacing("%c3%a9", with: "%C3%A9")).code == "SyncStateInvalid")
            #expect(try await client.get(link).status == 200)
        }
    }

    @Test(
        "every page dialect tells each event",
        arguments: [Dialect.otherPaths, .emptyPages, .repeats, .shuffled, .nulls, .missing, .extras])
    func pages(dialect: Dialect) async throws {
        try await withAda { client in
            try await events(7, client)
            try speak(dialect, at: client)
            let (items, link) = try await client.round(Self.first, prefer: "odata.maxpagesize=3")
            #expect(Set(items.compactMap { $0["subject"]?.string }).count == 7)
            #expect(dialect == .repeats ? items.count > 7 : items.count == 7)
            #expect(try await client.round(link).items.isEmpty)
        }
    }

    @Test("refused: parameters beside a token, options that don't exist, writes of read-only members")
    func refusals() async throws {
        try await withAda { client in
            try await events(1, client)
            let (items, link) = try await client.round(Self.first)
            #expect(try await client.get(link + "&startDateTime=2026-05-01T00:00:00Z").code == "ErrorInvalidUrlQuery")
            #expect(try await client.get("/me/events?$foo=1").status == 400)
            let id = try #require(items.first?["id"]?.string)
            for name in ["iCalUId", "changeKey", "createdDateTime", "type"] {
                let body = JSON.object(JSONObject([(name, "x")]))
                #expect(try await client.send("PATCH", "/me/events/\(id)", body).code == "ErrorInvalidPropertySet")
            }
        }
    }

    @Test("an endpoint with more than a tenth of slow answers is slow, above 15 % dropped, and well after ten minutes")
    func endpoints() {
        var health = EndpointHealth()
        let now = Instant(seconds: 1_000_000)
        health.answered(items: 50, isSlow: true, at: now)
        #expect(health.state(at: now) == .well, "too few to judge")
        health = EndpointHealth()
        health.answered(items: 88, isSlow: false, at: now)
        health.answered(items: 12, isSlow: true, at: now)
        #expect(health.state(at: now) == .slow)
        health.answered(items: 8, isSlow: true, at: now)
        #expect(health.state(at: now) == .dropped)
        #expect(health.state(at: now.adding(seconds: 599)) == .dropped)
        #expect(health.state(at: now.adding(seconds: 601)) == .well)
    }
}
