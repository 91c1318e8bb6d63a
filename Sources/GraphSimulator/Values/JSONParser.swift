/// What is wrong with a text that should be JSON, and where.
struct JSONParseError: Error, CustomStringConvertible {
    let reason: String
    let offset: Int
    var description: String { "\(reason) at byte \(offset)" }
}

/// A strict parser of RFC 8259: no trailing commas, no comments, no duplicate names, valid UTF-8, at most 64 levels.
struct JSONParser {
    private let bytes: [UInt8]
    private var at = 0
    private static let maximumDepth = 64

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Parses a whole text.
    static func parse(_ bytes: [UInt8]) throws(JSONParseError) -> JSON {
        var parser = JSONParser(bytes)
        parser.skipSpace()
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        if parser.at != bytes.count { throw parser.error("text after the value") }
        return value
    }

    private func error(_ reason: String) -> JSONParseError { JSONParseError(reason: reason, offset: at) }

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while at < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[at]) { at += 1 }
    }

    private mutating func expect(_ byte: UInt8) throws(JSONParseError) {
        guard peek == byte else { throw error("expected '\(Character(UnicodeScalar(byte)))'") }
        at += 1
    }

    private mutating func value(depth: Int) throws(JSONParseError) -> JSON {
        if depth > Self.maximumDepth { throw error("nested too deeply") }
        switch peek {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw error("text ends where a value is expected")
        default: return try number()
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSON) throws(JSONParseError) -> JSON {
        let length = text.utf8CodeUnitCount
        let matches = text.withUTF8Buffer { $0.elementsEqual(bytes[at..<min(at + length, bytes.count)]) }
        guard matches else { throw error("no JSON value") }
        at += length
        return value
    }

    private mutating func object(depth: Int) throws(JSONParseError) -> JSON {
        try expect(UInt8(ascii: "{"))
        var object = JSONObject()
        var seen = Set<String>()
        skipSpace()
        if peek == UInt8(ascii: "}") {
            at += 1
            return .object(object)
        }
        while true {
            skipSpace()
            let name = try string()
            guard seen.insert(name).inserted else { throw error("the name '\(name)' is given twice") }
            skipSpace()
            try expect(UInt8(ascii: ":"))
            skipSpace()
            object.members.append(.init(name: name, value: try value(depth: depth + 1)))
            skipSpace()
            if peek == UInt8(ascii: ",") {
                at += 1
            } else {
                try expect(UInt8(ascii: "}"))
                return .object(object)
            }
        }
    }

    private mutating func array(depth: Int) throws(JSONParseError) -> JSON {
        try expect(UInt8(ascii: "["))
        var elements: [JSON] = []
        skipSpace()
        if peek == UInt8(ascii: "]") {
            at += 1
            return .array(elements)
        }
        while true {
            skipSpace()
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if peek == UInt8(ascii: ",") {
                at += 1
            } else {
                try expect(UInt8(ascii: "]"))
                return .array(elements)
            }
        }
    }

    private mutating func number() throws(JSONParseError) -> JSON {
        let start = at
        var isWhole = true
        while let byte = peek, "+-0123456789.eE".utf8.contains(byte) {
            if ".eE".utf8.contains(byte) { isWhole = false }
            at += 1
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        guard let first = text.utf8.first, first != UInt8(ascii: "+"), !text.isEmpty else {
            throw error("no JSON value")
        }
        let digits = text.drop { $0 == "-" }
        if digits.count > 1, digits.first == "0", digits.dropFirst().first?.isNumber == true {
            throw error("a number with a leading zero")
        }
        if isWhole, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw error("no number") }
        return .number(value)
    }

    private mutating func string() throws(JSONParseError) -> String {
        try expect(UInt8(ascii: "\""))
        let start = at
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { at += 1 }
        if peek == UInt8(ascii: "\"") {
            defer { at += 1 }
            return try text(Array(bytes[start..<at]))
        }
        var collected = Array(bytes[start..<at])
        while true {
            guard let byte = peek else { throw error("a text without end") }
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(collected)
            case UInt8(ascii: "\\"): try escape(into: &collected)
            case 0..<0x20: throw error("a control character in a text")
            default: collected.append(byte)
            }
        }
    }

    private func text(_ bytes: [UInt8]) throws(JSONParseError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw error("invalid UTF-8") }
        return text
    }

    private mutating func escape(into collected: inout [UInt8]) throws(JSONParseError) {
        guard let byte = peek else { throw error("a text without end") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): collected.append(byte)
        case UInt8(ascii: "b"): collected.append(8)
        case UInt8(ascii: "f"): collected.append(12)
        case UInt8(ascii: "n"): collected.append(10)
        case UInt8(ascii: "r"): collected.append(13)
        case UInt8(ascii: "t"): collected.append(9)
        case UInt8(ascii: "u"):
            var unit = UInt32(try hexadecimal())
            if (0xD800..<0xDC00).contains(unit) {
                guard peek == UInt8(ascii: "\\"), at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "u") else {
                    throw error("a lone surrogate")
                }
                at += 2
                let low = UInt32(try hexadecimal())
                guard (0xDC00..<0xE000).contains(low) else { throw error("a lone surrogate") }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = UnicodeScalar(unit) else { throw error("a lone surrogate") }
            collected.append(contentsOf: String(Character(scalar)).utf8)
        default: throw error("an unknown escape")
        }
    }

    private mutating func hexadecimal() throws(JSONParseError) -> UInt16 {
        guard at + 4 <= bytes.count, let value = UInt16(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
        else { throw error("no \\u escape") }
        at += 4
        return value
    }
}

extension JSON {
    /// Parses a text, strictly.
    ///
    /// - Throws: `JSONParseError` with the place of the fault.
    package init(parsing text: String) throws { self = try JSONParser.parse(Array(text.utf8)) }

    /// Parses bytes, strictly.
    ///
    /// - Throws: `JSONParseError` with the place of the fault.
    package init(parsing bytes: [UInt8]) throws { self = try JSONParser.parse(bytes) }
}
