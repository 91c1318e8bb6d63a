/// An app that is registered with Entra.
struct App: Sendable {
    let id: String
    /// Nil for a public client.
    var secret: String?
    var isSecretExpired = false
    /// When the secret ends; nil is never.
    var secretExpires: Instant?
    var isDisabled = false
    /// Redirect URIs; empty means any.
    var redirects: [String] = []
    /// Application permissions by directory id; a directory that isn't listed has all of `defaultRoles`.
    var roles: [String: Set<String>] = [:]

    static let defaultRoles: Set<String> = ["Calendars.ReadWrite", "MailboxSettings.Read", "Place.Read.All"]
}

/// What one sign-in of a user gave to an app; all tokens that come of it die with it.
struct Grant: Sendable {
    let app: String
    let mailbox: String
    var scopes: Set<String>
    /// Set when consent ended: what the token endpoint says from then on.
    var refusal: LoginFailure?
}

/// A token that Graph takes.
struct AccessToken: Sendable {
    enum Subject: Sendable {
        /// A user's, by mailbox id.
        case user(mailbox: String, scopes: Set<String>)
        /// An app's own, for every mailbox of a directory.
        case app(directory: String, roles: Set<String>)
    }

    let app: String
    let subject: Subject
    var expires: Instant
    /// Set when it was revoked early.
    var isRevoked = false
    var grant: Int?
}

/// A refresh token.
struct RefreshToken: Sendable {
    let grant: Int
    var expires: Instant
    /// Whether a newer one was handed out for it.
    var isReplaced = false
}

/// An authorization code.
struct AuthorizationCode: Sendable {
    let grant: Int
    let redirect: String
    let challenge: String?
    let method: String
    let tenant: String
    let expires: Instant
    var isUsed = false
}

/// Apps, grants and tokens.
struct LoginState {
    var apps: [String: App] = [:]
    var grants: [Int: Grant] = [:]
    var accessTokens: [String: AccessToken] = [:]
    var refreshTokens: [String: RefreshToken] = [:]
    var codes: [String: AuthorizationCode] = [:]
    var rotation: SimulatorOptions.Rotation
    var accessTokenLifetime: Double?
    var refreshTokenLifetime: Double
    private var lastGrant = 0

    static let codeLifetime = 600.0
    /// Above so many tokens those that ended a day ago are forgotten; they are refused either way.
    private static let maximumTokens = 20_000

    mutating func forgetOldTokens(at now: Instant) {
        guard accessTokens.count + refreshTokens.count > Self.maximumTokens else { return }
        let edge = now.adding(seconds: -86_400)
        accessTokens = accessTokens.filter { $0.value.expires > edge }
        refreshTokens = refreshTokens.filter { $0.value.expires > edge }
    }

    init(options: SimulatorOptions) {
        rotation = options.rotation
        accessTokenLifetime = options.accessTokenLifetime
        refreshTokenLifetime = options.refreshTokenLifetime
        apps[options.clientID] = App(id: options.clientID, secret: options.clientSecret)
    }

    mutating func addGrant(app: String, mailbox: String, scopes: Set<String>) -> Int {
        lastGrant += 1
        grants[lastGrant] = Grant(app: app, mailbox: mailbox, scopes: scopes)
        return lastGrant
    }

    /// Ends what a user granted, to one app or all: refresh is refused with `refusal`; access tokens die if asked.
    mutating func revoke(mailbox: String, app: String?, refusal: LoginFailure, kills: Bool) {
        for (number, grant) in grants where grant.mailbox == mailbox && (app == nil || grant.app == app) {
            grants[number]?.refusal = refusal
            guard kills else { continue }
            for (text, token) in accessTokens where token.grant == number { accessTokens[text]?.isRevoked = true }
        }
    }
}
