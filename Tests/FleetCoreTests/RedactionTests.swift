import FleetCore
import Foundation
import TestSupport
import Testing

// Goal: no secret survives in an excerpt, whatever the payload looks like. Method: tables of both rules, then payloads
// with a known secret, cut at every byte.

@Suite struct RedactionTests {
    @Test(
        "the value of a name that contains token, secret, password or authorization is blanked",
        arguments: [
            (#"{"oauth_token":"abc","x":1}"#, #"{"oauth_token":***,"x":1}"#),
            (#"{"Client_SECRET" : "a\"b" , "x":1}"#, #"{"Client_SECRET" : *** , "x":1}"#),
            (#"{"passwords":["a","b"],"x":1}"#, #"{"passwords":***,"x":1}"#),
            (#"{"oauth_token":{"a":"}","b":{"c":1}},"x":1}"#, #"{"oauth_token":***,"x":1}"#),
            (#"{"oauth_\u0074oken":"abc","x":1}"#, #"{"oauth_\u0074oken":***,"x":1}"#),
            (#"{"token":12345,"x":1}"#, #"{"token":***,"x":1}"#),
            (#"{oauth_token: abc, x: 1}"#, #"{oauth_token: ***, x: 1}"#),
            (#"{'oauth_token':'abc','x':1}"#, #"{'oauth_token':***,'x':1}"#),
            (#"{"oauth_token":"abc"#, #"{"oauth_token":***"#),
            ("Authorization: Bearer abc\nHost: x", "Authorization: ***\nHost: x"),
            (#"{"body":"{\"token\":\"abc\",\"x\":1}"}"#, #"{"body":"{\"token\":***,\"x\":1}"}"#),
            (#"{"name":"token","value":"abc"}"#, #"{"name":"token","value":"abc"}"#),
            ("password=abc", "password=***"), ("the token ", "the token "), ("token:", "token:"),
        ])
    func names(_ text: String, _ expected: String) {
        #expect(Redaction.blank(text) == expected)
    }

    @Test(
        "runs of 16 and more are blanked, shorter ones stay",
        arguments: [
            ("a 0123456789abcdef b", "a *** b"), ("a 0123456789abcde b", "a 0123456789abcde b"),
            (#""eyJ0eXAi\/OiJKV1Qi""#, "\"***\""), ("x=0123456789/+~._-=é", "***é"), ("0123456789abcdef", "***"),
        ])
    func runs(_ text: String, _ expected: String) {
        #expect(Redaction.blank(text) == expected)
    }

    @Test("an excerpt has at most 200 characters, and a secret that the cut falls into is no less blanked")
    func excerpt() {
        let long = String(repeating: "é ", count: 300)
        #expect(excerpt(Array(long.utf8)).unicodeScalars.count == 200)
        for padding in 150..<200 {
            let run = String(repeating: " ", count: padding) + "S3CR3TS3CR3TS3CR3TS3CR3T"
            #expect(!excerpt(Array(run.utf8)).contains("S"), "\(padding)")
            let name = String(repeating: " ", count: padding) + #""my_password":"S3C""#
            #expect(!excerpt(Array(name.utf8)).contains("S"), "\(padding)")
        }
    }

    @Test("a payload cut at any byte shows no part of its tokens")
    func cuts() {
        let text = #"{"tenant_id":"acme","oauth_token":{"access_token":"AAAA BBBB","refresh_token":"ZZZZ"},"id":"j"}"#
        for length in 0...text.utf8.count {
            let shown = excerpt(Array(text.utf8.prefix(length)))
            #expect(!shown.contains("AA") && !shown.contains("BB") && !shown.contains("ZZ"), "\(length)")
        }
    }

    @Test("random bytes never crash it")
    func randomBytes() {
        var random = SeededRandom(seed: 7)
        let alphabet = Array(#"{}[]":,\u token=secret:"abcé"#.utf8) + [0xFF, 0xC3, 0x00]
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in alphabet.randomElement(using: &random)!
            }
            #expect(excerpt(bytes).unicodeScalars.count <= 200)
        }
    }

    private func excerpt(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes { Redaction.excerpt(of: $0) } }
}
