import Testing

@testable import Graph

/// Goal: links and items are found whatever lies between, and a page that is none is a fault, never a trap. Method:
/// pages as text, then every cut of one and noise.
@Suite struct PageScannerTests {
    private func scan(_ text: String) throws -> (layout: PageLayout, items: [String]?) {
        let bytes = Array(text.utf8)
        let layout = try bytes.withUnsafeBytes { try PageScanner.scan($0) }
        return (layout, layout.items?.map { String(decoding: bytes[$0], as: UTF8.self) })
    }

    private static let page = """
        {"@odata.context":"https://g/$metadata#Collection(event)", "extra":[1,{"value":[9]},"}]"],
         "value" : [ {"id":"1","body":{"content":"a \\"quoted\\" ] } \\\\"}} , {"id":"2"},null, 7 ,"text",[[]] ],
         "@odata.nextLink":"https:\\/\\/g\\/v1.0?$skiptoken=a\\u0026b","@odata.deltaLink":null,"n":-1.5e3,"t":true}
        """

    @Test("items keep their bytes, links lose their escapes, and what is nested is left alone")
    func ordinary() throws {
        let (layout, items) = try scan(Self.page)
        #expect(
            items == [
                "{\"id\":\"1\",\"body\":{\"content\":\"a \\\"quoted\\\" ] } \\\\\"}}", "{\"id\":\"2\"}", "null", "7",
                "\"text\"",
                "[[]]",
            ])
        #expect(layout.nextLink == "https://g/v1.0?$skiptoken=a&b")
        #expect(layout.deltaLink == nil)
    }

    @Test(
        "small pages",
        arguments: [("{}", nil), ("{\"value\":[]}", 0), (" {\n\"value\" :\t[ { } ] } ", 1), ("\u{FEFF}{}", nil)])
    func small(text: String, count: Int?) throws {
        #expect(try scan(text).items?.count == count)
    }

    @Test(
        "what is no page is a fault",
        arguments: [
            "", " ", "null", "[]", "\"{}\"", "<html>", "{", "{\"a\"", "{\"a\":}", "{\"value\":[}", "{\"value\":{}}",
            "{\"value\":[1,]}", "{a:1}", "{\"value\":null}", "{\"a\":1 \"b\":2}", "{\"a\":\"\\",
        ])
    func faults(text: String) {
        #expect(throws: PageFault.self) { try scan(text) }
    }

    @Test("a page cut anywhere is a fault")
    func cuts() {
        let bytes = Array(Self.page.utf8)
        for count in 0..<bytes.count {
            #expect(throws: PageFault.self) { try scan(String(decoding: bytes.prefix(count), as: UTF8.self)) }
        }
    }

    @Test("noise never traps, with whatever byte in whatever place")
    func noise() {
        var bytes = Array(Self.page.utf8)
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<20_000 {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            let old = bytes[index]
            bytes[index] = Array("\"\\{}[],:x\0\u{7F}".utf8).randomElement(using: &generator) ?? 0
            _ = try? bytes.withUnsafeBytes { try PageScanner.scan($0) }
            bytes[index] = old
        }
    }

    @Test("a page deeper than any stack is stepped over")
    func depth() throws {
        let deep = String(repeating: "[", count: 1_000_000) + String(repeating: "]", count: 1_000_000)
        #expect(try scan("{\"x\":\(deep),\"value\":[\(deep)]}").items?.count == 1)
    }
}

/// A small generator whose row repeats with its seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
