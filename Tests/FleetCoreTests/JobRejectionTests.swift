import FleetCore
import Foundation
import Testing

// Goal: a rejection says as much as the payload does, and no secret. Method: payloads broken in every way we know.

private func rejection(_ payload: [UInt8], list: JobKind? = nil, limits: JobDecoder.Limits = .init()) -> JobRejection? {
    let decoder = JobDecoder(limits: limits)
    if case .failure(let rejection) = decoder.decode(payload, list: list, now: Date()) { return rejection }
    return nil
}

@Suite struct JobRejectionTests {
    @Test("what was complete before the fault is named")
    func names() throws {
        let broken = try #require(
            rejection(Array(#"{"kind":"sync","tenant_id":"t","id":"j","resource_id":"r","calendar_id":"c","x":"#.utf8)))
        #expect(broken.jobID == JobID("j") && broken.tenant == TenantID("t") && broken.kind == .sync)
        #expect(broken.resource == ResourceID("r") && broken.calendar == CalendarID("c"))
        #expect(broken.error == JobError(.invalidJob, "not valid JSON: x: ends too early (byte 80)"))
    }

    @Test("an id given twice, or a hostile one, is not named")
    func notNamed() throws {
        let twice = try #require(rejection(Array(#"{"tenant_id":"t","id":"a","id":"b"}"#.utf8), list: .sync))
        #expect(twice.jobID == nil && twice.tenant == TenantID("t") && twice.kind == .sync)
        #expect(twice.error.message == "not valid JSON: id: is given twice (byte 26)")
        let hostile = try #require(rejection(Array(#"{"tenant_id":"a b","id":"a\u0000b"}"#.utf8), list: .sync))
        #expect(hostile.jobID == nil && hostile.tenant == nil)
        let contradicting = try #require(
            rejection(Array(#"{"tenant_id":"t","kind":"connect","resource_id":"r"}"#.utf8), list: .sync))
        #expect(contradicting.kind == nil)
    }

    @Test("a payload over the limit is too large, and its beginning is read for names")
    func tooLarge() throws {
        let start = #"{"tenant_id":"t","id":"j","oauth_token":"eyJsekret","body":""#
        let payload = Array(start.utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        let found = try #require(rejection(payload))
        #expect(found.error.code == .payloadTooLarge && found.jobID == JobID("j"))
        #expect(found.error.message == "the payload has \(payload.count) bytes; at most 1048576 are allowed")
        #expect(!found.excerpt.contains("sekret") && found.excerpt.unicodeScalars.count <= 200)
        let exact = Array(#"{"kind":"sync","tenant_id":"t","resource_id":"r","x":""#.utf8)
        let filled =
            exact + [UInt8](repeating: UInt8(ascii: "x"), count: (1 << 20) - exact.count - 2) + Array("\"}".utf8)
        #expect(rejection(filled) == nil)
        #expect(rejection(filled + [0x20])?.error.code == .payloadTooLarge)
    }

    @Test(
        "payloads that are no JSON object are rejected",
        arguments: ["", "\0", "null", "\"x\"", "GET / HTTP/1.1", "{\"tenant_id\":\"t\"", "\u{FEFF}{}", "{'a':1}"])
    func noJSON(_ text: String) throws {
        let found = try #require(rejection(Array(text.utf8), list: .sync))
        #expect(found.error.code == .invalidJob && !found.error.retryable && found.kind == .sync)
    }

    @Test("bytes that aren't UTF-8 show as the replacement character, in the excerpt only")
    func invalidUTF8() throws {
        let found = try #require(rejection(Array(#"{"tenant_id":""#.utf8) + [0xFF, 0xFE] + Array(#""}"#.utf8)))
        #expect(found.error.message == "not valid JSON: tenant_id: is not valid UTF-8 (byte 14)")
        #expect(found.excerpt.contains("\u{FFFD}"))
    }
}
