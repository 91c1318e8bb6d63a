package import Foundation

/// The body of a connect job.
package struct ConnectRequest: Sendable, Equatable {
    package var resource: ResourceID
    package var calendar: CalendarID
    package var mailbox: MailboxID?
    package var authorization: Authorization
    package var settings: ConnectionSettings

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
    package var accessToken: String
    package var refreshToken: String?
    /// When the access token ends; nil when nobody said.
    package var expiresAt: Date?

    package init(accessToken: String, refreshToken: String? = nil, expiresAt: Date? = nil) {
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.expiresAt = expiresAt
    }

    /// Never the tokens.
    package var description: String { "OAuthTokens(***)" }
    package var debugDescription: String { description }
}
