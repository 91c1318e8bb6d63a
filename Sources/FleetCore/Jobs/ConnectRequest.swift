package import Foundation

/// The body of a connect job.
package struct ConnectRequest: Sendable, Equatable {
    /// What is booked.
    package var resource: ResourceID
    /// `primary` or an id.
    package var calendar: CalendarID
    /// nil: the token's own.
    package var mailbox: MailboxID?
    /// User or app.
    package var authorization: Authorization
    /// Complete, with defaults.
    package var settings: ConnectionSettings

    /// A connect as given; nothing is checked.
    package init(
        resource: ResourceID, calendar: CalendarID = .primary, mailbox: MailboxID? = nil, authorization: Authorization,
        settings: ConnectionSettings = ConnectionSettings()
    ) {
        self.resource = resource
        self.calendar = calendar
        self.mailbox = mailbox
        self.authorization = authorization
        self.settings = settings
    }

    /// In whose name Graph is called.
    package enum Authorization: Sendable, Equatable {
        /// A user's tokens. Sealed before they rest in Redis.
        case tokens(OAuthTokens)
        /// Client credentials of a directory; needs a mailbox.
        case appOnly(directory: String)
    }
}

/// What a consent gave: an access token alone (it ends at its first 401), or one that can be refreshed.
package struct OAuthTokens: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
    /// Secret.
    package var accessToken: String
    /// Secret; nil: the access token ends at its first 401.
    package var refreshToken: String?
    /// When the access token ends; nil when nobody said.
    package var expiresAt: Date?

    /// Tokens as given.
    package init(accessToken: String, refreshToken: String? = nil, expiresAt: Date? = nil) {
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.expiresAt = expiresAt
    }

    /// Never the tokens.
    package var description: String { "OAuthTokens(***)" }
    /// Never the tokens.
    package var debugDescription: String { description }
}
