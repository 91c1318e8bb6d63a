package import Foundation
package import Telemetry

/// An access token as it goes into a header. Opaque: never parsed (personal accounts' tokens aren't even JWTs).
package struct AccessToken: Sendable, Equatable {
    /// The token.
    package let secret: Secret
    /// When it ends by what the token endpoint said; nil if nobody said.
    package let expiresAt: Date?

    /// Wraps a token.
    package init(_ secret: Secret, expiresAt: Date? = nil) {
        self.secret = secret
        self.expiresAt = expiresAt
    }
}

/// Where calls get their access token. The worker's keeps them sealed in Redis and lets one refresh run at a time.
package protocol AccessTokenProvider: Sendable {
    /// A token to call Graph with.
    ///
    /// - Parameter rejected: the token that Graph has just answered 401 to: it must not be handed out again. Nil at
    ///   first.
    /// - Throws: `TokenError` when there is none to be had; whatever else it throws ends the call as it is.
    func accessToken(after rejected: AccessToken?) async throws -> AccessToken
}

/// A bare access token, as a connect job may bring it: good until its first 401.
package struct BareAccessToken: AccessTokenProvider {
    private let token: AccessToken

    /// The token, and nothing to refresh it with.
    package init(_ token: AccessToken) { self.token = token }

    /// - Throws: `TokenError` with `reconnect` once it was rejected.
    package func accessToken(after rejected: AccessToken?) throws -> AccessToken {
        guard rejected == nil else { throw TokenError(.reconnect, reason: "a bare access token can't be renewed") }
        return token
    }
}
