/// Tokens, consent and apps.
struct ControlLogin {
    let router: ControlRouter

    private var world: World { router.world }

    private func app(_ body: JSONObject) throws -> String {
        let id = body["app"]?.string ?? world.options.clientID
        guard world.login.apps[id] != nil else { throw ControlFailure.missing("app \(id)") }
        return id
    }

    private func scopes(_ body: JSONObject) -> Set<String> {
        if let list = body["scopes"]?.array { return Set(list.compactMap(\.string)) }
        return body["scopes"]?.string.map { Set($0.split(separator: " ").map(String.init)) } ?? World.usualScopes
    }

    // MARK: Tokens

    func tokens(_ rest: [String]) throws -> Answer {
        guard router.method == "POST" else { throw router.notAllowed() }
        let body = try router.body()
        if rest == ["expire"] { return try expire(body) }
        let lifetime = body["lifetime"]?.number
        if let name = body["directory"]?.string, body["mailbox"] == nil {
            guard let directory = world.directory(name) else { throw ControlFailure.missing("directory \(name)") }
            let issued = world.issueAppToken(app: try app(body), directory: directory.id, lifetime: lifetime)
            return Answer(200, json: json(issued))
        }
        let mailbox = try router.mailbox(try router.string(body, "mailbox"))
        let grant = world.login.addGrant(app: try app(body), mailbox: mailbox.id, scopes: scopes(body))
        guard var issued = world.issueAccessToken(grant: grant, lifetime: lifetime) else {
            throw ControlFailure.missing("mailbox")
        }
        issued.refresh = world.issueRefreshToken(grant: grant, lifetime: body["refreshLifetime"]?.number)
        return Answer(200, json: json(issued))
    }

    private func json(_ issued: IssuedTokens) -> JSON {
        var object = JSONObject([
            ("access_token", .string(issued.access)), ("expires_in", JSON(issued.expiresIn)),
            ("expires_at", .string(world.now.adding(seconds: Double(issued.expiresIn)).iso)),
        ])
        if let refresh = issued.refresh { object["refresh_token"] = .string(refresh) }
        return .object(object)
    }

    private func expire(_ body: JSONObject) throws -> Answer {
        let mailbox = try body["mailbox"]?.string.map { try router.mailbox($0).id }
        let past = world.now.adding(seconds: -1)
        var count = 0
        for (text, token) in world.login.accessTokens {
            if case .user(let owner, _) = token.subject, mailbox != nil, owner != mailbox { continue }
            if case .app = token.subject, mailbox != nil { continue }
            world.login.accessTokens[text]?.expires = past
            count += 1
        }
        return Answer(200, json: ["expired": JSON(count)])
    }

    // MARK: Consent

    func consent() throws -> Answer {
        guard router.method == "POST" else { throw router.notAllowed() }
        let body = try router.body()
        let mailbox = try router.mailbox(try router.string(body, "mailbox"))
        if body["refusal"]?.isNull == true {
            for (number, grant) in world.login.grants where grant.mailbox == mailbox.id {
                world.login.grants[number]?.refusal = nil
            }
            return Answer(200, json: [:])
        }
        let name = body["refusal"]?.string ?? "revoked"
        guard let refusal = LoginFailure.named[name] else {
            throw ControlFailure("refusal is one of \(LoginFailure.named.keys.sorted().joined(separator: ", "))")
        }
        let kills = body["kill"]?.bool ?? true
        world.login.revoke(mailbox: mailbox.id, app: body["app"]?.string, refusal: refusal, kills: kills)
        if kills { dropSubscriptions(of: mailbox, app: body["app"]?.string) }
        return Answer(200, json: [:])
    }

    /// A subscription hangs on the rights of who made it: with them it goes, and its lifecycle URL is told.
    private func dropSubscriptions(of mailbox: Mailbox, app: String?) {
        let book = world.subscriptions
        for subscription in book.live(at: world.now) where subscription.user == mailbox.id {
            guard app == nil || app == subscription.app else { continue }
            book.remove(subscription.id)
            book.lifecycle("subscriptionRemoved", of: subscription, at: world.now)
        }
    }

    func codes() throws -> Answer {
        guard router.method == "POST" else { throw router.notAllowed() }
        let body = try router.body()
        let mailbox = try router.mailbox(try router.string(body, "mailbox"))
        let grant = world.login.addGrant(app: try app(body), mailbox: mailbox.id, scopes: scopes(body))
        let code = world.issueCode(
            grant: grant, redirect: try router.string(body, "redirect"), challenge: body["challenge"]?.string,
            method: body["method"]?.string ?? "S256", tenant: body["tenant"]?.string ?? "common")
        return Answer(200, json: ["code": .string(code)])
    }

    // MARK: Apps

    func apps() throws -> Answer {
        if ["POST", "PATCH"].contains(router.method) {
            let body = try router.body()
            let id = try router.string(body, "id")
            var app = world.login.apps[id] ?? App(id: id)
            if let secret = body["secret"] { app.secret = secret.string }
            if let value = body["expired"]?.bool { app.isSecretExpired = value }
            if let value = body["secretExpires"] {
                app.secretExpires = value.string.flatMap(Instant.init(iso:))
            }
            if let value = body["disabled"]?.bool { app.isDisabled = value }
            if let value = body["redirects"]?.array { app.redirects = value.compactMap(\.string) }
            for member in body["roles"]?.object?.members ?? [] {
                guard let directory = world.directory(member.name) else {
                    throw ControlFailure.missing("directory \(member.name)")
                }
                app.roles[directory.id] = Set(member.value.array?.compactMap(\.string) ?? [])
            }
            world.login.apps[id] = app
        }
        let values = world.login.apps.values.sorted { $0.id < $1.id }.map { app -> JSON in
            [
                "id": .string(app.id), "secret": JSON(app.secret), "expired": .bool(app.isSecretExpired),
                "disabled": .bool(app.isDisabled),
            ]
        }
        return Answer(200, json: .array(values))
    }
}

extension World {
    /// Hands out an authorization code.
    func issueCode(grant: Int, redirect: String, challenge: String?, method: String, tenant: String) -> String {
        let text = TokenMint.code(random: &random)
        login.codes[text] = AuthorizationCode(
            grant: grant, redirect: redirect, challenge: challenge, method: method, tenant: tenant,
            expires: now.adding(seconds: LoginState.codeLifetime))
        return text
    }
}
