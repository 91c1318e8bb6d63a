import FleetCore
import Foundation
import TestSupport
import Testing

// Goal: the scanner takes exactly what RFC 8259 allows, minus what two parsers could read differently. Method: tables
// of what must pass and what must not, then texts made from a seed, compared with Foundation's reading of them.

@Suite struct StrictJSONTests {
    @Test("valid texts are read, with their members in order")
    func reads() throws {
        let value = try StrictJSON.parse(#" {"b":[1,-0.5e3,true,null],"a":{"x":"é\u00e9\uD83D\uDE00\n"}} "#)
        let object = try #require(value.objectValue)
        #expect(object.members.map(\.key) == ["b", "a"])
        #expect(object["b"] == .array([.integer(1), .number(-500), .bool(true), .null]))
        #expect(object["a"]?.objectValue?["x"] == .string("éé😀\n"))
        #expect(try StrictJSON.parse("\"\\u0000\"") == .string("\u{0}"))
        #expect(try StrictJSON.parse("9223372036854775807") == .integer(.max))
        #expect(try StrictJSON.parse("-9223372036854775808") == .integer(.min))
        #expect(try StrictJSON.parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
    }

    @Test(
        "what RFC 8259 doesn't allow is refused",
        arguments: [
            "", " ", "{", "}", "[", "]", "[1,]", "{\"a\":1,}", "{,}", "[,1]", "{\"a\"}", "{\"a\":}", "{a:1}",
            "{'a':1}", "nul", "True", "NaN", "Infinity", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x10", "1 2",
            "1e999",
            "{} {}", "[1 2]", "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\t\"", "\"\n\"",
            "\"\u{0}\"",
            "// a\n1", "/* */1", "\u{FEFF}1", "\u{A0}1", "1\u{0}", "{\"a\":1;}", "[1}", "{\"a\":1]",
        ])
    func refuses(_ text: String) {
        #expect(throws: StrictJSONError.self) { try StrictJSON.parse(text) }
    }

    @Test(
        "a lone surrogate is refused",
        arguments: [#""\uD800""#, #""\uDC00""#, #""\uD800\uD800""#, #""\uD800x""#, #""\uDFFF\uD800""#, #""\ud83d\n""#])
    func surrogates(_ text: String) {
        #expect(throws: StrictJSONError.self) { try StrictJSON.parse(text) }
    }

    @Test(
        "bytes that aren't UTF-8 are refused in any string",
        arguments: [
            [0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82],
            [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x28, 0xA1],
        ] as [[UInt8]])
    func invalidUTF8(_ bytes: [UInt8]) {
        for text in [[0x22] + bytes + [0x22], Array("{\"".utf8) + bytes + Array("\":1}".utf8), bytes] {
            #expect(throws: StrictJSONError.self) { try StrictJSON.parse(text) }
        }
    }

    @Test("a key given twice is refused at any level, also when it is spelt with escapes, and named")
    func duplicates() {
        #expect(fault(#"{"a":1,"a":1}"#) == "a: is given twice (byte 7)")
        #expect(fault(#"{"x":[0,{"b":1,"\u0062":2}]}"#) == "x[1].b: is given twice (byte 15)")
        let many = (0..<50).map { "\"k\($0)\":0" }
        #expect(
            fault("{" + (many + ["\"k7\":1"]).joined(separator: ",") + "}")?.hasPrefix("k7: is given twice") == true)
    }

    @Test("keys that only look alike are different keys")
    func lookalikes() throws {
        let few = #"{"\#u{E9}":1,"e\#u{301}":2}"#
        #expect(try StrictJSON.parse(few).objectValue?.members.count == 2)
        let many = (0..<50).map { "\"k\($0)\":0" } + ["\"\u{E9}\":1", "\"e\u{301}\":2"]
        #expect(try StrictJSON.parse("{" + many.joined(separator: ",") + "}").objectValue?.members.count == 52)
    }

    @Test("64 levels pass, 65 don't")
    func depth() {
        let deep = { (levels: Int) in
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        #expect(fault(deep(64)) == nil)
        #expect(fault(deep(65))?.contains("deeper than 64 levels") == true)
        #expect(fault(String(repeating: "{\"a\":", count: 100_000))?.contains("deeper than 64") == true)
    }

    @Test("size is limited, and said")
    func size() {
        var limits = StrictJSON.Limits()
        limits.maximumBytes = 10
        #expect(throws: Never.self) { try StrictJSON.parse("[12345678]", limits: limits) }
        #expect(throws: StrictJSONError.self) { try StrictJSON.parse("[123456789]", limits: limits) }
    }

    @Test("a fault names path and byte, and never shows a long or odd key as it is")
    func paths() {
        #expect(
            fault(#"{"settings":{"window":{"past":01}}}"#)
                == "settings.window.past: has a number with a leading zero (byte 30)")
        #expect(fault(#"{"eyJhbGciOiJIUzI1NiJ9.abc":{"a":tru}}"#)?.hasPrefix("***.a:") == true)
        #expect(fault(#"{"a\u0007b":x}"#)?.hasPrefix("a\u{FFFD}b:") == true)
    }

    @Test("texts made from a seed read as Foundation reads them, and truncated ones are refused")
    func againstFoundation() throws {
        for seed in UInt64(1)...300 {
            var generator = JSONGenerator(random: SeededRandom(seed: seed))
            let text = generator.container(depth: 0)
            let bytes = Array(text.utf8)
            let ours = try StrictJSON.parse(bytes)
            let theirs = try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
            #expect(same(ours, theirs), "seed \(seed): \(text)")
            var writer = JSONWriter()
            writer.value(ours)
            #expect(try StrictJSON.parse(writer.bytes) == ours, "seed \(seed)")
            let cut = Int.random(in: 0..<bytes.count, using: &generator.random)
            #expect(throws: StrictJSONError.self, "seed \(seed)") { try StrictJSON.parse(Array(bytes[..<cut])) }
        }
    }

    @Test("texts with one byte changed never crash, and what passes is valid for Foundation too")
    func mutations() throws {
        for seed in UInt64(1)...2000 {
            var generator = JSONGenerator(random: SeededRandom(seed: seed))
            var bytes = Array(generator.container(depth: 2).utf8)
            let place = Int.random(in: 0..<bytes.count, using: &generator.random)
            bytes[place] = UInt8.random(in: 0...255, using: &generator.random)
            guard let ours = try? StrictJSON.parse(bytes) else { continue }
            let theirs = try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
            #expect(same(ours, theirs), "seed \(seed)")
        }
    }

    private func fault(_ text: String) -> String? {
        do throws(StrictJSONError) {
            _ = try StrictJSON.parse(text)
            return nil
        } catch {
            return error.description
        }
    }

    private func same(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours {
        case .null: return theirs is NSNull
        case .bool(let value): return (theirs as? NSNumber)?.boolValue == value
        case .integer(let value): return (theirs as? NSNumber)?.int64Value == value
        case .number(let value):
            // Foundation goes by way of a decimal and is off in the last digit at times.
            guard let other = (theirs as? NSNumber)?.doubleValue else { return false }
            return abs(value - other) <= abs(value) * 1e-14
        case .string(let value): return (theirs as? String).map { Array($0.utf8) == Array(value.utf8) } ?? false
        case .array(let elements):
            guard let others = theirs as? [Any], others.count == elements.count else { return false }
            return zip(elements, others).allSatisfy(same)
        case .object(let object):
            guard let others = theirs as? [String: Any], others.count == object.members.count else { return false }
            return object.members.allSatisfy { member in others[member.key].map { same(member.value, $0) } ?? false }
        }
    }
}
