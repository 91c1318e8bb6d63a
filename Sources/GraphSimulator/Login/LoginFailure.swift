/// A refusal by the token endpoint, with Microsoft's number.
struct LoginFailure: Error, Sendable {
    var status: Int
    var error: String
    var number: Int
    var message: String
    var suberror: String?

    init(_ status: Int, _ error: String, _ number: Int, _ message: String, suberror: String? = nil) {
        self.status = status
        self.error = error
        self.number = number
        self.message = message
        self.suberror = suberror
    }

    static func missing(_ parameter: String) -> LoginFailure {
        LoginFailure(
            400, "invalid_request", 900144,
            "The request body must contain the following parameter: '\(parameter)'.")
    }

    static func unknownDirectory(_ name: String) -> LoginFailure {
        LoginFailure(
            400, "invalid_request", 90002,
            "Tenant '\(name)' not found. Check to make sure you have the correct tenant ID and are signing into the "
                + "correct cloud.")
    }

    static func unknownApp(_ id: String) -> LoginFailure {
        LoginFailure(
            400, "unauthorized_client", 700016, "Application with identifier '\(id)' was not found in the directory.")
    }

    static let noSecret = LoginFailure(
        401, "invalid_client", 7_000_218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")

    static let wrongSecret = LoginFailure(
        401, "invalid_client", 7_000_215,
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not "
            + "the client secret ID.")

    static let expiredSecret = LoginFailure(
        401, "invalid_client", 7_000_222, "The provided client secret keys for the app are expired.")

    static let disabledApp = LoginFailure(
        400, "unauthorized_client", 7_000_112, "The application is disabled.")

    static let expiredGrant = LoginFailure(
        400, "invalid_grant", 70000,
        "The user could not be authenticated as the grant is expired. The user must sign in again.")

    static let unusedTooLong = LoginFailure(
        400, "invalid_grant", 700_082, "The refresh token has expired due to inactivity.", suberror: "bad_token")

    static let revoked = LoginFailure(
        400, "invalid_grant", 50173,
        "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
        suberror: "bad_token")

    static let noConsent = LoginFailure(
        400, "invalid_grant", 65001,
        "The user or administrator has not consented to use the application. Send an interactive authorization "
            + "request for this user and resource.", suberror: "consent_required")

    static func invalidScope(_ scope: String) -> LoginFailure {
        LoginFailure(
            400, "invalid_scope", 70011,
            "The provided value for the input parameter 'scope' isn't valid. The scope \(scope) isn't valid.")
    }

    /// Refusals by name, for control requests: consent that ended, secrets that ran out, and the like.
    static let named: [String: LoginFailure] = [
        "revoked": revoked, "no_consent": noConsent, "expired": expiredGrant, "unused": unusedTooLong,
        "mfa": LoginFailure(
            400, "invalid_grant", 50076,
            "Due to a configuration change made by your administrator, or because you moved to a new location, you "
                + "must use multi-factor authentication.", suberror: "basic_action"),
        "interaction": LoginFailure(400, "interaction_required", 50079, "The user needs to enroll for MFA."),
        "account_disabled": LoginFailure(400, "invalid_grant", 50057, "The user account is disabled."),
    ]
}

extension LoginFailure {
    /// The body as Entra writes it.
    func json(at instant: Instant, traceID: String, correlationID: String) -> JSON {
        let stamp = String(instant.iso.prefix(19)).replacing("T", with: " ") + "Z"
        let description =
            "AADSTS\(number): \(message)\r\nTrace ID: \(traceID)\r\nCorrelation ID: \(correlationID)\r\n"
            + "Timestamp: \(stamp)"
        var object = JSONObject([
            ("error", .string(error)),
            ("error_description", .string(description)),
            ("error_codes", [JSON(number)]),
            ("timestamp", .string(stamp)),
            ("trace_id", .string(traceID)),
            ("correlation_id", .string(correlationID)),
            ("error_uri", .string("https://login.microsoftonline.com/error?code=\(number)")),
        ])
        if let suberror { object["suberror"] = .string(suberror) }
        return .object(object)
    }
}
