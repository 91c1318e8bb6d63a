import FleetCore
package import Foundation
package import HTTP
import Metrics
package import Telemetry

/// The token endpoint's two calls that a worker needs. Stateless: who stores what they give, and that one refresh of a
/// credential runs at a time, is the caller's business.
///
/// These calls use up no budget; the login service throttles on its own.
package struct LoginClient: Sendable {
    /// In whose name the fleet asks.
    package struct Registration: Sendable {
        /// The application's id.
        package var clientID: String
        /// Its secret; nil for a public client.
        package var clientSecret: Secret?
        /// The tenant path that users' tokens are refreshed at. It must fit the one that issued them; `common` fits
        /// work and personal accounts.
        package var userAuthority = "common"

        /// A registration.
        package init(clientID: String, clientSecret: Secret?) {
            self.clientID = clientID
            self.clientSecret = clientSecret
        }
    }

    private let http: HTTPClient
    private let endpoint: GraphEndpoint
    private let registration: Registration
    private let timeout: Duration
    private let now: @Sendable () -> Date

    /// A client of the endpoint's login URL.
    package init(
        http: HTTPClient, endpoint: GraphEndpoint, registration: Registration, timeout: Duration = .seconds(15),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.http = http
        self.endpoint = endpoint
        self.registration = registration
        self.timeout = timeout
        self.now = now
        // There from the start, at zero: to Prometheus a series that begins with a number hasn't grown.
        for outcome in ["ok", "refused", "unreachable"] {
            _ = FleetMetric.tokenRefreshes.counter([("outcome", outcome)])
        }
    }

    /// Redeems a refresh token. The old one isn't revoked by its use, but may be refused once the new one was used:
    /// store `refreshToken` of the grant first, then use its access token.
    ///
    /// `scope` is left out: the new token then has what the consent gave.
    ///
    /// - Throws: `TokenError`; `CancellationError` when cancelled.
    package func refresh(_ refreshToken: Secret) async throws -> TokenGrant {
        try await redeem(
            at: registration.userAuthority,
            [("grant_type", "refresh_token"), ("refresh_token", refreshToken.exposed)])
    }

    /// Redeems the code that a consent gave (PKCE). It works once: an answer that was lost costs a new consent.
    ///
    /// - Parameters:
    ///   - verifier: whose SHA-256 was the consent's challenge.
    ///   - redirectURI: exactly that of the consent.
    /// - Throws: `TokenError`; `CancellationError` when cancelled.
    package func redeem(code: Secret, verifier: Secret, redirectURI: String) async throws -> TokenGrant {
        try await redeem(
            at: registration.userAuthority,
            [
                ("grant_type", "authorization_code"), ("code", code.exposed), ("code_verifier", verifier.exposed),
                ("redirect_uri", redirectURI),
            ])
    }

    /// A token in the fleet's own name for a directory (an id or a verified domain). It comes even where nothing was
    /// consented to; Graph then answers 403.
    ///
    /// - Throws: `TokenError`; `CancellationError` when cancelled.
    package func clientCredentials(directory: String) async throws -> TokenGrant {
        try await redeem(
            at: directory, [("grant_type", "client_credentials"), ("scope", endpoint.defaultScope)])
    }

    private func redeem(at authority: String, _ parameters: [(String, String)]) async throws -> TokenGrant {
        var parameters = parameters + [("client_id", registration.clientID)]
        if let secret = registration.clientSecret { parameters.append(("client_secret", secret.exposed)) }
        let request = HTTPRequest(
            .post, "\(endpoint.loginURL)/\(PercentCoding.encode(authority))/oauth2/v2.0/token",
            headers: ["Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"],
            body: Array(PercentCoding.encode(parameters).utf8), timeout: timeout, maximumBodyBytes: 256 << 10)
        do {
            let grant = try grant(in: try await http.send(request))
            FleetMetric.tokenRefreshes.counter([("outcome", "ok")]).increment()
            return grant
        } catch let error as HTTPError {
            if error.kind == .cancelled { throw CancellationError() }
            FleetMetric.tokenRefreshes.counter([("outcome", "unreachable")]).increment()
            throw TokenError(.retry(after: nil), reason: "the login service can't be reached: \(error)")
        } catch let error as TokenError {
            var isRefusal = true
            if case .retry = error.action { isRefusal = false }
            FleetMetric.tokenRefreshes.counter([("outcome", isRefusal ? "refused" : "unreachable")]).increment()
            throw error
        }
    }

    private func grant(in response: HTTPResponse) throws(TokenError) -> TokenGrant {
        guard response.status == 200 else { throw TokenErrorTable.classify(response, now: now()) }
        guard let body = (try? StrictJSON.parse(response.body))?.objectValue,
            let token = body["access_token"]?.stringValue, isHeaderSafe(token),
            body["token_type"]?.stringValue.map({ $0.lowercased() == "bearer" }) ?? true
        else {
            throw TokenError(
                .retry(after: nil), status: 200, reason: "the login service's answer holds no bearer token")
        }
        let refreshToken = body["refresh_token"]?.stringValue.flatMap { $0.isEmpty ? nil : Secret($0) }
        return TokenGrant(
            accessToken: AccessToken(Secret(token), expiresAt: expiry(body["expires_in"])), refreshToken: refreshToken,
            scope: body["scope"]?.stringValue)
    }

    /// Seconds, as a number or (by older endpoints) a text; up to 28 hours with continuous access evaluation. What is
    /// absurd is cut, so that a broken answer can't make a token immortal.
    private func expiry(_ value: JSONValue?) -> Date? {
        let seconds = value?.integerValue ?? value?.stringValue.flatMap { Int($0) }
        return seconds.map { now().addingTimeInterval(Double(min(max($0, 0), 7 * 86_400))) }
    }
}

/// Whether a token can stand in a header line.
private func isHeaderSafe(_ token: String) -> Bool {
    !token.isEmpty && token.utf8.count <= 32 << 10 && token.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
}
