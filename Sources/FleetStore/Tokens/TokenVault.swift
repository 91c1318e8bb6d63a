import Crypto
package import FleetCore
import Foundation
import Redis

// Credentials outlive connects and are shared by connections, so they have a life of their own
// (includes/credentials.lua).
// A rotated refresh token must never be lost, nor refreshed twice at once:
//
//   load -> version 7, access token has ended
//   beginRefresh(7)  -> mine       this worker asks the token endpoint
//                    -> wait       another is at it: wait, then ask again
//                    -> newer      another has been at it: use that
//   storeRefreshed(7, tokens)      version 8, stored before anybody uses it; only on top of 7
//   endRefresh(7, dead or not)     no tokens came: the next may try, or nobody ever again
//
// Each attempt has a random word, by which a repeat after a lost reply is known.

/// Tokens, sealed at rest, refreshed by one worker at a time across the fleet.
package struct TokenVault: Sendable {
    /// A credential as it stands.
    package struct Entry: Sendable, Equatable {
        /// Which.
        package let id: CredentialID
        /// Grows with each refresh.
        package let version: Int
        /// nil for an app-only credential that has no token yet.
        package let tokens: OAuthTokens?
    }

    /// What is known of a credential.
    package enum Found: Sendable, Equatable {
        case entry(Entry)
        /// The consent is dead: no call until a connect brings another.
        case dead
        /// There is none of that id: its last connection has gone.
        case gone
    }

    /// A right to refresh.
    package struct Attempt: Sendable, Equatable {
        /// Which credential.
        package let id: CredentialID
        /// On top of which version.
        package let version: Int
        let word: String
    }

    /// The answer to a wish to refresh.
    package enum RefreshTurn: Sendable, Equatable {
        /// Refresh now; others wait.
        case mine(Attempt)
        /// Somebody is at it: ask again after this at the latest.
        case wait(Duration)
        /// Somebody was at it: use this.
        case newer(Entry)
        case dead
        case gone
    }

    /// The answer to storing what a refresh brought.
    package enum StoreOutcome: Sendable, Equatable {
        /// Stored: use it.
        case stored(Entry)
        /// Somebody else's refresh was stored first: use that.
        case newer(Entry)
        case dead
        case gone
    }

    /// The answer to a refresh that brought nothing.
    package enum EndOutcome: Sendable, Equatable {
        /// Given up; the next may try.
        case over
        /// Dead now, and this attempt was the first to say so: tell the world once.
        case firstDeath
        /// Dead already.
        case dead
        /// Somebody has newer tokens: use those; it isn't dead.
        case newer(Entry)
        case gone
    }

    let store: Store
    let sealer: Sealer

    /// The vault in `store`, under these keys.
    package init(_ store: Store, sealer: Sealer) {
        self.store = store
        self.sealer = sealer
    }

    // MARK: At a connect

    /// The credential that a connect's tokens belong to, linked with the lane. One that ever had this refresh token is
    /// joined, and the given tokens are dropped as older; else a new one is made. Fenced; nil: the lease has passed on.
    ///
    /// If the connect fails for good, name the credential in `letGo`.
    package func adopt(
        _ tokens: OAuthTokens, _ lease: Lease
    ) async throws(StoreError) -> (id: CredentialID, isNew: Bool)? {
        let known = Self.digest(tokens.refreshToken ?? tokens.accessToken)
        let id = CredentialID("c-" + Self.word())
        let sealed = sealer.seal(tokens.encoded(), .credential, id: id.rawValue)
        return try await adopt(lease, known: known, id: id, sealed: sealed)
    }

    /// The credential of a directory's client credentials, linked with the lane. Fenced; nil: the lease has passed on.
    package func adoptAppOnly(directory: String, _ lease: Lease) async throws(StoreError) -> CredentialID? {
        let id = CredentialID("app-" + directory.lowercased())
        return try await adopt(lease, known: "", id: id, sealed: "")?.id
    }

    private func adopt(
        _ lease: Lease, known: String, id: CredentialID, sealed: String
    ) async throws(StoreError) -> (id: CredentialID, isNew: Bool)? {
        let reply = try await store.call(.adoptCredential) { _ in
            [
                .string(lease.owner.name), .string(lease.lane.description), .string(lease.fence.description),
                .string(known), .string(id.rawValue), .string(sealed),
            ]
        }
        guard reply[0]?.string == "1", let found = reply[1]?.string else { return nil }
        return (CredentialID(found), reply[2]?.string == "1")
    }

    // MARK: In use

    /// A credential's tokens. One command.
    ///
    /// - Throws: `unreadable` when its sealing key is missing.
    package func load(_ id: CredentialID) async throws(StoreError) -> Found {
        let reply = try await store.send(
            ["HMGET", RedisValue(store.keys.credential(id)), "version", "dead", "sealed"], "load a credential")
        guard let version = reply[0]?.string else { return .gone }
        if reply[1]?.string == "1" { return .dead }
        return .entry(try entry(id, version: version, sealed: reply[2]?.string ?? ""))
    }

    /// Asks for the turn to refresh on top of `version`.
    ///
    /// - Parameter limit: how long the others wait; more than the token request's deadline.
    package func beginRefresh(
        _ id: CredentialID, version: Int, limit: Duration
    ) async throws(StoreError) -> RefreshTurn {
        let attempt = Attempt(id: id, version: version, word: Self.word())
        let reply = try await call(.beginRefresh, attempt, [.integer(limit.milliseconds)])
        switch reply[0]?.string {
        case "mine": return .mine(attempt)
        case "wait": return .wait(.milliseconds(reply[1]?.int ?? 0))
        case "newer": return .newer(try newer(id, reply))
        case "dead": return .dead
        case "gone": return .gone
        default: throw store.unexpected(.beginRefresh)
        }
    }

    /// Keeps what a refresh brought; do it before anybody uses the tokens. An answer without a refresh token keeps the
    /// old one: the caller puts it in.
    package func storeRefreshed(
        _ tokens: OAuthTokens, _ attempt: Attempt
    ) async throws(StoreError) -> StoreOutcome {
        let sealed = sealer.seal(tokens.encoded(), .credential, id: attempt.id.rawValue)
        let known = tokens.refreshToken.map(Self.digest) ?? ""
        let reply = try await call(.storeTokens, attempt, [.string(sealed), .string(known)])
        switch reply[0]?.string {
        case "stored":
            guard let version = reply[1]?.int else { throw store.unexpected(.storeTokens) }
            return .stored(Entry(id: attempt.id, version: version, tokens: tokens))
        case "newer": return .newer(try newer(attempt.id, reply))
        case "dead": return .dead
        case "gone": return .gone
        default: throw store.unexpected(.storeTokens)
        }
    }

    /// Ends a refresh that brought nothing: with `isDead` the consent is gone for good.
    package func endRefresh(_ attempt: Attempt, isDead: Bool) async throws(StoreError) -> EndOutcome {
        let reply = try await call(.endRefresh, attempt, [isDead ? "1" : "0"])
        switch reply[0]?.string {
        case "over": return .over
        case "first": return .firstDeath
        case "dead": return .dead
        case "newer": return .newer(try newer(attempt.id, reply))
        case "gone": return .gone
        default: throw store.unexpected(.endRefresh)
        }
    }

    private func call(
        _ script: StoreScript, _ attempt: Attempt, _ more: [RedisValue]
    ) async throws(StoreError) -> RedisReply {
        let keys = [
            store.keys.credential(attempt.id), store.keys.knownTokens(attempt.id), store.keys.credentialOfToken,
        ]
        return try await store.call(script, .these(keys)) { _ in
            [.string(attempt.id.rawValue), .integer(attempt.version), .string(attempt.word)] + more
        }
    }

    private func newer(_ id: CredentialID, _ reply: RedisReply) throws(StoreError) -> Entry {
        try entry(id, version: reply[1]?.string ?? "", sealed: reply[2]?.string ?? "")
    }

    private func entry(_ id: CredentialID, version: String, sealed: String) throws(StoreError) -> Entry {
        guard let version = Int(version) else { throw Self.unreadable("its version is no number") }
        guard !sealed.isEmpty else { return Entry(id: id, version: version, tokens: nil) }
        do throws(Sealer.Fault) {
            let bytes = try sealer.open(sealed, .credential, id: id.rawValue)
            guard let tokens = OAuthTokens(encoded: bytes) else { throw .malformed }
            return Entry(id: id, version: version, tokens: tokens)
        } catch {
            throw Self.unreadable(error.description)
        }
    }

    private static func unreadable(_ reason: String) -> StoreError {
        StoreError(.unreadable, "open a credential", hint: reason)
    }

    private static func digest(_ token: String) -> String {
        SHA256.hash(data: Data(token.utf8)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static func word() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(generator.next() as UInt64, radix: 36) + String(generator.next() as UInt64, radix: 36)
    }
}
