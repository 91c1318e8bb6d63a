import Foundation

/// A request that was let in, or refused at the door.
struct Admission: Sendable {
    var entry: LogEntry
    var key: Throttle.Key?
    var effects: FaultEffects
    var refusal: Answer?
    var latency: Double
}

extension World {
    /// Lets a request in: finds out whose it is, draws its faults, counts it, and refuses it if it is one too many.
    func admit(_ call: HTTPCall) -> Admission {
        let token = bearer(call).flatMap { login.accessTokens[$0] }
        let mailbox = addressee(call, token: token)
        var entry = LogEntry(
            number: log.nextNumber(), at: now, method: call.method, target: call.target, mailbox: mailbox?.address,
            app: token?.app, tokenKind: token.map { if case .user = $0.subject { "user" } else { "app" } }, status: 0,
            inFlight: 0, batch: call.batch, clientRequestID: call.header("client-request-id"))
        entry.traceparent = call.header("traceparent")
        entry.members = call.isLogin || call.isBatch ? [] : Self.members(of: call)
        if call.isLogin {
            let form = FormCoding.pairs(String(decoding: call.body, as: UTF8.self))
            entry.grantType = form.first { $0.name == "grant_type" }?.value
            entry.app = form.first { $0.name == "client_id" }?.value
        }
        let effects = faults.effects(on: call, mailbox: mailbox?.id, app: entry.app, random: &random)
        entry.faults = effects.names
        var admission = Admission(entry: entry, effects: effects, latency: Double(latencyMilliseconds) / 1000)
        if let token, let mailbox, !call.isBatch {
            let key = Throttle.Key(app: token.app, mailbox: mailbox.id)
            admission.key = key
            let uploaded = ["POST", "PATCH", "PUT"].contains(call.method) ? call.body.count : 0
            if let failure = throttle.enter(key, uploaded: uploaded, at: now) {
                admission.refusal = answer(failure, call)
            }
            admission.entry.inFlight = throttle.inFlight(key)
        }
        return admission
    }

    /// The members that a write names.
    private static func members(of call: HTTPCall) -> [String] {
        guard ["PATCH", "POST"].contains(call.method), call.body.count < 1 << 16 else { return [] }
        return (try? JSONParser.parse(call.body))?.object?.names.sorted() ?? []
    }

    /// Ends a request: it holds no place any more, and is in the log. Status 0 stands for no answer.
    func finish(_ admission: Admission, status: Int, milliseconds: Double) {
        if let key = admission.key { throttle.leave(key) }
        var entry = admission.entry
        entry.status = status
        entry.milliseconds = milliseconds
        log.append(entry)
    }

    /// Carries out a request.
    func execute(_ call: HTTPCall, effects: FaultEffects) -> Answer {
        if call.isLogin { return LoginRoutes(world: self, call: call).answer() }
        if effects.expiresToken, let text = bearer(call) { login.accessTokens[text]?.expires = now.adding(seconds: -1) }
        do throws(GraphFailure) {
            let router = GraphRouter(
                world: self, call: call, token: try authenticate(call),
                preferences: try Preferences(call.headers("prefer")), pageFault: effects.page, loss: effects.loss)
            return stamped(dialects.rewritten(try router.answer(), call), call)
        } catch {
            return answer(error, call)
        }
    }

    // MARK: Who

    private func bearer(_ call: HTTPCall) -> String? {
        guard let header = call.header("authorization"), header.lowercased().hasPrefix("bearer ") else { return nil }
        return header.dropFirst(7).trimmingASCIISpace()
    }

    /// The mailbox that a request is charged to.
    private func addressee(_ call: HTTPCall, token: AccessToken?) -> Mailbox? {
        guard call.segments.first == "v1.0", call.segments.count > 1 else { return nil }
        switch call.segments[1].lowercased() {
        case "me":
            guard case .user(let id, _) = token?.subject else { return nil }
            return mailbox(id)
        case "users": return call.segments.count > 2 ? mailbox(call.segments[2]) : nil
        default: return nil
        }
    }

    /// Whether an answer to this is one that Graph might give: see ExchangeLog.
    func answersAsGraph(_ call: HTTPCall) -> Bool {
        if dialects.has(.accepted) { return false }
        let token = bearer(call).flatMap { login.accessTokens[$0] }
        var concerned = addressee(call, token: token)
        if concerned == nil, case .user(let id, _) = token?.subject { concerned = mailbox(id) }
        return !(concerned?.folders.contains(where: \.holdsOddities) ?? false)
    }

    func authenticate(_ call: HTTPCall) throws(GraphFailure) -> AccessToken {
        guard let text = bearer(call), !text.isEmpty else {
            throw Self.unauthorized("Access token is empty.")
        }
        guard let token = login.accessTokens[text] else {
            throw Self.unauthorized(
                "CompactToken parsing failed with error code: 80049217 or IDX14100: JWT is not well formed.")
        }
        if token.isRevoked || token.expires <= now {
            throw Self.unauthorized("Lifetime validation failed, the token is expired.")
        }
        return token
    }

    private static func unauthorized(_ message: String) -> GraphFailure {
        var failure = GraphFailure(401, "InvalidAuthenticationToken", message)
        failure.headers = [
            (
                "WWW-Authenticate",
                "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", "
                    + "client_id=\"00000003-0000-0000-c000-000000000000\""
            )
        ]
        return failure
    }

    // MARK: Answers

    /// A refusal as Graph writes it.
    func answer(_ failure: GraphFailure, _ call: HTTPCall) -> Answer {
        let id = random.guid()
        let inner: JSON = [
            "date": .string(String(now.iso.prefix(19))), "request-id": .string(id),
            "client-request-id": .string(call.header("client-request-id") ?? id),
        ]
        var error = JSONObject([("code", .string(failure.code)), ("message", .string(failure.message))])
        error.members += failure.extra.map { .init(name: $0.0, value: $0.1) }
        error["innerError"] = inner
        let answer = Answer(failure.status, json: ["error": .object(error)], headers: failure.headers)
        return stamped(answer, call, id: id)
    }

    /// With the headers that every answer of Graph has.
    func stamped(_ answer: Answer, _ call: HTTPCall, id: String? = nil) -> Answer {
        let id = id ?? random.guid()
        var stamped = answer
        stamped.headers += [
            ("request-id", id), ("client-request-id", call.header("client-request-id") ?? id),
            (
                "x-ms-ags-diagnostic",
                "{\"ServerInfo\":{\"DataCenter\":\"Simulator\",\"Slice\":\"E\",\"Ring\":\"1\",\"ScaleUnit\":\"000\"}}"
            ), ("Cache-Control", "private"),
        ]
        return stamped
    }
}

extension HTTPCall {
    /// Whether it is for the token endpoint or a consent page.
    var isLogin: Bool {
        (segments.count >= 3 && segments[1].lowercased() == "oauth2")
            || (segments.count >= 2 && segments.last?.lowercased() == "adminconsent" && segments[0] != "control")
    }

    var isBatch: Bool { segments.count == 2 && segments[0] == "v1.0" && segments[1].lowercased() == "$batch" }

    var isControl: Bool { segments.first == "control" }
}
