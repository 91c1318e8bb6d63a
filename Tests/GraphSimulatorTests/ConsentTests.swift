import Foundation
import GraphSimulator
import Testing

/// Goal: the code flow works as in a browser, with PKCE, and each of its guards holds.
@Suite struct ConsentTests {
    private static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    private static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    private static let redirect = "https://fleet.example/calendars/outlook/callback"

    private func authorize(_ client: Client, _ more: [(String, String)], tenant: String = "common") async throws
        -> Client.Reply
    {
        let query =
            [
                ("client_id", SimulatorOptions.defaultClientID), ("response_type", "code"),
                ("redirect_uri", Self.redirect),
                ("scope", "https://graph.microsoft.com/Calendars.ReadWrite offline_access openid profile"),
                ("state", "s t&te"),
                ("code_challenge", Self.challenge), ("code_challenge_method", "S256"),
            ] + more
        let text = query.map { "\($0.0)=\($0.1.addingPercentEncoding ?? "")" }.joined(separator: "&")
        return try await client.get("\(client.simulator.url)/\(tenant)/oauth2/v2.0/authorize?\(text)")
    }

    private func redeem(
        _ client: Client, _ code: String, verifier: String? = verifier, redirect: String = redirect,
        tenant: String = "common"
    )
        async throws -> Client.Reply
    {
        var form = [
            ("client_id", SimulatorOptions.defaultClientID), ("client_secret", SimulatorOptions.defaultClientSecret),
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect),
        ]
        if let verifier { form.append(("code_verifier", verifier)) }
        let text = form.map { "\($0.0)=\($0.1.addingPercentEncoding ?? "")" }.joined(separator: "&")
        return try await client.send(
            "POST", "\(client.simulator.url)/\(tenant)/oauth2/v2.0/token",
            raw: ("application/x-www-form-urlencoded", text))
    }

    private func parameter(_ name: String, of reply: Client.Reply) throws -> String? {
        let location = try #require(reply.header("location"))
        #expect(location.hasPrefix(Self.redirect + "?"))
        return URLComponents(string: location)?.queryItems?.first { $0.name == name }?.value
    }

    private static let click = [("sim_mailbox", "ada@contoso.example"), ("sim_decision", "accept")]

    @Test("the page names app and users; a click leads back with code and state; the code buys tokens, once")
    func wholeFlow() async throws {
        try await withAda { client in
            let page = try await authorize(client, [])
            #expect(page.status == 200)
            #expect(String(decoding: page.body, as: UTF8.self).contains("ada@contoso.example"))
            let back = try await authorize(client, Self.click)
            #expect(back.status == 302)
            #expect(try parameter("state", of: back) == "s t&te")
            let code = try #require(try parameter("code", of: back))
            let reply = try await redeem(client, code)
            #expect(reply.status == 200)
            #expect(reply["refresh_token"] != nil && reply["id_token"] != nil)
            var ada = client
            ada.token = reply["access_token"]?.string
            #expect(try await ada.get("/me")["mail"] == "ada@contoso.example")
            #expect(try await redeem(client, code)["error_codes"]?[0] == 54005)
        }
    }

    @Test("a code needs its verifier, redirect, tenant and ten minutes")
    func guards() async throws {
        try await withAda { client in
            let code = { try #require(try parameter("code", of: try await authorize(client, Self.click))) }
            #expect(try await redeem(client, code(), verifier: nil).status == 400)
            #expect(try await redeem(client, code(), verifier: String(repeating: "x", count: 43)).status == 400)
            #expect(try await redeem(client, code(), redirect: "https://other.example/").status == 400)
            #expect(try await redeem(client, code(), tenant: "organizations")["error_codes"]?[0] == 700_005)
            let old = try await code()
            try client.simulator.simulator.control("POST", "/control/clock", ["advance": 601])
            #expect(try await redeem(client, old)["error_codes"]?[0] == 70008)
        }
    }

    @Test("no, unknown apps, other redirects and odd scopes")
    func refusals() async throws {
        try await withAda { client in
            let no = try await authorize(client, [("sim_mailbox", "ada@contoso.example"), ("sim_decision", "deny")])
            #expect(try parameter("error", of: no) == "access_denied")
            #expect(try parameter("state", of: no) == "s t&te")
            let consumers = try await authorize(client, Self.click, tenant: "consumers")
            #expect(try parameter("error", of: consumers) == "access_denied")
            let silent = try await authorize(client, [("prompt", "none")])
            #expect(try parameter("error", of: silent) == "interaction_required")
            try client.simulator.simulator.control(
                "PATCH", "/control/apps",
                ["id": .string(SimulatorOptions.defaultClientID), "redirects": ["https://elsewhere.example/"]])
            #expect(try await authorize(client, Self.click).status == 400)
        }
    }

    @Test("without offline_access there is no refresh token")
    func offline() async throws {
        try await withAda { client in
            let code = try client.simulator.simulator.control(
                "POST", "/control/codes",
                [
                    "mailbox": "ada@contoso.example", "redirect": .string(Self.redirect), "scopes": ["Calendars.Read"],
                    "challenge": .string(Self.challenge),
                ])
            let reply = try await redeem(client, try #require(code["code"]?.string))
            #expect(reply.status == 200 && reply["refresh_token"] == nil && reply["id_token"] == nil)
            var ada = client
            ada.token = reply["access_token"]?.string
            #expect(try await ada.get("/me/calendar").status == 200)
            let write = try await ada.send(
                "POST", "/me/events", event("A", "2026-05-04T10:00:00", "2026-05-04T11:00:00"))
            #expect((write.status, write.code) == (403, "ErrorAccessDenied"))
        }
    }
}
