import Foundation

extension JobReading {
    mutating func connectRequest() throws(FieldFault) -> ConnectRequest {
        ConnectRequest(
            resource: ResourceID(try fields.requiredText("resource_id", .resource)),
            calendar: try fields.text("calendar_id", .calendar).map { CalendarID($0) } ?? .primary,
            mailbox: try fields.text("mailbox", .mailbox).map { MailboxID($0) },
            authorization: try authorization(),
            settings: try fields.object("settings").map { fields throws(FieldFault) in
                try ConnectionSettings(fields, &notes)
            } ?? ConnectionSettings())
    }

    private mutating func authorization() throws(FieldFault) -> ConnectRequest.Authorization {
        if let appOnly = try fields.object("app_only") {
            guard !fields.has("oauth_token") else {
                throw fields.fault("app_only", "must not come with oauth_token: give one of the two")
            }
            guard fields.has("mailbox") else { throw fields.fault("mailbox", "is missing: app_only needs one") }
            appOnly.noteUnknown(besides: ["directory"], &notes)
            return .appOnly(directory: try appOnly.requiredText("directory", .directory))
        }
        guard let member = fields.object.member("oauth_token") else {
            throw fields.fault("oauth_token", "is missing (or give app_only)")
        }
        notes.secrets.append(member.range)
        switch tokens {
        case .inPayload(let now, let unseal):
            if let unseal, let tokens = try sealedTokens(member.value, unseal) { return .tokens(tokens) }
            return .tokens(try oauthTokens(member.value, now: now))
        case .sealed(let tokens):
            guard let tokens else { throw fields.fault("oauth_token", "is not at hand in its sealed form") }
            if case .object(let object) = member.value { noteTokenFields(Fields(object: object, path: "oauth_token")) }
            return .tokens(tokens)
        }
    }

    /// What the gateway pushes, so that tokens lie nowhere in Redis as they are, not even before intake. Sealed for one
    /// connection: copied into another's payload they don't open.
    private func sealedTokens(_ value: JSONValue, _ unseal: JobDecoder.Unseal) throws(FieldFault) -> OAuthTokens? {
        guard case .object(let object) = value, let sealed = object["sealed"]?.stringValue else { return nil }
        let connection = ConnectionID(
            tenant: TenantID(try fields.requiredText("tenant_id", .tenant)),
            resource: ResourceID(try fields.requiredText("resource_id", .resource)))
        guard let tokens = unseal(sealed, connection) else {
            throw FieldFault(
                path: "oauth_token.sealed",
                reason: "doesn't open: gateway and workers need the same sealing keys")
        }
        return tokens
    }

    private mutating func oauthTokens(_ value: JSONValue, now: Date) throws(FieldFault) -> OAuthTokens {
        switch value {
        case .string(let text):
            guard TextRule.token.allows(text) else {
                throw fields.fault("oauth_token", "must be \(TextRule.token.description)")
            }
            return OAuthTokens(accessToken: text)
        case .object(let object):
            let inner = Fields(object: object, path: "oauth_token")
            noteTokenFields(inner)
            let tenYears = 315_360_000
            let seconds = try inner.integer("expires_in", in: 0...tenYears)
            let expiresAt = try inner.time("expires_at") ?? seconds.map { now.addingTimeInterval(Double($0)) }
            return OAuthTokens(
                accessToken: try inner.requiredText("access_token", .token),
                refreshToken: try inner.text("refresh_token", .token),
                // Whole seconds: what the sealed form keeps.
                expiresAt: expiresAt.map { Date(timeIntervalSince1970: $0.timeIntervalSince1970.rounded(.down)) })
        default: throw fields.wrongType("oauth_token", value, "a string or an object")
        }
    }

    /// Asks for names only, so that the stored form, whose values are gone, gives the same warnings.
    private mutating func noteTokenFields(_ inner: Fields) {
        inner.noteUnknown(
            besides: ["access_token", "refresh_token", "expires_at", "expires_in", "sealed"], &notes)
        if inner.has("expires_at") && inner.has("expires_in") {
            notes.warn("oauth_token.expires_in: was ignored beside expires_at")
        }
    }
}

extension ConnectionSettings {
    /// Together the window and the 30 days that a round reads beyond it must stay below the 1,825 days that Graph reads
    /// at once (graph-facts 3.4).
    static let maximumWindowSeconds = 1790 * 86_400
    private static let week = 7 * 86_400

    /// Reads the `settings` of a connect; also its stored form, which is the same.
    init(_ fields: Fields, _ notes: inout DecodingNotes) throws(FieldFault) {
        self.init()
        fields.noteUnknown(
            besides: [
                "direction", "frequency", "window", "tentative_blocks", "private_titles", "buffer_before",
                "buffer_after",
            ], &notes)
        direction = try fields.choice("direction", Direction.self) ?? direction
        frequency = try Self.frequency(fields, &notes) ?? frequency
        if let window = try fields.object("window") {
            window.noteUnknown(besides: ["past", "future"], &notes)
            windowPastSeconds =
                try window.duration("past", in: 0...Self.maximumWindowSeconds) ?? windowPastSeconds
            windowFutureSeconds =
                try window.duration("future", in: 0...Self.maximumWindowSeconds) ?? windowFutureSeconds
            let length = windowPastSeconds + windowFutureSeconds
            guard (1...Self.maximumWindowSeconds).contains(length) else {
                let most = ISODuration.string(seconds: Self.maximumWindowSeconds)
                throw fields.fault(
                    "window", "must be longer than nothing and, past and future together, at most \(most)")
            }
        }
        tentativeBlocks = try fields.bool("tentative_blocks") ?? tentativeBlocks
        privateTitles = try fields.bool("private_titles") ?? privateTitles
        bufferBeforeSeconds = try fields.duration("buffer_before", in: 0...Self.week) ?? bufferBeforeSeconds
        bufferAfterSeconds = try fields.duration("buffer_after", in: 0...Self.week) ?? bufferAfterSeconds
    }

    private static func frequency(_ fields: Fields, _ notes: inout DecodingNotes) throws(FieldFault) -> Frequency? {
        guard let text = try fields.string("frequency") else { return nil }
        switch text {
        case "realtime": return .realtime
        case "manual": return .manual
        default: break
        }
        guard let seconds = ISODuration.seconds(text), seconds <= 30 * 86_400 else {
            throw fields.fault("frequency", "must be realtime, manual or an ISO 8601 duration up to P30D")
        }
        guard seconds >= 60 else {
            notes.warn("\(FieldPath.join(fields.path, "frequency")): was raised to PT1M")
            return .every(seconds: 60)
        }
        return .every(seconds: seconds)
    }
}
