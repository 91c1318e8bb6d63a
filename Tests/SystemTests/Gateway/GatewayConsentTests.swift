// Goal: a consent becomes a connection, once, for the tenant that asked; everything else is a page that says what to
// do, and nothing is enqueued. Method: the simulator's login service, a browser's steps by hand.

import Foundation
import TestSupport
import Testing

@Suite("Gateway: consent")
struct GatewayConsentTests {
    /// What Microsoft's page would be asked, from the gateway's redirect.
    private static func location(
        _ gateway: GatewayProgram, _ query: String = "resource_id=room-1"
    ) throws -> URLComponents {
        let answer = try gateway.call("GET", "/calendars/outlook/authorize?\(query)")
        #expect(answer.status == 302, "\(answer.text)")
        return try #require(answer.header("Location").flatMap { URLComponents(string: $0) })
    }

    /// The path and query that the browser is sent back to after a decision.
    private static func back(_ location: URLComponents, _ decision: String, _ fleet: Fleet) throws -> String {
        let query = "\(location.percentEncodedPath)?\(location.percentEncodedQuery ?? "")"
        let answer = try fleet.simulator.http.request(
            "GET", query + "&sim_mailbox=olga%40acme.example&sim_decision=\(decision)")
        #expect(answer.status == 302, "\(answer.text)")
        let back = try #require(answer.header("Location").flatMap { URLComponents(string: $0) })
        return "\(back.percentEncodedPath)?\(back.percentEncodedQuery ?? "")"
    }

    @Test("a consent connects the calendar, and its link works once, at whichever instance")
    func accept() async throws {
        try await Fleet.run { fleet in
            try await fleet.withGateways(2, ["--public-url", "http://127.0.0.1:9"]) { gateways in
                _ = try fleet.simulator.mailbox("olga@acme.example")
                let location = try Self.location(gateways[0], "resource_id=room-1&frequency=PT10M")
                let items = location.queryItems ?? []
                #expect(items.first { $0.name == "code_challenge_method" }?.value == "S256")
                #expect(
                    items.first { $0.name == "redirect_uri" }?.value == "http://127.0.0.1:9/calendars/outlook/callback")
                let back = try Self.back(location, "accept", fleet)
                let page = try gateways[1].http.request("GET", back)
                #expect(page.status == 200 && page.text.contains("Your calendar is connected"), "\(page.text)")
                let list = try gateways[0].call("GET", "/calendars/outlook").json["calendars"].elements
                #expect(list.first?["resource_id"].string == "room-1" && list.first?["frequency"].string == "PT10M")

                let again = try gateways[0].http.request("GET", back)
                #expect(again.status == 400 && again.text.contains("used already"))
                #expect(try fleet.results().filter { $0.type.hasPrefix("connect.") }.count == 1)
                try fleet.expectNoSecretAnywhere()
            }
        }
    }

    @Test("a consent ends at another instance also when that one's machine has its clock an hour off")
    func skewed() async throws {
        try await Fleet.run { fleet in
            let clock = try await VirtualClock()
            try clock.advance(by: .seconds(3600))
            let skewed = try await GatewayProgram.start(
                fleet, ["--public-url", "http://127.0.0.1:9"], environment: clock.environment)
            defer { skewed.signal(SIGKILL) }
            try await fleet.withGateways(1, ["--public-url", "http://127.0.0.1:9"]) { gateways in
                _ = try fleet.simulator.mailbox("olga@acme.example")
                for (number, pair) in [(gateways[0], skewed), (skewed, gateways[0])].enumerated() {
                    let back = try Self.back(try Self.location(pair.0, "resource_id=room-\(number)"), "accept", fleet)
                    let page = try pair.1.http.request("GET", back)
                    #expect(page.status == 200 && page.text.contains("Your calendar is connected"), "\(page.text)")
                }
            }
        }
    }

    @Test("a user who says no reads what to do")
    func deny() async throws {
        try await Fleet.run(Fleet.Options(workers: 0)) { fleet in
            try await fleet.withGateways { gateways in
                _ = try fleet.simulator.mailbox("olga@acme.example")
                let back = try Self.back(try Self.location(gateways[0]), "deny", fleet)
                let page = try gateways[0].http.request("GET", back)
                #expect(page.status == 403 && page.text.contains("give access") && page.text.contains("AADSTS65004"))
                try GatewayBadInputTests.expectNothingEnqueued(fleet)
            }
        }
    }

    @Test("with a return URL the browser goes back to the product, also after a no")
    func returns() async throws {
        try await Fleet.run { fleet in
            try await fleet.withGateways(1, ["--return-url", "https://sched.example/done"]) { gateways in
                _ = try fleet.simulator.mailbox("olga@acme.example")
                let back = try Self.back(try Self.location(gateways[0]), "accept", fleet)
                let answer = try gateways[0].http.request("GET", back)
                #expect(answer.status == 302)
                #expect(
                    answer.header("Location")?.hasPrefix(
                        "https://sched.example/done?status=connecting&resource_id=room-1&job_id=") == true)
                let no = try Self.back(try Self.location(gateways[0], "resource_id=room-2"), "deny", fleet)
                let declined = try gateways[0].http.request("GET", no)
                #expect(declined.status == 302)
                #expect(
                    declined.header("Location") == "https://sched.example/done?status=declined&resource_id=room-2")
                let twice = try gateways[0].http.request("GET", no)
                #expect(twice.status == 400)
                #expect(twice.text.contains("status=failed&amp;resource_id=room-2&amp;reason=used\""), "\(twice.text)")
            }
        }
    }

    @Test("an administrator's consent becomes an app-only connect")
    func administrator() async throws {
        try await Fleet.run(Fleet.Options(workers: 0)) { fleet in
            try await fleet.withGateways { gateways in
                let location = try Self.location(
                    gateways[0], "resource_id=room-1&directory=acme.example&mailbox=room@acme.example")
                #expect(location.path == "/acme.example/adminconsent")
                let state = try #require(location.queryItems?.first { $0.name == "state" }?.value)
                let answer = try gateways[0].http.request(
                    "GET", "/calendars/outlook/callback?tenant=acme.example&admin_consent=True&state=\(state)")
                #expect(answer.status == 200, "\(answer.text)")
                let payload = try fleet.probe.call("LRANGE", fleet.key("jobs"), "0", "-1").strings.first ?? ""
                #expect(JSON(text: payload)?["app_only"]["directory"].string == "acme.example")
            }
        }
    }

    @Test("forged, changed and missing states, foreign codes and odd answers enqueue nothing")
    func forged() async throws {
        try await Fleet.run(Fleet.Options(workers: 0)) { fleet in
            try await fleet.withGateways { gateways in
                let location = try Self.location(gateways[0])
                let state = try #require(location.queryItems?.first { $0.name == "state" }?.value)
                #expect(!state.contains("acme") && !state.contains("room-1"))
                var changed = state
                changed.removeLast(2)
                for query in ["", "code=x", "code=x&state=", "code=x&state=\(changed)AA", "code=x&state=k1:AAAA"] {
                    let answer = try gateways[0].http.request("GET", "/calendars/outlook/callback?\(query)")
                    #expect(answer.status == 400, "\(query): \(answer.text)")
                }
                let code = try gateways[0].http.request(
                    "GET", "/calendars/outlook/callback?code=made-up&state=\(state)")
                #expect(code.status == 400 && code.text.contains("This sign-in is over"), "\(code.text)")
                let bad = try gateways[0].call("GET", "/calendars/outlook/authorize?resource_id=room-1&frequency=often")
                #expect(bad.status == 400)
                try GatewayBadInputTests.expectNothingEnqueued(fleet)
            }
        }
    }

    /// What Microsoft sends to the redirect URI instead of a code: `error`, a number in `error_description`, and what
    /// our page must say about it (Microsoft identity platform, "OAuth 2.0 authorization code flow", error response).
    static let refusals: [(error: String, number: Int?, status: Int, words: String)] = [
        ("access_denied", 90094, 403, "Ask your IT department"),
        ("access_denied", 50105, 403, "Ask your IT department"),
        ("invalid_client", 650_052, 403, "Ask your IT department"),
        ("consent_required", 65001, 403, "Ask your IT department"),
        ("permission_denied", nil, 403, "Ask your IT department"),
        ("access_denied", 53003, 403, "Ask your IT department"),
        ("invalid_request", 50020, 403, "choose the account"), ("access_denied", 50034, 403, "choose the account"),
        ("interaction_required", 50076, 403, "follow what Microsoft asks"),
        ("login_required", 50058, 403, "follow what Microsoft asks"),
        ("invalid_grant", 50173, 403, "follow what Microsoft asks"),
        ("invalid_request", 50011, 502, "tell the support"), ("unauthorized_client", 700_016, 502, "tell the support"),
        ("invalid_client", 7_000_222, 502, "tell the support"), ("invalid_scope", 70011, 502, "tell the support"),
        ("unsupported_response_type", 700_051, 502, "tell the support"),
        ("invalid_resource", 500_011, 502, "tell the support"),
        ("temporarily_unavailable", nil, 503, "in a few minutes"), ("server_error", 90033, 503, "in a few minutes"),
        ("new_in_2030", nil, 502, "tell the support"), ("<script>alert(1)</script>", nil, 502, "tell the support"),
    ]

    @Test("whatever Microsoft sends instead of a code is a page that says what to do, and starts nothing")
    func refused() async throws {
        try await Fleet.run(Fleet.Options(workers: 0)) { fleet in
            try await fleet.withGateways(1, ["--return-url", "https://sched.example/done"]) { gateways in
                for refusal in Self.refusals {
                    let fresh = try Self.location(gateways[0]).queryItems?.first { $0.name == "state" }?.value
                    let description =
                        (refusal.number.map { "AADSTS\($0): " } ?? "") + "The user <b>secret</b> says. Trace ID: 1"
                    let answer = try gateways[0].http.request(
                        "GET",
                        "/calendars/outlook/callback?error=\(GatewayCallTests.encoded(refusal.error))"
                            + "&error_description=\(GatewayCallTests.encoded(description))&state=\(try #require(fresh))"
                    )
                    let page = answer.text
                    #expect(answer.status == refusal.status, "\(refusal): \(page)")
                    #expect(page.contains(refusal.words), "\(refusal): \(page)")
                    #expect(refusal.number.map { page.contains("AADSTS\($0)<") } ?? true, "\(refusal): \(page)")
                    #expect(
                        page.contains("href=\"https://sched.example/done?status=failed&amp;resource_id="), "a way back")
                    for text in ["<script>", "<b>", "secret", "Trace ID"] {
                        #expect(!page.contains(text), "\(refusal)")
                    }
                    #expect(answer.header("Content-Type") == "text/html; charset=utf-8")
                    #expect(answer.header("Content-Security-Policy")?.contains("default-src 'none'") == true)
                    #expect(answer.header("Referrer-Policy") == "no-referrer", "the state isn't told to others")
                }
                try GatewayBadInputTests.expectNothingEnqueued(fleet)
            }
        }
    }
}
