// Goal: tokens are refreshed by one worker at a time, none is lost, and death is said once. Method: two vaults that
// play two workers.
import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

@Suite("Token vault")
struct VaultTests {
    private static let connect = #"{"kind":"connect","tenant_id":"acme","resource_id":"r1","oauth_token":"t"}"#

    /// A credential of these tokens, and the lease of its connect.
    private static func adopt(
        _ refresh: String?, _ harness: StoreHarness, resource: String = "r1"
    ) async throws -> (id: CredentialID, isNew: Bool) {
        let owner = try await harness.owner("w-\(resource)-\(refresh ?? "")")
        let job = try await harness.claimOne(connect.replacing("r1", with: resource), by: owner)
        let tokens = OAuthTokens(accessToken: "access", refreshToken: refresh)
        return try #require(try await harness.vault.adopt(tokens, job.lease))
    }

    @Test("a new credential gives its tokens back, sealed at rest")
    func load() async throws {
        try await StoreHarness.with { harness in
            let (id, isNew) = try await Self.adopt("secret-refresh", harness)
            #expect(isNew)
            let expected = OAuthTokens(accessToken: "access", refreshToken: "secret-refresh")
            #expect(try await harness.vault.load(id) == .entry(.init(id: id, version: 1, tokens: expected)))
            let reply = try await harness.redis.send(["HGETALL", .string(harness.keys.prefix + "cred:\(id)")])
            #expect("\(reply.array ?? [])".contains("secret") == false)
            #expect(try await harness.vault.load(CredentialID("nobody")) == .gone)
        }
    }

    @Test("a connect with a refresh token that a credential ever had joins it and sets nothing back")
    func joins() async throws {
        try await StoreHarness.with { harness in
            let (id, _) = try await Self.adopt("old", harness)
            guard case .mine(let attempt) = try await harness.vault.beginRefresh(id, version: 1, limit: .seconds(30))
            else { throw Unexpected("not mine") }
            let newer = OAuthTokens(accessToken: "access-2", refreshToken: "new")
            _ = try await harness.vault.storeRefreshed(newer, attempt)
            for (refresh, resource) in [("old", "r2"), ("new", "r3")] {
                let joined = try await Self.adopt(refresh, harness, resource: resource)
                #expect(joined.id == id && !joined.isNew)
            }
            #expect(try await harness.vault.load(id) == .entry(.init(id: id, version: 2, tokens: newer)))
            #expect(try await Self.adopt("other", harness, resource: "r4").id != id)
        }
    }

    @Test("one refreshes, the others wait, and then use what it brought")
    func singleFlight() async throws {
        try await StoreHarness.with { harness in
            let (id, _) = try await Self.adopt("r", harness)
            let vault = harness.vault
            guard case .mine(let attempt) = try await vault.beginRefresh(id, version: 1, limit: .seconds(30)) else {
                throw Unexpected("not mine")
            }
            guard case .wait(let wait) = try await vault.beginRefresh(id, version: 1, limit: .seconds(30)) else {
                throw Unexpected("two refresh")
            }
            #expect(wait > .seconds(29) && wait <= .seconds(30))
            let tokens = OAuthTokens(accessToken: "a2", refreshToken: "r2", expiresAt: Date(timeIntervalSince1970: 2e9))
            let entry = TokenVault.Entry(id: id, version: 2, tokens: tokens)
            #expect(try await vault.storeRefreshed(tokens, attempt) == .stored(entry))
            // The reply was lost: the same attempt stores again.
            #expect(try await vault.storeRefreshed(tokens, attempt) == .stored(entry))
            #expect(try await vault.beginRefresh(id, version: 1, limit: .seconds(30)) == .newer(entry))
        }
    }

    @Test("an attempt that takes too long is overtaken; of two that bring tokens, the first to store wins")
    func overtaken() async throws {
        try await StoreHarness.with { harness in
            let (id, _) = try await Self.adopt("r", harness)
            let vault = harness.vault
            guard case .mine(let slow) = try await vault.beginRefresh(id, version: 1, limit: .zero),
                case .mine(let quick) = try await vault.beginRefresh(id, version: 1, limit: .seconds(30))
            else { throw Unexpected("not overtaken") }
            let won = OAuthTokens(accessToken: "slow", refreshToken: "s")
            guard case .stored(let entry) = try await vault.storeRefreshed(won, slow) else {
                throw Unexpected("a rotated token is thrown away")
            }
            #expect(try await vault.storeRefreshed(OAuthTokens(accessToken: "quick"), quick) == .newer(entry))
            #expect(entry.tokens == won)
        }
    }

    @Test("a refresh that is given up lets the next try at once")
    func givenUp() async throws {
        try await StoreHarness.with { harness in
            let (id, _) = try await Self.adopt("r", harness)
            guard case .mine(let attempt) = try await harness.vault.beginRefresh(id, version: 1, limit: .seconds(30))
            else { throw Unexpected("not mine") }
            #expect(try await harness.vault.endRefresh(attempt, isDead: false) == .over)
            guard case .mine = try await harness.vault.beginRefresh(id, version: 1, limit: .seconds(30)) else {
                throw Unexpected("still held")
            }
        }
    }

    @Test("a dead consent is declared once; its tokens go; a repeat of the declaring call knows that it was the first")
    func death() async throws {
        try await StoreHarness.with { harness in
            let (id, _) = try await Self.adopt("r", harness)
            let vault = harness.vault
            guard case .mine(let first) = try await vault.beginRefresh(id, version: 1, limit: .zero),
                case .mine(let second) = try await vault.beginRefresh(id, version: 1, limit: .seconds(30))
            else { throw Unexpected("not mine") }
            #expect(try await vault.endRefresh(first, isDead: true) == .firstDeath)
            #expect(try await vault.endRefresh(first, isDead: true) == .firstDeath)
            #expect(try await vault.endRefresh(second, isDead: true) == .dead)
            #expect(try await vault.load(id) == .dead)
            #expect(try await vault.beginRefresh(id, version: 1, limit: .seconds(1)) == .dead)
            let sealed = try await harness.redis.send([
                "HEXISTS", .string(harness.keys.prefix + "cred:\(id)"), "sealed",
            ])
            #expect(sealed.int == 0)
        }
    }

    @Test("a refusal of tokens that others have replaced meanwhile kills nothing")
    func staleDeath() async throws {
        try await StoreHarness.with { harness in
            let (id, _) = try await Self.adopt("r", harness)
            let vault = harness.vault
            guard case .mine(let slow) = try await vault.beginRefresh(id, version: 1, limit: .zero),
                case .mine(let quick) = try await vault.beginRefresh(id, version: 1, limit: .seconds(30)),
                case .stored(let entry) = try await vault.storeRefreshed(OAuthTokens(accessToken: "a"), quick)
            else { throw Unexpected("not mine") }
            #expect(try await vault.endRefresh(slow, isDead: true) == .newer(entry))
            #expect(try await vault.load(id) == .entry(entry))
        }
    }

    @Test("an app-only credential is one per directory and begins without a token")
    func appOnly() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(Self.connect, by: owner)
            let id = try #require(try await harness.vault.adoptAppOnly(directory: "D1", job.lease))
            #expect(try await harness.vault.adoptAppOnly(directory: "d1", job.lease) == id)
            #expect(try await harness.vault.load(id) == .entry(.init(id: id, version: 1, tokens: nil)))
        }
    }

    @Test("a worker whose lease has passed on adopts nothing")
    func fenced() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(Self.connect, by: owner)
            _ = try await harness.queue.handBack([job.lease], by: owner)
            #expect(try await harness.vault.adopt(OAuthTokens(accessToken: "t"), job.lease) == nil)
            #expect(try await harness.state().contains { $0.hasPrefix("cred") } == false)
        }
    }

    @Test("tokens whose key is missing can't be read, and the message names the key")
    func keyIsMissing() async throws {
        try await StoreHarness.with { harness in
            let (id, _) = try await Self.adopt("r", harness)
            let other = TokenVault(harness.store, sealer: Sealer(try SealingKeys(text: SealingKeys.newLine())))
            await #expect {
                try await other.load(id)
            } throws: { error in
                (error as? StoreError)?.code == .unreadable && "\(error)".contains("k1")
            }
        }
    }
}
