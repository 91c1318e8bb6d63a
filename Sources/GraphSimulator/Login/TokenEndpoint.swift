import Foundation

/// `POST /{tenant}/oauth2/v2.0/token`.
struct TokenEndpoint {
    let world: World
    let request: HTTPCall
    private let form: [String: String]
    private let tenant: String

    init(world: World, request: HTTPCall, tenant: String) {
        self.world = world
        self.request = request
        self.tenant = tenant
        form = Dictionary(
            FormCoding.pairs(String(decoding: request.body, as: UTF8.self)), uniquingKeysWith: { _, last in last })
    }

    func answer() -> Answer {
        do throws(LoginFailure) {
            return Answer(200, json: try tokens(), headers: Self.headers)
        } catch {
            let trace = world.random.guid()
            let correlation = request.header("client-request-id") ?? world.random.guid()
            return Answer(
                error.status, json: error.json(at: world.now, traceID: trace, correlationID: correlation),
                headers: Self.headers)
        }
    }

    private static let headers = [("Cache-Control", "no-store, no-cache"), ("Pragma", "no-cache")]

    private func tokens() throws(LoginFailure) -> JSON {
        guard request.method == "POST" else {
            throw LoginFailure(
                400, "invalid_request", 900_561,
                "The endpoint only accepts POST requests. Received a \(request.method).")
        }
        let type = request.header("content-type")?.split(separator: ";").first.map { $0.trimmingASCIISpace() }
        guard type?.lowercased() == "application/x-www-form-urlencoded", let grantType = form["grant_type"] else {
            throw .missing("grant_type")
        }
        try checkTenant()
        let app = try authenticatedApp()
        switch grantType {
        case "refresh_token": return try refresh(app)
        case "authorization_code": return try redeem(app)
        case "client_credentials": return try clientCredentials(app)
        default:
            throw LoginFailure(
                400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '\(grantType)'.")
        }
    }

    // MARK: Who asks

    private var isShared: Bool { ["common", "organizations", "consumers"].contains(tenant.lowercased()) }

    private func checkTenant() throws(LoginFailure) {
        guard isShared || world.directory(tenant) != nil || tenant == Directory.personalID else {
            throw .unknownDirectory(tenant)
        }
    }

    private func authenticatedApp() throws(LoginFailure) -> App {
        let basic = request.header("authorization").flatMap(Self.basic)
        guard let id = basic?.id ?? form["client_id"] else { throw .missing("client_id") }
        guard let app = world.login.apps[id] else { throw .unknownApp(id) }
        if app.isDisabled { throw .disabledApp }
        guard let secret = app.secret else { return app }
        guard let given = basic?.secret ?? form["client_secret"] else { throw .noSecret }
        guard given == secret else { throw .wrongSecret }
        if app.isSecretExpired || app.secretExpires.map({ $0 <= world.now }) ?? false { throw .expiredSecret }
        return app
    }

    private static func basic(_ header: String) -> (id: String, secret: String)? {
        guard header.lowercased().hasPrefix("basic "), let data = Data(base64Encoded: String(header.dropFirst(6)))
        else {
            return nil
        }
        let parts = String(decoding: data, as: UTF8.self).split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        return (FormCoding.decode(String(parts[0])), FormCoding.decode(String(parts[1])))
    }

    // MARK: Grants

    private func refresh(_ app: App) throws(LoginFailure) -> JSON {
        guard let text = form["refresh_token"] else { throw .missing("refresh_token") }
        guard let token = world.login.refreshTokens[text], let grant = world.login.grants[token.grant],
            grant.app == app.id
        else {
            throw LoginFailure(
                400, "invalid_grant", 9_002_313, "Invalid request. Request is malformed or invalid.")
        }
        if let refusal = grant.refusal { throw refusal }
        if token.isReplaced, world.login.rotation == .strict { throw .expiredGrant }
        if token.expires <= world.now { throw .unusedTooLong }
        let scopes = try self.scopes(of: grant)
        guard var issued = world.issueAccessToken(grant: token.grant, scopes: scopes) else { throw .expiredGrant }
        if world.login.rotation != .keep {
            world.login.refreshTokens[text]?.isReplaced = true
            issued.refresh = world.issueRefreshToken(grant: token.grant)
        }
        return answer(issued, scopes: scopes)
    }

    private func redeem(_ app: App) throws(LoginFailure) -> JSON {
        guard let text = form["code"] else { throw .missing("code") }
        guard let redirect = form["redirect_uri"] else { throw .missing("redirect_uri") }
        guard let code = world.login.codes[text], let grant = world.login.grants[code.grant], grant.app == app.id else {
            throw LoginFailure(400, "invalid_grant", 70000, "The provided authorization code is invalid.")
        }
        if code.isUsed {
            throw LoginFailure(400, "invalid_grant", 54005, "OAuth2 Authorization code was already redeemed.")
        }
        if code.expires <= world.now {
            throw LoginFailure(400, "invalid_grant", 70008, "The provided authorization code has expired.")
        }
        guard redirect == code.redirect else {
            throw LoginFailure(
                400, "invalid_grant", 500_112, "The reply address does not match the one of the authorization request.")
        }
        guard tenant.lowercased() == code.tenant.lowercased() else {
            throw LoginFailure(
                400, "invalid_grant", 700_005,
                "The provided authorization code is intended to be used against another tenant.")
        }
        try checkVerifier(code)
        world.login.codes[text]?.isUsed = true
        if let refusal = grant.refusal { throw refusal }
        let scopes = try self.scopes(of: grant)
        guard var issued = world.issueAccessToken(grant: code.grant, scopes: scopes) else { throw .expiredGrant }
        if grant.scopes.contains("offline_access") { issued.refresh = world.issueRefreshToken(grant: code.grant) }
        return answer(issued, scopes: scopes, identity: grant.scopes.contains("openid") ? grant : nil)
    }

    private func checkVerifier(_ code: AuthorizationCode) throws(LoginFailure) {
        guard let challenge = code.challenge else { return }
        guard let verifier = form["code_verifier"] else {
            throw LoginFailure(
                400, "invalid_grant", 50148, "The code_verifier does not match the code_challenge: it is missing.")
        }
        let expected = code.method.lowercased() == "s256" ? TokenMint.challenge(of: verifier) : verifier
        guard verifier.utf8.count >= 43, expected == challenge else {
            throw LoginFailure(
                400, "invalid_grant", 501_481,
                "The Code_Verifier does not match the code_challenge supplied in the authorization request.")
        }
    }

    private func clientCredentials(_ app: App) throws(LoginFailure) -> JSON {
        if app.secret == nil { throw .noSecret }
        guard let directory = world.directory(tenant) else {
            throw LoginFailure(
                400, "invalid_request", 9_001_023,
                "The grant type 'client_credentials' is not supported over the /\(tenant) endpoint.")
        }
        guard let scope = form["scope"] else { throw .missing("scope") }
        guard scope.hasSuffix("/.default"), !scope.contains(" ") else {
            throw LoginFailure(
                400, "invalid_scope", 1_002_012,
                "The provided value for scope \(scope) is not valid. Client credential flows must have a scope value "
                    + "with /.default suffixed to the resource identifier.")
        }
        let issued = world.issueAppToken(app: app.id, directory: directory.id)
        return [
            "token_type": "Bearer", "expires_in": JSON(issued.expiresIn), "ext_expires_in": JSON(issued.expiresIn),
            "access_token": .string(issued.access),
        ]
    }

    // MARK: Scopes

    /// The scopes asked for, without their resource; those of the grant if none are named.
    private func scopes(of grant: Grant) throws(LoginFailure) -> Set<String> {
        guard let text = form["scope"], !text.isEmpty else { return grant.scopes }
        var asked: Set<String> = []
        for scope in text.split(separator: " ") {
            let name = ScopeName.bare(String(scope))
            if name == ".default" { return grant.scopes }
            guard ScopeName.known.contains(name) else { throw .invalidScope(String(scope)) }
            asked.insert(name)
        }
        let missing = asked.subtracting(grant.scopes).subtracting(ScopeName.signIn)
        guard missing.isEmpty else { throw .noConsent }
        return asked
    }

    private func answer(_ issued: IssuedTokens, scopes: Set<String>, identity: Grant? = nil) -> JSON {
        var object = JSONObject([
            ("token_type", "Bearer"),
            ("scope", .string(scopes.subtracting(["offline_access"]).sorted().joined(separator: " "))),
            ("expires_in", JSON(issued.expiresIn)),
            ("ext_expires_in", JSON(issued.expiresIn)),
            ("access_token", .string(issued.access)),
        ])
        if let refresh = issued.refresh { object["refresh_token"] = .string(refresh) }
        if let identity, let mailbox = world.mailbox(identity.mailbox) {
            object["id_token"] = .string(idToken(mailbox, app: identity.app))
        }
        return .object(object)
    }

    private func idToken(_ mailbox: Mailbox, app: String) -> String {
        let header: JSON = ["typ": "JWT", "alg": "RS256", "kid": "simulator"]
        let payload: JSON = [
            "aud": .string(app),
            "iss": .string("https://login.microsoftonline.com/\(mailbox.directory)/v2.0"),
            "iat": JSON(Int(world.now.seconds)),
            "exp": JSON(Int(world.now.seconds) + 3600),
            "name": .string(mailbox.displayName),
            "oid": .string(mailbox.id),
            "preferred_username": .string(mailbox.principalName),
            "sub": .string(Base64.bare(Array(mailbox.id.utf8.prefix(24)))),
            "tid": .string(mailbox.directory),
            "ver": "2.0",
        ]
        return [header.bytes, payload.bytes, world.random.bytes(256)].map { Base64.bare($0) }.joined(separator: ".")
    }
}

/// Names of delegated scopes.
enum ScopeName {
    static let signIn: Set<String> = ["openid", "profile", "email", "offline_access"]
    static let known: Set<String> = signIn.union([
        "Calendars.Read", "Calendars.ReadBasic", "Calendars.ReadWrite", "Calendars.Read.Shared",
        "Calendars.ReadWrite.Shared", "User.Read", "MailboxSettings.Read", "MailboxSettings.ReadWrite",
        "Place.Read.All",
    ])

    /// Without the resource in front: names without one mean Graph.
    static func bare(_ scope: String) -> String {
        guard let slash = scope.lastIndex(of: "/") else { return scope }
        return String(scope[scope.index(after: slash)...])
    }
}
