// Goal: after a rotation the older key is needed by nothing that can be changed, whatever was written meanwhile.
// Method: secrets sealed under one key, a rotation under two, and a look with the newer one alone.
import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

@Suite("Key rotation")
struct KeyRotationTests {
    private static let oldLine = "k1:" + Data(repeating: 1, count: 32).base64EncodedString()
    private static let newLine = "k2:" + Data(repeating: 2, count: 32).base64EncodedString()

    private func sealer(_ lines: String...) throws -> Sealer {
        Sealer(try SealingKeys(text: lines.joined(separator: "\n")))
    }

    private func tokens(_ name: String) -> OAuthTokens {
        OAuthTokens(accessToken: "a-\(name)", refreshToken: "r-\(name)", expiresAt: nil)
    }

    /// A connect that waits in `resource`'s line, its tokens sealed.
    private func record(_ resource: String, _ sealer: Sealer) -> JobRecord {
        let lane = "acme:\(resource)"
        return JobRecord(
            kind: .connect, enqueuedAt: Date(timeIntervalSince1970: 1_700_000_000), id: JobID("j-\(resource)"),
            requestedCalendar: .primary, sealedTokens: sealer.seal(tokens(resource).encoded(), .job, id: lane),
            payload: Array("{\"x\":1}".utf8))
    }

    @Test("credentials and waiting connects are sealed anew, once; dead letters are counted; strangers stay")
    func rotates() async throws {
        try await StoreHarness.with { harness in
            let old = try sealer(Self.oldLine)
            let both = try sealer(Self.newLine, Self.oldLine)
            let owner = try await harness.owner()
            let vault = TokenVault(harness.store, sealer: old)
            let job = try await harness.claimOne(#"{"kind":"sync","tenant_id":"acme","resource_id":"r0"}"#, by: owner)
            let credential = try #require(try await vault.adopt(tokens("c"), job.lease)).id
            let prefix = harness.keys.prefix
            var parked = record("r1", old).encoded()
            parked[JobRecord.Column.reason] = UInt8(ascii: "b")
            try await harness.redis.send(["HSET", .string(prefix + "head"), "acme:r1", .bytes(parked)])
            try await harness.redis.send(
                ["RPUSH", .string(prefix + "rest:acme:r2"), "other", .bytes(record("r2", old).encoded())])
            try await harness.redis.send(
                ["HSET", .string(prefix + "later:acme:r3"), "1.1", .bytes(record("r3", old).encoded())])
            try await harness.redis.send(
                [
                    "XADD", .string(prefix + "dead"), "*", "s", "J", "t", "acme:r4", "r",
                    .bytes(record("r4", old).encoded()), "e", "{}",
                ])
            let stranger = try sealer("k9:" + Data(repeating: 9, count: 32).base64EncodedString())
            try await harness.redis.send(
                ["HSET", .string(prefix + "head"), "acme:r5", .bytes(record("r5", stranger).encoded())])

            let first = try await KeyRotation(harness.store, sealer: both).run()
            #expect(first.credentials == 1 && first.jobs == 3 && first.deadLetters == 1 && first.unreadable == 1)
            let second = try await KeyRotation(harness.store, sealer: both).run()
            #expect(second.credentials == 0 && second.jobs == 0 && second.deadLetters == 1)

            let new = try sealer(Self.newLine)
            guard case .entry(let entry) = try await TokenVault(harness.store, sealer: new).load(credential) else {
                throw Unexpected("the credential is gone")
            }
            #expect(entry.tokens == tokens("c") && entry.version == 1)
            let head = try #require(
                try await harness.redis.send(["HGET", .string(prefix + "head"), "acme:r1"]).bytes)
            #expect(head[JobRecord.Column.reason] == UInt8(ascii: "b"))
            let again = try #require(JobRecord(encoded: head)?.sealedTokens)
            #expect(try OAuthTokens(encoded: new.open(again, .job, id: "acme:r1")) == tokens("r1"))
            let line = try #require(
                try await harness.redis.send(["LINDEX", .string(prefix + "rest:acme:r2"), 1]).bytes)
            #expect(
                try new.open(#require(JobRecord(encoded: line)?.sealedTokens), .job, id: "acme:r2").isEmpty == false)
        }
    }

    @Test("what was written meanwhile stands: a refresh during the rotation isn't set back")
    func meanwhile() async throws {
        try await StoreHarness.with { harness in
            let key = harness.keys.prefix + "cred:c-1"
            try await harness.redis.send(["HSET", .string(key), "sealed", "newer"])
            let reply = try await harness.store.call(.reseal, .these([key])) { _ in ["sealed", "older", "mine"] }
            #expect(reply.string == "0")
            #expect(try await harness.redis.send(["HGET", .string(key), "sealed"]).string == "newer")
        }
    }

    @Test("it goes on from any step, and through more than a step holds")
    func steps() async throws {
        try await StoreHarness.with { harness in
            let old = try sealer(Self.oldLine)
            let rotation = KeyRotation(harness.store, sealer: try sealer(Self.newLine, Self.oldLine))
            for number in 0..<500 {
                let id = "c-\(number)"
                let sealed = old.seal(tokens(id).encoded(), .credential, id: id)
                try await harness.redis.send(
                    ["HSET", .string(harness.keys.prefix + "cred:" + id), "version", 1, "sealed", .string(sealed)])
            }
            let (one, next) = try await rotation.step(from: KeyRotation.Position())
            #expect(next != nil)
            var sealed = one.credentials
            var position = next
            while let current = position {
                let (progress, following) = try await rotation.step(from: current)
                sealed += progress.credentials
                position = following
            }
            #expect(sealed == 500)
            #expect(try await rotation.run() == KeyRotation.Progress())
        }
    }
}
