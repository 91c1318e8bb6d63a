import FleetCore
import FleetStore
import Foundation
import Synchronization

/// Access tokens that this process has unsealed or refreshed, so that a call need not ask Redis for one. At most so
/// many; when it is full, half of it goes.
final class TokenCache: Sendable {
    struct Entry: Sendable {
        let version: Int
        let tokens: OAuthTokens
        /// From then on it is refreshed before it is used; nil: until Graph refuses it.
        let useUntil: Date?
    }

    private let entries = Mutex<[CredentialID: Entry]>([:])
    private let limit: Int

    init(limit: Int = 10_000) { self.limit = limit }

    /// What can be used now: not ended, and not what Graph has just rejected.
    func usable(_ id: CredentialID, rejected: String?, now: Date) -> Entry? {
        guard let entry = entries.withLock({ $0[id] }) else { return nil }
        return Self.isUsable(entry, rejected: rejected, now: now) ? entry : nil
    }

    static func isUsable(_ entry: Entry, rejected: String?, now: Date) -> Bool {
        entry.tokens.accessToken != rejected && entry.useUntil.map { now < $0 } ?? true
    }

    /// Keeps an entry of the vault; nil if it has no tokens.
    @discardableResult
    func keep(_ stored: TokenVault.Entry, now: Date) -> Entry? {
        guard let tokens = stored.tokens else { return nil }
        let entry = Entry(version: stored.version, tokens: tokens, useUntil: Self.useUntil(tokens, now: now))
        entries.withLock { entries in
            if entries.count >= limit, entries[stored.id] == nil {
                entries = Dictionary(uniqueKeysWithValues: entries.dropFirst(limit / 2).map { ($0.key, $0.value) })
            }
            entries[stored.id] = entry
        }
        return entry
    }

    func drop(_ id: CredentialID) { entries.withLock { $0[id] = nil } }

    /// A minute before the end, so that no call starts with a token that ends under way; for tokens that live for
    /// minutes only, a tenth of what is left.
    private static func useUntil(_ tokens: OAuthTokens, now: Date) -> Date? {
        guard let end = tokens.expiresAt else { return nil }
        let left = end.timeIntervalSince(now)
        // Without a refresh token nothing better comes: Graph decides when it is over.
        if tokens.refreshToken == nil, left <= 60 { return nil }
        return end.addingTimeInterval(-min(60, max(0, left / 10)))
    }
}
