import FleetCore
import FleetStore
import Foundation
import Graph
import Logging
import Reactor
import Telemetry

// Where an access token comes from:
//
//   1. this process's cache, while it is good
//   2. the vault: another worker may have refreshed it
//   3. a refresh, one at a time in this process (Turns) and in the fleet (the vault's turn). What it brings is stored
//      before anybody uses it; whoever finds a newer version there adopts that
//
// A refusal of the login service ends a consent only if the vault holds nothing newer (endRefresh looks again, in one
// step). From then on nobody asks: the vault says "dead" until a connect brings another credential.

/// Hands out access tokens; refreshes each credential once, whoever asks.
final class TokenKeeper: Sendable {
    private let vault: TokenVault
    private let login: LoginClient
    private let tools: WorkerTools
    private let cache = TokenCache()
    private let turns = Turns<CredentialID>()
    /// How long the token endpoint may take; others wait a bit longer.
    private let timeout: Duration

    init(_ tools: WorkerTools, vault: TokenVault, login: LoginClient, timeout: Duration = .seconds(15)) {
        self.tools = tools
        self.vault = vault
        self.login = login
        self.timeout = timeout
    }

    /// The tokens of a credential, as Graph's client asks for them.
    func provider(_ credential: CredentialID) -> CredentialTokens { CredentialTokens(keeper: self, id: credential) }

    /// A token that is good as far as anybody knows.
    ///
    /// - Parameter rejected: what Graph has just answered 401 to.
    /// - Throws: `TokenError`, `StoreError`, `CancellationError`.
    func token(_ id: CredentialID, rejected: AccessToken?) async throws -> AccessToken {
        let rejected = rejected?.secret.exposed
        if let entry = cache.usable(id, rejected: rejected, now: tools.clock.now) { return AccessToken(entry) }
        return try await turns.take(id) { AccessToken(try await renewed(id, rejected)) }
    }

    /// Graph refuses what the login service gives: the consent is dead, unless somebody brought newer tokens meanwhile.
    /// Credentials of directories aren't condemned: they serve many mailboxes.
    ///
    /// - Returns: false when there are newer tokens: try with those.
    func condemn(_ id: CredentialID) async throws -> Bool {
        guard case .user = CredentialKind(id) else { return true }
        return try await turns.take(id) {
            guard case .entry(let entry) = try await vault.load(id) else { return true }
            return try await end(entry)
        }
    }

    // MARK: In turn

    private func renewed(_ id: CredentialID, _ rejected: String?) async throws -> TokenCache.Entry {
        // Whoever had the turn before may have brought it.
        if let entry = cache.usable(id, rejected: rejected, now: tools.clock.now) { return entry }
        switch try await vault.load(id) {
        case .dead:
            cache.drop(id)
            throw Self.dead
        case .gone:
            cache.drop(id)
            throw TokenError(.reconnect, reason: "the credential is gone with its last connection")
        case .entry(let stored):
            if let entry = cache.keep(stored, now: tools.clock.now),
                TokenCache.isUsable(entry, rejected: rejected, now: tools.clock.now)
            {
                return entry
            }
            return try await refreshed(stored)
        }
    }

    private func refreshed(_ stored: TokenVault.Entry) async throws -> TokenCache.Entry {
        let kind = CredentialKind(stored.id)
        if case .user = kind, stored.tokens?.refreshToken == nil {
            // A bare access token ends at its first 401.
            _ = try await end(stored)
            throw TokenError(.reconnect, reason: "the access token has ended and can't be renewed")
        }
        let limit = timeout + .seconds(10)
        let giveUp = ContinuousClock.now.advanced(by: limit * 2)
        while ContinuousClock.now < giveUp {
            switch try await vault.beginRefresh(stored.id, version: stored.version, limit: limit) {
            case .mine(let attempt): return try await refresh(stored, kind, attempt)
            case .newer(let entry): return try adopt(entry)
            case .dead: throw Self.dead
            case .gone: throw TokenError(.reconnect, reason: "the credential is gone with its last connection")
            case .wait(let wait): try await tools.reactor.sleep(for: min(wait, .milliseconds(250)))
            }
        }
        throw TokenError(.retry(after: nil), reason: "another worker's refresh takes too long")
    }

    /// Shielded from cancellation: the login service may have turned the refresh token over, and the new one must be
    /// kept whatever becomes of the run that asked.
    private func refresh(
        _ stored: TokenVault.Entry, _ kind: CredentialKind, _ attempt: TokenVault.Attempt
    ) async throws -> TokenCache.Entry {
        try await Task(executorPreference: tools.reactor) {
            do {
                let grant = try await self.ask(stored, kind)
                let tokens = OAuthTokens(
                    accessToken: grant.accessToken.secret.exposed,
                    refreshToken: grant.refreshToken?.exposed ?? stored.tokens?.refreshToken,
                    expiresAt: grant.accessToken.expiresAt)
                switch try await self.vault.storeRefreshed(tokens, attempt) {
                case .stored(let entry), .newer(let entry): return try self.adopt(entry)
                case .dead: throw Self.dead
                case .gone: throw TokenError(.reconnect, reason: "the credential is gone with its last connection")
                }
            } catch let error as TokenError {
                return try await self.refused(stored, kind, attempt, error)
            }
        }.value
    }

    private func ask(_ stored: TokenVault.Entry, _ kind: CredentialKind) async throws -> TokenGrant {
        switch kind {
        case .user: try await login.refresh(Secret(stored.tokens?.refreshToken ?? ""))
        case .directory(let directory): try await login.clientCredentials(directory: directory)
        }
    }

    private func refused(
        _ stored: TokenVault.Entry, _ kind: CredentialKind, _ attempt: TokenVault.Attempt, _ error: TokenError
    ) async throws -> TokenCache.Entry {
        var isDead = false
        if case .user = kind, error.action == .reconnect { isDead = true }
        if error.action == .operator {
            tools.log.event(
                .error, "the login service refuses the fleet's own registration",
                [.error: .of(error), .hint: "check --client-id, --client-secret-file and whether the secret has ended"])
        }
        switch try await vault.endRefresh(attempt, isDead: isDead) {
        case .newer(let entry): return try adopt(entry)
        case .firstDeath:
            tools.log.event(.warning, "a consent has ended", [.error: .of(error)])
            throw error
        case .over, .dead, .gone: throw error
        }
    }

    /// Declares a credential dead without asking the login service; false if there are newer tokens, or soon will be.
    private func end(_ stored: TokenVault.Entry) async throws -> Bool {
        cache.drop(stored.id)
        switch try await vault.beginRefresh(stored.id, version: stored.version, limit: timeout) {
        case .newer, .wait: return false
        case .dead, .gone: return true
        case .mine(let attempt):
            if case .newer = try await vault.endRefresh(attempt, isDead: true) { return false }
            return true
        }
    }

    private func adopt(_ stored: TokenVault.Entry) throws -> TokenCache.Entry {
        guard let entry = cache.keep(stored, now: tools.clock.now) else {
            throw TokenError(.retry(after: nil), reason: "the credential holds no token")
        }
        return entry
    }

    private static let dead = TokenError(.reconnect, reason: "the consent has ended before")
}

/// Whose tokens a credential holds, as its id says (TokenVault).
enum CredentialKind: Equatable {
    case user
    /// The fleet's own, for a directory.
    case directory(String)

    init(_ id: CredentialID) {
        let prefix = "app-"
        self = id.rawValue.hasPrefix(prefix) ? .directory(String(id.rawValue.dropFirst(prefix.count))) : .user
    }
}

extension AccessToken {
    fileprivate init(_ entry: TokenCache.Entry) {
        self.init(Secret(entry.tokens.accessToken), expiresAt: entry.tokens.expiresAt)
    }
}

/// One credential, as Graph's client asks for its tokens.
struct CredentialTokens: AccessTokenProvider {
    let keeper: TokenKeeper
    let id: CredentialID

    func accessToken(after rejected: AccessToken?) async throws -> AccessToken {
        try await keeper.token(id, rejected: rejected)
    }
}
