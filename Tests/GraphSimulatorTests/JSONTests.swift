import GraphSimulator
import Testing

/// Goal: the simulator's own JSON keeps what it reads and refuses what isn't JSON.
@Suite struct JSONTests {
    @Test(
        "a value writes back as it was read",
        arguments: [
            "{\"b\":1,\"a\":[true,false,null],\"c\":{\"d\":-1.5}}", "\"emoji 🎉 and \\u0000\"", "[]", "{}",
            "\"\\\"\\\\\\n\\t\\r\"", "9223372036854775807", "-0.25",
        ])
    func roundTrip(text: String) throws { #expect(try JSON(parsing: text).text == text) }

    @Test(
        "escapes are understood",
        arguments: [("\"\\u00e9\"", "é"), ("\"\\ud83c\\udf89\"", "🎉"), ("\"a\\/b\"", "a/b")])
    func escapes(text: String, value: String) throws { #expect(try JSON(parsing: text).string == value) }

    @Test(
        "what is no JSON is refused",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "+1", "NaN", "\"\\ud83c\"", "\"\u{1}\"", "[1] x",
            "tru", "'a'", "\"\\x\"", String(repeating: "[", count: 80) + String(repeating: "]", count: 80),
        ])
    func refusals(text: String) { #expect(throws: (any Error).self) { try JSON(parsing: text) } }
}
