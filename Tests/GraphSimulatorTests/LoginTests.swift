import Foundation
import GraphSimulator
import Testing

/// Goal: the token endpoint answers as Microsoft's does, errors with their numbers included.
@Suite struct LoginTests {
    private static let app = [
        ("client_id", SimulatorOptions.defaultClientID), ("client_secret", SimulatorOptions.defaultClientSecret),
    ]

    private func ask(
        _ client: Client, _ form: [(String, String)], tenant: String = "common",
        type: String = "application/x-www-form-urlencoded"
    ) async throws -> Client.Reply {
        let text = form.map { "\($0.0)=\($0.1.addingPercentEncoding ?? "")" }.joined(separator: "&")
        return try await client.send(
            "POST", "\(client.simulator.url)/\(tenant)/oauth2/v2.0/token", raw: (type, text))
    }

    private func tokens(_ client: Client) throws -> String {
        let tokens = try client.simulator.simulator.control(
            "POST", "/control/tokens", ["mailbox": "ada@contoso.example"])
        return try #require(tokens["refresh_token"]?.string)
    }

    private func number(_ reply: Client.Reply) -> Int? { reply["error_codes"]?[0]?.integer }

    @Test(
        "a refresh gives a token that works and a new refresh token; the old one stays good unless it is told not to",
        arguments: [("rotate", 200), ("strict", 400)])
    func rotation(mode: String, status: Int) async throws {
        try await withAda { client in
            try client.simulator.simulator.control("PATCH", "/control/settings", ["rotation": .string(mode)])
            let first = try tokens(client)
            let form = Self.app + [("grant_type", "refresh_token"), ("refresh_token", first)]
            let reply = try await ask(client, form)
            #expect(reply.status == 200)
            #expect(reply["token_type"] == "Bearer")
            #expect((3600...5400).contains(reply["expires_in"]?.integer ?? 0))
            #expect(reply["scope"]?.string?.contains("Calendars.ReadWrite") == true)
            let next = try #require(reply["refresh_token"]?.string)
            #expect(next != first)
            var fresh = client
            fresh.token = reply["access_token"]?.string
            #expect(try await fresh.get("/me/calendar").status == 200)
            #expect(try await ask(client, form).status == status)
            #expect(
                try await ask(client, Self.app + [("grant_type", "refresh_token"), ("refresh_token", next)]).status
                    == 200)
        }
    }

    @Test("told to keep refresh tokens, the answer has none and the old one goes on working")
    func keep() async throws {
        var options = SimulatorOptions()
        options.rotation = .keep
        try await withAda(options: options) { client in
            let form = Self.app + [("grant_type", "refresh_token"), ("refresh_token", try tokens(client))]
            for _ in 0..<3 {
                let reply = try await ask(client, form)
                #expect(reply.status == 200 && reply["refresh_token"] == nil)
            }
        }
    }

    @Test("consent that ended is invalid_grant, access tokens die with it, and it can come back")
    func revoked() async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            let form = Self.app + [("grant_type", "refresh_token"), ("refresh_token", try tokens(client))]
            try simulator.control("POST", "/control/consent", ["mailbox": "ada@contoso.example"])
            let reply = try await ask(client, form)
            #expect(reply.status == 400)
            #expect(reply["error"] == "invalid_grant")
            #expect(number(reply) == 50173)
            #expect(reply["error_description"]?.string?.hasPrefix("AADSTS50173: ") == true)
            #expect(reply["trace_id"] != nil && reply["correlation_id"] != nil && reply["timestamp"] != nil)
            #expect(try await client.get("/me/calendar").status == 401)
            try simulator.control("POST", "/control/consent", ["mailbox": "ada@contoso.example", "refusal": nil])
            #expect(try await ask(client, form).status == 200)
        }
    }

    @Test("an unused refresh token dies after 90 days, one that is used lives on")
    func lifetime() async throws {
        try await withAda { client in
            let old = try tokens(client)
            try client.simulator.simulator.control("POST", "/control/clock", ["advance": 7_700_000])
            let used = try await ask(client, Self.app + [("grant_type", "refresh_token"), ("refresh_token", old)])
            let next = try #require(used["refresh_token"]?.string)
            try client.simulator.simulator.control("POST", "/control/clock", ["advance": 7_700_000])
            let dead = try await ask(client, Self.app + [("grant_type", "refresh_token"), ("refresh_token", old)])
            #expect(number(dead) == 700_082)
            #expect(
                try await ask(client, Self.app + [("grant_type", "refresh_token"), ("refresh_token", next)]).status
                    == 200)
        }
    }

    @Test("client credentials: a token for the directory's mailboxes, no refresh token, not for /me")
    func clientCredentials() async throws {
        try await withAda { client in
            let form =
                Self.app + [("grant_type", "client_credentials"), ("scope", "https://graph.microsoft.com/.default")]
            let reply = try await ask(client, form, tenant: "contoso.example")
            #expect(reply.status == 200)
            #expect(reply["refresh_token"] == nil && reply["scope"] == nil)
            var app = client
            app.token = reply["access_token"]?.string
            #expect(try await app.get("/users/ada@contoso.example/calendar").status == 200)
            let me = try await app.get("/me/calendar")
            #expect((me.status, me.code) == (400, "BadRequest"))
            #expect(try await app.get("/users/nobody@contoso.example/calendar").status == 404)
            try client.simulator.simulator.control("POST", "/control/mailboxes", ["address": "eve@other.example"])
            #expect(try await app.get("/users/eve@other.example/calendar").status == 404)
            #expect(number(try await ask(client, form)) == 9_001_023)
            let named = Self.app + [("grant_type", "client_credentials"), ("scope", "Calendars.Read")]
            #expect(number(try await ask(client, named, tenant: "contoso.example")) == 1_002_012)
        }
    }

    @Test("apps: unknown, wrong secret, none, expired, disabled")
    func apps() async throws {
        try await withAda { client in
            let rest = [("grant_type", "refresh_token"), ("refresh_token", try tokens(client))]
            let id = SimulatorOptions.defaultClientID
            #expect(number(try await ask(client, [("client_id", "x"), ("client_secret", "y")] + rest)) == 700_016)
            let wrong = try await ask(client, [("client_id", id), ("client_secret", "y")] + rest)
            #expect((wrong.status, wrong["error"], number(wrong)) == (401, "invalid_client", 7_000_215))
            #expect(number(try await ask(client, [("client_id", id)] + rest)) == 7_000_218)
            #expect(number(try await ask(client, rest)) == 900_144)
            let simulator = client.simulator.simulator
            try simulator.control("PATCH", "/control/apps", ["id": .string(id), "expired": true])
            #expect(number(try await ask(client, Self.app + rest)) == 7_000_222)
            try simulator.control("PATCH", "/control/apps", ["id": .string(id), "expired": false, "disabled": true])
            #expect(number(try await ask(client, Self.app + rest)) == 7_000_112)
        }
    }

    @Test("requests that are wrong: grant, tenant, content type, method, scope")
    func wrong() async throws {
        try await withAda { client in
            let refresh = [("grant_type", "refresh_token"), ("refresh_token", try tokens(client))]
            #expect(try await ask(client, Self.app + [("grant_type", "password")])["error"] == "unsupported_grant_type")
            #expect(number(try await ask(client, Self.app + refresh, tenant: "nowhere.example")) == 90002)
            #expect(number(try await ask(client, Self.app + refresh, type: "application/json")) == 900_144)
            let get = try await client.get("\(client.simulator.url)/common/oauth2/v2.0/token")
            #expect(get.status == 400)
            #expect(
                try await ask(client, Self.app + refresh + [("scope", "Mail.Nonsense")])["error"] == "invalid_scope")
            #expect(number(try await ask(client, Self.app + refresh + [("scope", "Place.Read.All")])) == 65001)
        }
    }
}
