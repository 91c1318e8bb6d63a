import FleetCore
import Foundation
import HTTP

// What the token endpoint's refusals mean, in one place.
//
//   1. 429 and 5xx: the service struggles, whatever it says
//   2. a number we know to be transient, the operator's or a directory administrator's
//   3. OAuth's `error`
//   4. a number we know to be the user's
//   5. anything else (HTML from a proxy, an error new to us): again later. Only a clear word may cost a user a new
//      consent
//
// Sources: Microsoft identity platform, "Microsoft Entra authentication and authorization error codes" and "OAuth 2.0
// authorization code flow".
enum TokenErrorTable {
    /// 50053: locked out for a while. 50196: the client's own loop, so stop and back off. 70012: the personal accounts'
    /// service.
    static let transient: Set<Int> = [
        50033, 50053, 50087, 50088, 50196, 70012, 80002, 80005, 90006, 90012, 90024, 90033, 90055, 90090, 90091, 40010,
    ]

    /// The fleet's registration or secret: 7000215 wrong, 7000222 expired, 7000218 missing.
    static let `operator`: Set<Int> = [
        7_000_215, 7_000_222, 7_000_218, 700_016, 70001, 7_000_112, 700_011, 50011, 900_144, 9_002_313, 70011, 90002,
        50194, 700_025, 50049, 90038, 90051,
    ]

    /// The customer's directory: consent by an administrator, assignment, a disabled or missing account.
    static let directory: Set<Int> = [
        90094, 90095, 90008, 50105, 50020, 51004, 50034, 50057, 650_052, 650_056, 650_057,
    ]

    /// Sign in or consent again.
    static let user: Set<Int> = [
        65001, 65004, 70000, 70008, 700_082, 700_084, 70043, 50173, 50076, 50079, 50072, 50074, 50078, 50158, 50085,
        50089, 50132, 50133, 50139, 53000, 53001, 53002, 53003, 53004, 530_032, 53011, 50055, 50144, 54005, 700_005,
        700_020,
    ]

    /// The meaning of an answer other than 200.
    static func classify(_ response: HTTPResponse, now: Date) -> TokenError {
        let body = (try? StrictJSON.parse(response.body))?.objectValue
        let error = printable(body?["error"]?.stringValue, maximum: 64)
        var numbers: [Int] = []
        if case .array(let values) = body?["error_codes"] { numbers = values.prefix(8).compactMap(\.integerValue) }
        let wait = RetryAfter.wait(response.headers, now: now)
        let (action, reason) = verdict(response.status, error, Set(numbers), wait)
        return TokenError(
            action, error: error, numbers: numbers, status: response.status,
            traceID: printable(body?["trace_id"]?.stringValue, maximum: 64), reason: reason)
    }

    private static func verdict(
        _ status: Int, _ error: String?, _ numbers: Set<Int>, _ wait: Duration?
    ) -> (TokenError.Action, String) {
        if (300...399).contains(status) { return (.permanent, "a redirect, which is never followed") }
        if status == 429 || status >= 500 { return (.retry(after: wait), "the login service has trouble") }
        if !numbers.isDisjoint(with: transient) { return (.retry(after: wait), "the login service has trouble") }
        if !numbers.isDisjoint(with: Self.operator) { return (.operator, "the fleet's registration is refused") }
        if !numbers.isDisjoint(with: directory) { return (.directory, "the directory refuses this account or app") }
        switch error {
        case "invalid_grant": return (.reconnect, "the refresh token is not accepted any more")
        case "interaction_required", "login_required", "consent_required": return (.reconnect, "its user must act")
        case "invalid_client", "unauthorized_client": return (.operator, "the fleet's registration is refused")
        case "invalid_request", "invalid_scope", "invalid_resource", "invalid_target", "unsupported_grant_type":
            return (.permanent, "the request is wrong")
        default: break
        }
        if !numbers.isDisjoint(with: user) { return (.reconnect, "its user must act") }
        return (.retry(after: wait), "the login service gave no clear answer")
    }
}
