import Foundation
import Graph
import Telemetry
import Testing

/// Goal: tokens are asked for as the token endpoint wants it, and its answers read with care. Method: a server that
/// answers by script, and what it was asked.
@Suite(.timeLimit(.minutes(1))) struct LoginClientTests {
    private let grant = """
        {"token_type":"Bearer","scope":"Calendars.ReadWrite","expires_in":3599,"ext_expires_in":3599,
        "access_token":"at-1","refresh_token":"rt-2","id_token":"x.y.z"}
        """

    private func tokenError(_ answer: ScriptedGraph.Answer) async throws -> TokenError? {
        try await ScriptedGraph.run([answer]) { graph in
            await #expect(throws: TokenError.self) { try await graph.login().refresh(Secret("rt-1")) }
        }
    }

    @Test("a refresh: grant type, client and its secret, encoded; the rotated token comes back (S07)")
    func refresh() async throws {
        try await ScriptedGraph.run([.init(200, grant)]) { graph in
            let grant = try await graph.login().refresh(Secret("rt=1&x"))
            #expect(
                grant
                    == TokenGrant(
                        accessToken: AccessToken(Secret("at-1"), expiresAt: Date(timeIntervalSince1970: 1_003_599)),
                        refreshToken: Secret("rt-2"), scope: "Calendars.ReadWrite"))
            let asked = try await graph.asked()
            #expect(asked[0].method == "POST" && asked[0].target == "/common/oauth2/v2.0/token")
            #expect(asked[0].header("content-type") == "application/x-www-form-urlencoded")
            #expect(
                asked[0].body == "grant_type=refresh_token&refresh_token=rt%3D1%26x&client_id=client-1"
                    + "&client_secret=s%26e%3Dc%2Br%2Fet")
        }
    }

    @Test("an answer without a refresh token leaves the old one in use (S08)")
    func noNewRefreshToken() async throws {
        try await ScriptedGraph.run([.init(200, "{\"access_token\":\"at\",\"expires_in\":\"60\"}")]) { graph in
            let grant = try await graph.login(secret: nil).refresh(Secret("rt-1"))
            #expect(grant.refreshToken == nil)
            #expect(grant.accessToken.expiresAt == Date(timeIntervalSince1970: 1_000_060))
            let asked = try await graph.asked()
            #expect(!asked[0].body.contains("client_secret"))
        }
    }

    @Test("app-only: the directory's own endpoint, and the scope of everything consented to")
    func clientCredentials() async throws {
        try await ScriptedGraph.run([.init(200, "{\"access_token\":\"at\",\"token_type\":\"bearer\"}")]) { graph in
            let grant = try await graph.login().clientCredentials(directory: "contoso.com/../x")
            #expect(grant.refreshToken == nil && grant.accessToken.expiresAt == nil)
            let asked = try await graph.asked()
            #expect(asked[0].target == "/contoso.com%2F..%2Fx/oauth2/v2.0/token")
            #expect(asked[0].body.contains("scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"))
            #expect(asked[0].body.hasPrefix("grant_type=client_credentials&"))
        }
    }

    @Test(
        "an answer 200 without a usable token is tried again later",
        arguments: [
            "", "<html></html>", "{}", "{\"access_token\":\"\"}", "{\"access_token\":7}",
            "{\"access_token\":\"a\\r\\nX: y\"}", "{\"access_token\":\"a\",\"token_type\":\"mac\"}",
        ])
    func unusable(body: String) async throws {
        #expect(try await tokenError(.init(200, body))?.action == .retry(after: nil))
    }

    @Test("an absurd lifetime is cut", arguments: [("-5", 0), ("999999999999", 604_800)])
    func lifetime(text: String, seconds: Double) async throws {
        try await ScriptedGraph.run([.init(200, "{\"access_token\":\"at\",\"expires_in\":\(text)}")]) { graph in
            let grant = try await graph.login().refresh(Secret("rt-1"))
            #expect(grant.accessToken.expiresAt == Date(timeIntervalSince1970: 1_000_000 + seconds))
        }
    }

    @Test("refusals are sorted; trouble is never a refusal (S09, S10)")
    func refusals() async throws {
        let revoked = "{\"error\":\"invalid_grant\",\"error_codes\":[50173],\"trace_id\":\"t\"}"
        #expect(try await tokenError(.init(400, revoked))?.action == .reconnect)
        #expect(try await tokenError(.init(401, "{\"error\":\"invalid_client\"}"))?.action == .operator)
        #expect(
            try await tokenError(.init(503, "", headers: ["Retry-After": "3"]))?.action == .retry(after: .seconds(3)))
        #expect(try await tokenError(.init(0, close: true))?.action == .retry(after: nil))
        #expect(try await tokenError(.init(302, "", headers: ["Location": "{base}/x"]))?.action == .permanent)
    }

    @Test("no token shows in any text")
    func silence() async throws {
        let grant = TokenGrant(
            accessToken: AccessToken(Secret("at-secret")), refreshToken: Secret("rt-secret"), scope: nil)
        #expect(!String(reflecting: grant).contains("secret\""))
        #expect(!"\(grant)".contains("at-secret") && !"\(grant)".contains("rt-secret"))
        let error = try await tokenError(.init(400, "{\"error\":\"rt-1 rt-1\"}"))
        #expect(error.map { "\($0)".contains("rt-1") } == false)
    }
}
