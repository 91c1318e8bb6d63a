package import Telemetry

/// What the token endpoint gave.
package struct TokenGrant: Sendable, Equatable {
    /// For calls to Graph.
    package let accessToken: AccessToken
    /// The new refresh token, to be stored before the access token is used. Nil: the old one stays in use (and for
    /// client credentials there is none).
    package let refreshToken: Secret?
    /// What was granted, which may be less than what was asked for; nil if it wasn't said.
    package let scope: String?

    /// A grant.
    package init(accessToken: AccessToken, refreshToken: Secret?, scope: String?) {
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.scope = scope
    }
}
