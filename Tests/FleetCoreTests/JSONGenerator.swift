import TestSupport

/// Makes valid JSON texts from a seed: nested, with spaces, escapes, several scripts and all spellings of numbers.
struct JSONGenerator {
    var random: SeededRandom

    mutating func container(depth: Int) -> String {
        random.isOne(in: 2) ? array(depth: depth) : object(depth: depth)
    }

    private mutating func value(depth: Int) -> String {
        switch Int.random(in: 0..<(depth < 4 ? 9 : 6), using: &random) {
        case 0: "null"
        case 1: random.isOne(in: 2) ? "true" : "false"
        case 2, 3: number()
        case 4, 5: string()
        case 6: array(depth: depth + 1)
        default: object(depth: depth + 1)
        }
    }

    private mutating func array(depth: Int) -> String {
        let count = Int.random(in: 0...4, using: &random)
        return "[" + space() + (0..<count).map { _ in value(depth: depth) }.joined(separator: "," + space()) + "]"
    }

    private mutating func object(depth: Int) -> String {
        let count = Int.random(in: 0...(random.isOne(in: 10) ? 30 : 4), using: &random)
        let members = (0..<count).map { index in
            let key = "\"\(index)" + string().dropFirst()
            return key + space() + ":" + space() + value(depth: depth)
        }
        return "{" + space() + members.joined(separator: space() + ",") + space() + "}"
    }

    private mutating func number() -> String {
        let whole = Int.random(in: -1_000_000...1_000_000, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return String(whole)
        case 1: return "\(whole).\(Int.random(in: 0...99999, using: &random))"
        case 2: return "\(whole)e\(Int.random(in: -20...20, using: &random))"
        case 3: return String(Int64.random(in: .min...(.max), using: &random))
        default: return "-0"
        }
    }

    private mutating func string() -> String {
        let pieces = [
            "a", "Zimmer", "é", "日本", "😀", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\uD83D\\uDE00", "\\u0000",
            "\u{202E}", " ", "e\u{301}", "\u{7F}", "\u{10FFFF}",
        ]
        let count = Int.random(in: 0...6, using: &random)
        return "\"" + (0..<count).map { _ in pieces.randomElement(using: &random)! }.joined() + "\""
    }

    private mutating func space() -> String {
        ["", "", " ", "\n", "\t ", "\r\n"].randomElement(using: &random)!
    }
}
