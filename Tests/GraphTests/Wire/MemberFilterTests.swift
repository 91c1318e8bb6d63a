import Foundation
import TestSupport
import Testing

@testable import Graph

/// Goal: what isn't wanted is gone, and everything else is as it was, wherever the slices end. Method: examples in
/// every slicing, and random JSON against Foundation's reading of it.
@Suite struct MemberFilterTests {
    private func filtered(_ text: String, _ filter: MemberFilter = .events, slices: [Int] = [Int.max]) -> String {
        var filter = filter
        var body: [UInt8] = []
        var rest = Array(text.utf8)[...]
        var number = 0
        while !rest.isEmpty {
            let slice = Array(rest.prefix(slices[number % slices.count]))
            number += 1
            slice.withUnsafeBytes { filter.keep($0, in: &body) }
            rest = rest.dropFirst(slice.count)
        }
        return String(decoding: body, as: UTF8.self)
    }

    @Test(
        "values of the members go, whatever they are",
        arguments: [
            (#"{"body":"x","id":"1"}"#, #"{"body":null,"id":"1"}"#),
            (#"{"id":"1","body":{"content":"a \"q\" } ] \\","x":[{"y":"]"}]}}"#, #"{"id":"1","body":null}"#),
            (#"{"attendees" : [ {"a":[]} , {} ] , "b":1}"#, #"{"attendees" :null , "b":1}"#),
            (
                #"[{"bodyPreview":12.5e3},{"bodyPreview":true},{"body":null}]"#,
                #"[{"bodyPreview":null},{"bodyPreview":null},{"body":null}]"#
            ),
            (
                #"{"value":[{"body":"","subject":"body","body2":"x","Body":"y","bod":"body"}]}"#,
                #"{"value":[{"body":null,"subject":"body","body2":"x","Body":"y","bod":"body"}]}"#
            ),
            (#"{"a":"\"body\":","b":"attendees"}"#, #"{"a":"\"body\":","b":"attendees"}"#),
            (
                #"{"attendees2":[1],"attendee":[2],"bodyPreviewBodyPreview":3}"#,
                #"{"attendees2":[1],"attendee":[2],"bodyPreviewBodyPreview":3}"#
            ),
            (#"{"b\u006fdy":"kept"}"#, #"{"b\u006fdy":"kept"}"#),
        ])
    func examples(text: String, expected: String) {
        for size in 1...text.utf8.count { #expect(filtered(text, slices: [size]) == expected) }
    }

    @Test("a batch's answers keep their parts, and lose what the parts hold")
    func batch() {
        let text = #"{"responses":[{"id":"0","status":201,"body":{"id":"e","body":{"content":"x"},"attendees":[1]}}]}"#
        let expected = #"{"responses":[{"id":"0","status":201,"body":{"id":"e","body":null,"attendees":null}}]}"#
        for size in 1...text.utf8.count { #expect(filtered(text, .batch, slices: [size]) == expected) }
    }

    @Test(
        "what is cut off or no JSON stays so, and never traps",
        arguments: [
            "", "<html>", "{\"body\":", "{\"body\":\"abc", "{\"body\":{\"a\":[", "{\"body\":]", "}}}]",
            "\"body\":1",
            "{\"body\":\"a\\",
        ])
    func noJSON(text: String) {
        let result = filtered(text, slices: [1])
        #expect(result == filtered(text))
        #expect((try? JSONSerialization.jsonObject(with: Data(result.utf8))) == nil)
    }

    @Test("random documents, sliced at random, mean the same but for what goes", arguments: 0..<200)
    func random(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let value = [Self.value(4, &random), Self.value(4, &random)]
        let text = String(decoding: try JSONSerialization.data(withJSONObject: value), as: UTF8.self)
        let slices = (0..<5).map { _ in Int.random(in: 1...40, using: &random) }
        let result = try JSONSerialization.jsonObject(with: Data(filtered(text, slices: slices).utf8))
        let expected = try JSONSerialization.data(withJSONObject: Self.without(value), options: .sortedKeys)
        #expect(try JSONSerialization.data(withJSONObject: result, options: .sortedKeys) == expected)
    }

    private static func value(_ depth: Int, _ random: inout SeededRandom) -> Any {
        let texts = [
            "", "body", "\"", "\\", "a\"b\\\"", "{[", "]}", "é\u{1F600}", ":,", String(repeating: "x\\", count: 30),
        ]
        let names = ["body", "bodyPreview", "attendees", "id", "bod", "\"body", "subject", "start", "a\\"]
        switch depth > 0 ? Int.random(in: 0..<6, using: &random) : Int.random(in: 2..<6, using: &random) {
        case 0:
            return Dictionary(
                (0..<5).map { _ in (names.randomElement(using: &random) ?? "", value(depth - 1, &random)) },
                uniquingKeysWith: { _, last in last })
        case 1: return (0..<3).map { _ in value(depth - 1, &random) }
        case 2: return Int.random(in: -9...9, using: &random)
        case 3: return NSNull()
        case 4: return true
        default: return texts.randomElement(using: &random) ?? ""
        }
    }

    private static func without(_ value: Any) -> Any {
        if let object = value as? [String: Any] {
            return Dictionary(
                uniqueKeysWithValues: object.map { name, value in
                    (name, ["body", "bodyPreview", "attendees"].contains(name) ? NSNull() : without(value))
                })
        }
        if let list = value as? [Any] { return list.map(without) }
        return value
    }
}
