import FleetCore
import Foundation
import Testing

// Goal: what rests in Redis holds no secret, and reads as the same job later. Method: accept, look at the stored bytes,
// decode them again.

@Suite struct StoredPayloadTests {
    private let now = Date(timeIntervalSince1970: 1_780_000_000)

    private func accept(_ text: String, list: JobKind? = nil) throws -> AcceptedJob {
        try JobDecoder().decode(Array(text.utf8), list: list, now: now).get()
    }

    @Test("a payload without secrets keeps its bytes")
    func plain() throws {
        #expect(try accept(#"{"kind":"sync","tenant_id":"t","resource_id":"r","x":{"y":1}}"#).stored == .asItCame)
        let appOnly =
            #"{"kind":"connect","tenant_id":"t","resource_id":"r","mailbox":"m","app_only":{"directory":"d"}}"#
        #expect(try accept(appOnly).stored == .asItCame)
    }

    @Test(
        "a connect's tokens leave its bytes, everything else stays as it came",
        arguments: [
            (
                #"{"tenant_id":"t", "oauth_token" : "S3C" ,"resource_id":"r"}"#,
                #"{"tenant_id":"t", "oauth_token" : null ,"resource_id":"r"}"#
            ),
            (
                #"{"oauth_token":{"access_token":"S3C","id_token":"S3C","S3C":1},"tenant_id":"t","resource_id":"r"}"#,
                #"{"oauth_token":{"access_token":null,"id_token":null},"tenant_id":"t","resource_id":"r"}"#
            ),
            (
                #"{"tenant_id":"t","resource_id":"r","client_secret":"S3C","a":[{"Token":"S3C"}],"oauth_token":"S3C"}"#,
                #"{"tenant_id":"t","resource_id":"r","client_secret":null,"a":null,"oauth_token":null}"#
            ),
        ])
    func connect(_ text: String, _ expected: String) throws {
        let accepted = try accept(text, list: .connect)
        guard case .withoutSecrets(let bytes, let tokens?) = accepted.stored else { throw Unexpected() }
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
        #expect(tokens.accessToken == "S3C" && !"\(tokens)".contains("S3C"))
        #expect(OAuthTokens(encoded: tokens.encoded()) == tokens)
    }

    @Test("the stored form reads as the same job, with the same warnings")
    func sameJob() throws {
        let text = #"""
            {"kind":"connect","tenant_id":"t","resource_id":"r","traceparent":"x","foo":2,"my_secret":"S",
             "oauth_token":{"access_token":"a","refresh_token":"b","expires_in":60,"scope":"c",
              "expires_at":"2026-01-01T00:00:00Z"}}
            """#
        let accepted = try accept(text)
        guard case .withoutSecrets(let bytes, let tokens) = accepted.stored else { throw Unexpected() }
        #expect(try JobDecoder().decodeStored(bytes, list: nil, tokens: tokens).get() == accepted.job)
        guard case .failure = JobDecoder().decodeStored(bytes, list: nil) else { throw Unexpected() }
    }

    @Test("a sync that brings a token along loses it, and nothing is there to seal")
    func strayToken() throws {
        let accepted = try accept(#"{"kind":"sync","tenant_id":"t","resource_id":"r","oauth_token":"S3C"}"#)
        let bare = Array(#"{"kind":"sync","tenant_id":"t","resource_id":"r","oauth_token":null}"#.utf8)
        #expect(accepted.stored == .withoutSecrets(bare, tokens: nil))
        #expect(try JobDecoder().decodeStored(bare, list: nil).get() == accepted.job)
    }

    @Test("sealed tokens of a newer version are not read")
    func newerTokens() {
        #expect(OAuthTokens(encoded: Array(#"{"v":2,"access_token":"a"}"#.utf8)) == nil)
        #expect(OAuthTokens(encoded: Array("x".utf8)) == nil)
    }
}
