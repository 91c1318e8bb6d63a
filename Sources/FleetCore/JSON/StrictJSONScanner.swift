/// The state of one pass over a text. Strings and numbers are in files of their own.
struct StrictJSONScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    let maximumDepth: Int
    var position = 0
    var depth = 0
    /// The complete members of the outermost object so far: what a rejection may still say about a broken payload.
    var outermost: [JSONObject.Member] = []

    init(bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    mutating func document() throws(StrictJSONError) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw fault("begins with a byte order mark") }
        skipSpace()
        let value = try value()
        skipSpace()
        guard position == bytes.count else { throw fault("has something after its end") }
        return value
    }

    func fault(_ reason: String, at offset: Int? = nil) -> StrictJSONError {
        StrictJSONError(reason, at: offset ?? position)
    }

    /// The next byte, or 0 at the end: no token begins with 0, so the end needs no check of its own.
    @inline(__always)
    var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

    @inline(__always)
    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    mutating func value() throws(StrictJSONError) -> JSONValue {
        switch next {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw fault(position < bytes.count ? "is not valid JSON here" : "ends too early")
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(StrictJSONError) -> JSONValue {
        let length = word.utf8CodeUnitCount
        guard position + length <= bytes.count else { throw fault("is not valid JSON here") }
        for index in 0..<length where bytes[position + index] != word.utf8Start[index] {
            throw fault("is not valid JSON here")
        }
        position += length
        return value
    }

    private mutating func enter() throws(StrictJSONError) {
        depth += 1
        guard depth <= maximumDepth else { throw fault("is nested deeper than \(maximumDepth) levels") }
        position += 1
        skipSpace()
    }

    private mutating func object() throws(StrictJSONError) -> JSONObject {
        try enter()
        let isOutermost = depth == 1
        var members: [JSONObject.Member] = []
        var seen = KeySet()
        if next == UInt8(ascii: "}") {
            position += 1
            depth -= 1
            return JSONObject(members: [])
        }
        members.reserveCapacity(8)
        repeat {
            skipSpace()
            let member = try member(after: members, &seen)
            members.append(member)
            if isOutermost { outermost.append(member) }
            skipSpace()
        } while try another(closing: UInt8(ascii: "}"))
        depth -= 1
        return JSONObject(members: members)
    }

    private mutating func member(
        after members: [JSONObject.Member], _ seen: inout KeySet
    ) throws(StrictJSONError) -> JSONObject.Member {
        guard next == UInt8(ascii: "\"") else {
            throw fault(position < bytes.count ? "needs a quoted name here" : "ends too early")
        }
        let keyStart = position
        let key = try string()
        guard seen.insert(key, after: members) else {
            throw StrictJSONError("is given twice", at: keyStart, path: FieldPath.component(key), duplicate: key)
        }
        skipSpace()
        guard next == UInt8(ascii: ":") else { throw fault("needs a colon here").under(key: key) }
        position += 1
        skipSpace()
        let start = position
        do throws(StrictJSONError) {
            let value = try value()
            return JSONObject.Member(key: key, value: value, start: UInt32(start), end: UInt32(position))
        } catch {
            throw error.under(key: key)
        }
    }

    private mutating func array() throws(StrictJSONError) -> [JSONValue] {
        try enter()
        var elements: [JSONValue] = []
        if next == UInt8(ascii: "]") {
            position += 1
            depth -= 1
            return []
        }
        repeat {
            skipSpace()
            do throws(StrictJSONError) {
                elements.append(try value())
            } catch {
                throw error.under(index: elements.count)
            }
            skipSpace()
        } while try another(closing: UInt8(ascii: "]"))
        depth -= 1
        return elements
    }

    /// True after a comma, false after the closing bracket.
    private mutating func another(closing: UInt8) throws(StrictJSONError) -> Bool {
        switch next {
        case UInt8(ascii: ","):
            position += 1
            return true
        case closing:
            position += 1
            return false
        default:
            throw fault(position < bytes.count ? "needs a comma or a closing bracket here" : "ends too early")
        }
    }
}

/// The keys of one object so far. Few: compared one by one; many: hashed by their bytes, so that a hostile object of
/// 100,000 keys costs no quadratic time. Bytes, not characters: Swift holds "é" in its two spellings for equal, JSON
/// doesn't.
private struct KeySet {
    private static let few = 12
    private var hashed: Set<ByteKey> = []

    struct ByteKey: Hashable {
        let text: String

        static func == (left: ByteKey, right: ByteKey) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

        func hash(into hasher: inout Hasher) {
            var text = text
            text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }

    /// False if the key is there already.
    mutating func insert(_ key: String, after members: [JSONObject.Member]) -> Bool {
        if members.count < Self.few {
            // `==` first: it is fast, and equal bytes are always equal characters.
            return !members.contains { $0.key == key && $0.key.utf8.elementsEqual(key.utf8) }
        }
        if members.count == Self.few { hashed = Set(members.map { ByteKey(text: $0.key) }) }
        return hashed.insert(ByteKey(text: key)).inserted
    }
}
