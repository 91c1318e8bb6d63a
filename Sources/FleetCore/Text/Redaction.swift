// What a person may see of a text that may hold secrets: the excerpt of a rejected payload, a message from outside, a
// log line. Two rules (contract, section 4), both applied to broken and cut text too:
//
//  1. the value that belongs to a name containing token, secret, password or authorization is blanked, whatever the
//     value is: a string, an object, an array, or what follows up to the next comma, bracket or line;
//  2. every run of 16 or more of A-Za-z0-9._~+/=- is blanked.
//
// Both look at the text with its `\uXXXX`, `\/` and `\"` escapes undone, for `"oauth_\u0074oken"` is a name like any
// other. Blanking is done before cutting: a secret that the cut would shorten to 15 letters is still a secret.

/// Blanks secrets in texts of which nobody knows what they hold.
package enum Redaction {
    /// Runs of this length and longer are blanked.
    static let shortestRun = 16
    /// What stands in place of a secret.
    package static let mark = "***"
    private static let words = ["token", "secret", "password", "authorization"].map { Array($0.utf8) }

    /// The text without its secrets. Linear in its length.
    package static func blank(_ text: String) -> String {
        let units = Unit.read(text.unicodeScalars)
        return render(units, hidden: hidden(units), firstCharacters: .max)
    }

    /// The first 200 characters of a payload, whatever it holds, without its secrets; invalid UTF-8 shows as U+FFFD.
    /// Reads no more than a few KiB, however long the payload is.
    package static func excerpt(of payload: UnsafeRawBufferPointer, characters: Int = 200) -> String {
        // A character has at most 4 bytes; the rest is there so that a run or a name that the cut falls into is seen.
        let enough = characters * 4 + 1024
        let text = String(decoding: UnsafeRawBufferPointer(rebasing: payload.prefix(enough)), as: UTF8.self)
        let units = Unit.read(text.unicodeScalars)
        let cut = render(units, hidden: hidden(units), firstCharacters: characters)
        return String(String.UnicodeScalarView(cut.unicodeScalars.prefix(characters)))
    }

    /// Whether a member of that name holds a secret.
    package static func isSecretName(_ name: String) -> Bool {
        let lower = name.utf8.map(lowercased)
        return lower.indices.contains { index in words.contains { lower[index...].starts(with: $0) } }
    }

    private static func hidden(_ units: [Unit]) -> [Bool] {
        var hidden = [Bool](repeating: false, count: units.count)
        var runStart = 0
        for index in 0...units.count {
            if index < units.count, ASCIISet.opaque.contains(units[index].ascii) { continue }
            if index - runStart >= shortestRun { for place in runStart..<index { hidden[place] = true } }
            runStart = index + 1
        }
        var index = 0
        while index < units.count {
            guard let word = words.first(where: { matches($0, units, at: index) }) else {
                index += 1
                continue
            }
            index += word.count
            guard let value = SecretValue.range(afterName: index, units) else { continue }
            for place in value { hidden[place] = true }
            index = value.upperBound
        }
        return hidden
    }

    private static func matches(_ word: [UInt8], _ units: [Unit], at index: Int) -> Bool {
        guard index + word.count <= units.count else { return false }
        return word.indices.allSatisfy { lowercased(units[index + $0].ascii) == word[$0] }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func render(_ units: [Unit], hidden: [Bool], firstCharacters: Int) -> String {
        var result = String.UnicodeScalarView()
        var seen = 0
        var wasHidden = false
        for (unit, isHidden) in zip(units, hidden) {
            guard seen < firstCharacters else { break }
            if isHidden {
                if !wasHidden { result.append(contentsOf: mark.unicodeScalars) }
            } else {
                result.append(contentsOf: unit.written.prefix(firstCharacters - seen))
            }
            seen += unit.written.count
            wasHidden = isHidden
        }
        return String(result)
    }
}

/// One character as it is meant, and as it is written (an escape is several).
struct Unit {
    /// The character if it is ASCII, else 0x80: no rule asks for others.
    let ascii: UInt8
    let written: Substring.UnicodeScalarView
    /// Written as an escape: an escaped quote doesn't end the string it stands in.
    let isEscaped: Bool

    static func read(_ text: String.UnicodeScalarView) -> [Unit] {
        var units: [Unit] = []
        units.reserveCapacity(text.underestimatedCount)
        var rest = Substring.UnicodeScalarView(String(text).unicodeScalars[...])
        while let first = rest.first {
            let length = first == "\\" ? escapeLength(rest) : 1
            let written = rest.prefix(length)
            units.append(Unit(ascii: meaning(of: written), written: written, isEscaped: length > 1))
            rest = rest.dropFirst(length)
        }
        return units
    }

    private static func escapeLength(_ text: Substring.UnicodeScalarView) -> Int {
        let head = Array(text.prefix(6))
        guard head.count > 1 else { return 1 }
        guard head[1] == "u" else { return 2 }
        return head.count == 6 && head[2...].allSatisfy { $0.properties.isASCIIHexDigit } ? 6 : 2
    }

    private static func meaning(of written: Substring.UnicodeScalarView) -> UInt8 {
        let scalars = Array(written)
        let code: UInt32
        switch scalars.count {
        case 6:
            let digits = String(String.UnicodeScalarView(scalars[2...]))
            code = UInt32(digits, radix: 16) ?? 0x80
        case 2: code = scalars[1].value == 0x75 ? 0x80 : scalars[1].value
        default: code = scalars[0].value
        }
        return code < 0x80 ? UInt8(code) : 0x80
    }
}

/// Where the value of a secret's name lies, in text that may be broken, cut, or JSON inside a JSON string.
private enum SecretValue {
    private static let quotes = ASCIISet("\"'`")
    private static let space = ASCIISet(" \t\r\n")
    private static let assignment = ASCIISet(":=")
    private static let bareEnd = ASCIISet(",}]\r\n")

    /// The value after a name that contains a secret's word ending at `index`; nil if no value follows.
    static func range(afterName index: Int, _ units: [Unit]) -> Range<Int>? {
        var index = skip(ASCIISet.identifier, units, from: index)
        index = skip(quotes, units, from: index)
        index = skip(space, units, from: index)
        let colon = index
        index = skip(assignment, units, from: index)
        guard index > colon, index < units.count else { return nil }
        index = skip(space, units, from: index)
        guard index < units.count else { return nil }
        return index..<end(of: index, units)
    }

    private static func skip(_ set: ASCIISet, _ units: [Unit], from start: Int) -> Int {
        var index = start
        while index < units.count, set.contains(units[index].ascii) { index += 1 }
        return index
    }

    private static func end(of start: Int, _ units: [Unit]) -> Int {
        let first = units[start]
        if quotes.contains(first.ascii) { return endOfString(start, units) }
        if first.ascii == UInt8(ascii: "{") || first.ascii == UInt8(ascii: "[") { return endOfNested(start, units) }
        var index = start
        while index < units.count, !bareEnd.contains(units[index].ascii) { index += 1 }
        return index
    }

    /// A string ends at a quote of its own kind that is written as its first one was, escaped or not.
    private static func endOfString(_ start: Int, _ units: [Unit]) -> Int {
        var index = start + 1
        while index < units.count {
            if units[index].ascii == units[start].ascii, units[index].isEscaped == units[start].isEscaped {
                return index + 1
            }
            index += 1
        }
        return index
    }

    private static func endOfNested(_ start: Int, _ units: [Unit]) -> Int {
        var depth = 0
        var index = start
        while index < units.count {
            switch units[index].ascii {
            case UInt8(ascii: "\""):
                index = endOfString(index, units)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            index += 1
            if depth == 0 { return index }
        }
        return index
    }
}
