/// Why a consent came to nothing, as what has to be done: by Microsoft's answer to the browser (`error`,
/// `error_description`), or by the token endpoint's to the code.
package enum ConsentRefusal: String, Sendable, Equatable, CaseIterable {
    /// The user, or somebody for them, said no.
    case declined
    /// An administrator of the user's directory must approve the app, assign the user, or loosen a policy.
    case administrator
    /// The account can't be used here: of another kind, or of another directory.
    case account
    /// The user must do something first: a second factor, a new password, another device.
    case user
    /// The fleet's registration: secret, redirect URI, scopes.
    case `operator`
    /// Microsoft has trouble: again later.
    case later
    /// The code was used, is too old, or isn't ours.
    case staleCode = "stale_code"
    /// The consent doesn't cover what we need: calendars, or access while the user is away.
    case incomplete

    private static let declinedNumbers: Set<Int> = [65004]
    private static let administratorNumbers: Set<Int> = [
        90094, 90095, 90008, 50105, 650_052, 650_056, 650_057, 65001, 53000, 53001, 53002, 53003, 53004, 530_032, 53011,
    ]
    private static let accountNumbers: Set<Int> = [50020, 51004, 50034, 50057, 700_005, 700_020]
    private static let staleNumbers: Set<Int> = [54005, 70008, 70000]

    /// What the browser brought back. The numbers stand in the description, for want of a field of their own
    /// (Microsoft identity platform, "OAuth 2.0 authorization code flow", error response).
    package init(error: String, description: String?) {
        self = Self.reading(error, Set(Self.numbers(in: description ?? "")))
    }

    /// What the token endpoint said to the code.
    package init(_ failure: TokenError) {
        let numbers = Set(failure.numbers)
        if !numbers.isDisjoint(with: Self.staleNumbers) {
            self = .staleCode
            return
        }
        switch failure.action {
        case .operator, .permanent: self = .operator
        case .retry: self = .later
        case .directory, .reconnect: self = Self.reading(failure.error ?? "", numbers)
        }
    }

    private static func reading(_ error: String, _ numbers: Set<Int>) -> ConsentRefusal {
        if !numbers.isDisjoint(with: declinedNumbers) { return .declined }
        if !numbers.isDisjoint(with: administratorNumbers) { return .administrator }
        if !numbers.isDisjoint(with: accountNumbers) { return .account }
        if !numbers.isDisjoint(with: TokenErrorTable.operator) { return .operator }
        if !numbers.isDisjoint(with: TokenErrorTable.transient) { return .later }
        if !numbers.isDisjoint(with: TokenErrorTable.user) { return .user }
        switch error {
        case "access_denied": return .declined
        case "permission_denied", "consent_required": return .administrator
        case "interaction_required", "login_required", "account_selection_required": return .user
        case "temporarily_unavailable", "server_error": return .later
        case "invalid_grant": return .staleCode
        default: return .operator
        }
    }

    /// The numbers of all `AADSTS…` in a text, at most 8.
    package static func numbers(in text: String) -> [Int] {
        text.prefix(4096).ranges(of: "AADSTS").prefix(8).compactMap { range in
            Int(text[range.upperBound...].prefix { $0.isASCII && $0.isNumber }.prefix(9))
        }
    }
}
