import Crypto
import Foundation

/// Makes tokens that look like Microsoft's: access tokens of work accounts are JWTs that nobody may read, those of
/// personal accounts are opaque; refresh tokens are long. The text says nothing true that a client could use: what a
/// token is good for is only in the simulator's table.
enum TokenMint {
    static func accessToken(
        app: String, directory: String, expires: Instant, claims: [(String, JSON)], random: inout SeededRandom
    ) -> String {
        if directory == Directory.personalID { return "EwB" + Base64.bare(random.bytes(900)) }
        let header: JSON = [
            "typ": "JWT", "nonce": .string(Base64.bare(random.bytes(32))), "alg": "RS256",
            "kid": .string(Base64.bare(random.bytes(20))),
        ]
        var payload = JSONObject([
            ("aud", "https://graph.microsoft.com"),
            ("iss", .string("https://sts.windows.net/\(directory)/")),
            ("exp", JSON(Int(expires.seconds))),
            ("appid", .string(app)),
            ("tid", .string(directory)),
        ])
        payload.members += claims.map { .init(name: $0.0, value: $0.1) }
        return [header.bytes, JSON.object(payload).bytes, random.bytes(256)].map { Base64.bare($0) }
            .joined(separator: ".")
    }

    static func refreshToken(directory: String, random: inout SeededRandom) -> String {
        let prefix = directory == Directory.personalID ? "M.C507_BL2.0.U." : "1.AXoA"
        return prefix + Base64.bare(random.bytes(540))
    }

    static func code(random: inout SeededRandom) -> String { "1.AXoA" + Base64.bare(random.bytes(300)) }

    /// The S256 challenge of a PKCE verifier.
    static func challenge(of verifier: String) -> String { Base64.bare(Array(SHA256.hash(data: Data(verifier.utf8)))) }
}

// MARK: - Handing out

/// The answer to a successful grant.
struct IssuedTokens: Sendable {
    var access: String
    var expiresIn: Int
    var refresh: String?
}

extension World {
    /// Scopes that a sign-in gets when nothing else is said.
    static let usualScopes: Set<String> = [
        "Calendars.ReadWrite", "User.Read", "MailboxSettings.Read", "offline_access",
    ]

    /// Hands out an access token for a grant.
    func issueAccessToken(grant number: Int, scopes: Set<String>? = nil, lifetime: Double? = nil) -> IssuedTokens? {
        guard let grant = login.grants[number], let mailbox = mailbox(grant.mailbox) else { return nil }
        if login.accessTokens.count % 1024 == 1023 { login.forgetOldTokens(at: now) }
        let seconds = lifetime ?? randomLifetime()
        let expires = now.adding(seconds: seconds)
        let granted = (scopes ?? grant.scopes).subtracting(["offline_access", "openid", "profile", "email"])
        let text = TokenMint.accessToken(
            app: grant.app, directory: mailbox.directory, expires: expires,
            claims: [
                ("oid", .string(mailbox.id)), ("scp", .string(granted.sorted().joined(separator: " "))),
                ("upn", .string(mailbox.principalName)),
            ], random: &random)
        login.accessTokens[text] = AccessToken(
            app: grant.app, subject: .user(mailbox: mailbox.id, scopes: granted), expires: expires, grant: number)
        return IssuedTokens(access: text, expiresIn: Int(min(seconds, 4e9)))
    }

    /// Hands out an app's own token for a directory.
    func issueAppToken(app: String, directory: String, lifetime: Double? = nil) -> IssuedTokens {
        let seconds = lifetime ?? randomLifetime()
        let expires = now.adding(seconds: seconds)
        let roles = login.apps[app]?.roles[directory] ?? App.defaultRoles
        let text = TokenMint.accessToken(
            app: app, directory: directory, expires: expires,
            claims: [("roles", JSON(roles.sorted())), ("idtyp", "app")], random: &random)
        login.accessTokens[text] = AccessToken(
            app: app, subject: .app(directory: directory, roles: roles), expires: expires)
        return IssuedTokens(access: text, expiresIn: Int(min(seconds, 4e9)))
    }

    func issueRefreshToken(grant: Int, lifetime: Double? = nil) -> String {
        let directory = login.grants[grant].flatMap { mailbox($0.mailbox)?.directory } ?? ""
        let text = TokenMint.refreshToken(directory: directory, random: &random)
        let expires = now.adding(seconds: lifetime ?? login.refreshTokenLifetime)
        login.refreshTokens[text] = RefreshToken(grant: grant, expires: expires)
        return text
    }

    /// Microsoft: random between 60 and 90 minutes.
    private func randomLifetime() -> Double {
        login.accessTokenLifetime ?? (3600 + (random.fraction() * 1800).rounded(.down))
    }
}
