// Of an event in a page a few hundred bytes are wanted, of some 2 KB that are left when bodies and attendees are gone
// (MemberFilter). So a page isn't decoded as a whole: one pass over its bytes finds its links and where each item of
// `value` lies, and each item is then decoded by itself. That way
//   - what is held is the page's bytes and the reduced items, never a tree of the page,
//   - one item that can't be read fails alone,
//   - decoding can pause between items, so that the loop stays responsive.
//
// The pass follows strings and brackets only; whether an item is valid JSON inside is its decoder's to say. Cost: about
// a nanosecond a byte.

/// Where things lie in a page.
struct PageLayout: Equatable {
    var nextLink: String?
    var deltaLink: String?
    /// The items of `value`; nil if there is no such array.
    var items: [Range<Int>]?
}

/// What is wrong with a page as a whole.
struct PageFault: Error, Equatable {
    let reason: String
}

struct PageScanner {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    /// More items than any page has; a bound for what a broken answer can make us hold.
    private static let maximumItems = 100_000

    static func scan(_ bytes: UnsafeRawBufferPointer) throws(PageFault) -> PageLayout {
        var scanner = PageScanner(bytes)
        return try scanner.page()
    }

    /// Where the values of an object's members lie; the last of equal names counts.
    static func members(_ bytes: UnsafeRawBufferPointer) throws(PageFault) -> [String: Range<Int>] {
        var scanner = PageScanner(bytes)
        var members: [String: Range<Int>] = [:]
        try scanner.expect(UInt8(ascii: "{"))
        guard !scanner.accept(UInt8(ascii: "}")) else { return members }
        repeat {
            let key = scanner.text(try scanner.string())
            try scanner.expect(UInt8(ascii: ":"))
            members[key] = try scanner.value()
        } while scanner.accept(UInt8(ascii: ","))
        try scanner.expect(UInt8(ascii: "}"))
        return members
    }

    /// Where the elements of an array lie.
    static func elements(_ bytes: UnsafeRawBufferPointer) throws(PageFault) -> [Range<Int>] {
        var scanner = PageScanner(bytes)
        return try scanner.items()
    }

    private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private mutating func page() throws(PageFault) -> PageLayout {
        var layout = PageLayout()
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        try expect(UInt8(ascii: "{"))
        guard !accept(UInt8(ascii: "}")) else { return layout }
        repeat {
            let key = text(try string())
            try expect(UInt8(ascii: ":"))
            switch key {
            case "value": layout.items = try items()
            case "@odata.nextLink": layout.nextLink = try link()
            case "@odata.deltaLink": layout.deltaLink = try link()
            default: _ = try value()
            }
        } while accept(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
        return layout
    }

    private mutating func items() throws(PageFault) -> [Range<Int>] {
        try expect(UInt8(ascii: "["))
        var items: [Range<Int>] = []
        guard !accept(UInt8(ascii: "]")) else { return items }
        repeat {
            items.append(try value())
            guard items.count <= Self.maximumItems else { throw PageFault(reason: "too many items") }
        } while accept(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
        return items
    }

    /// A text, or null, which counts as absent.
    private mutating func link() throws(PageFault) -> String? {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            _ = try value()
            return nil
        }
        return text(try string())
    }

    /// Steps over one value of whatever kind; its range.
    private mutating func value() throws(PageFault) -> Range<Int> {
        skipSpace()
        let start = position
        guard position < bytes.count else { throw PageFault(reason: "cut off") }
        switch bytes[position] {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "{"), UInt8(ascii: "["): try brackets()
        default:
            while position < bytes.count, !isDelimiter(bytes[position]) { position += 1 }
            guard position > start else { throw PageFault(reason: "a value is missing") }
        }
        return start..<position
    }

    /// Steps over an object or array. Only the depth is counted, not which bracket closes which.
    private mutating func brackets() throws(PageFault) {
        var depth = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                _ = try string()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            position += 1
            if depth == 0 { return }
        }
        throw PageFault(reason: "cut off")
    }

    /// Steps over a string; the range between its quotes.
    private mutating func string() throws(PageFault) -> Range<Int> {
        try expect(UInt8(ascii: "\""))
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return start..<(position - 1)
            case UInt8(ascii: "\\"): position += 2
            default: position += 1
            }
        }
        throw PageFault(reason: "cut off")
    }

    /// Keys and links as they stand. Escapes in them: only those that Graph's writer may use in a URL (`\/`, `\u0026`).
    private func text(_ range: Range<Int>) -> String {
        let raw = String(decoding: bytes[range], as: UTF8.self)
        return raw.contains("\\") ? JSONText.unescaped(raw) : raw
    }

    private mutating func skipSpace() {
        while position < bytes.count, isSpace(bytes[position]) { position += 1 }
    }

    private mutating func accept(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(PageFault) {
        guard accept(byte) else { throw PageFault(reason: position < bytes.count ? "no JSON page" : "cut off") }
    }
}

func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

func isDelimiter(_ byte: UInt8) -> Bool {
    isSpace(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
}
