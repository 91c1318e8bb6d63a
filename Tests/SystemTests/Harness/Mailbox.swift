import Foundation

/// A mailbox of the simulator, and the person who owns it.
struct Mailbox: Sendable {
    let simulator: Simulator
    let address: String
    let zone: TimeZone
}

/// What a person's consent gave: the tokens of a connect.
struct Consent: Sendable {
    let accessToken: String
    let refreshToken: String

    /// The object form of `oauth_token`.
    var token: JSON {
        ["access_token": .string(accessToken), "refresh_token": .string(refreshToken), "expires_in": 3600]
    }
}
