/// Path and query of a request, read strictly: what two readers might read differently is refused, so that nothing
/// behind us sees another path than we checked.
struct RequestTarget: Sendable, Equatable {
    static let maximumPathBytes = 4096
    static let maximumQueryBytes = 8192

    /// Decoded, without the slashes: `[]` for `/`.
    let segments: [String]
    /// As it came.
    let path: String
    let query: Query

    init(_ text: String) throws(Problem) {
        guard text.first == "/" else { throw .invalid("the request's target must be a path") }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .invalid("the path holds characters that must be percent-encoded")
        }
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[0].utf8.count <= Self.maximumPathBytes,
            parts.count == 1 || parts[1].utf8.count <= Self.maximumQueryBytes
        else { throw Problem(414, "uri_too_long", "path or query are too long") }
        path = String(parts[0])
        guard path != "/" else {
            segments = []
            query = try Query(parts.count == 2 ? parts[1] : "")
            return
        }
        var segments: [String] = []
        for segment in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let decoded = PercentCoding.decode(segment), decoded.isEmpty || Self.isPlain(decoded) else {
                throw .invalid("a part of the path is wrongly percent-encoded, or holds what no path of ours does")
            }
            guard decoded != "." && decoded != ".." else { throw .invalid("the path holds a dot segment") }
            segments.append(decoded)
        }
        self.segments = segments
        query = try Query(parts.count == 2 ? parts[1] : "")
    }

    private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
}

/// The parameters of a query. `+` stays a plus: resource ids and times hold it; a space is `%20`.
struct Query: Sendable, Equatable {
    private let pairs: [(name: String, raw: Substring)]

    init(_ text: Substring) throws(Problem) {
        var pairs: [(name: String, raw: Substring)] = []
        for piece in text.split(separator: "&") {
            let parts = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentCoding.decode(parts[0]) else {
                throw .invalid("a query parameter's name is wrongly percent-encoded")
            }
            guard !pairs.contains(where: { $0.name == name }) else {
                throw .invalid("a query parameter is given twice")
            }
            guard pairs.count < 50 else { throw .invalid("there are too many query parameters") }
            pairs.append((name, parts.count == 2 ? parts[1] : ""))
        }
        self.pairs = pairs
    }

    /// The value; nil if the parameter isn't there.
    func value(_ name: String) throws(Problem) -> String? {
        guard let pair = pairs.first(where: { $0.name == name }) else { return nil }
        guard let text = PercentCoding.decode(pair.raw), text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw .invalid("\(name): is wrongly percent-encoded")
        }
        return text
    }

    /// The value as forms encode it, `+` for a space: how Microsoft writes what it sends us.
    func formValue(_ name: String) -> String? {
        guard let pair = pairs.first(where: { $0.name == name }) else { return nil }
        return PercentCoding.decode(pair.raw, plusIsSpace: true)
    }

    static func == (left: Query, right: Query) -> Bool {
        left.pairs.elementsEqual(right.pairs) { $0.name == $1.name && $0.raw == $1.raw }
    }
}

/// Percent-encoding (RFC 3986, section 2.1).
enum PercentCoding {
    /// nil for a `%` without two hex digits, and for what isn't UTF-8 then.
    static func decode(_ text: Substring, plusIsSpace: Bool = false) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hex), let low = rest.popFirst().flatMap(hex) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(0x20)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// All but the unreserved characters are encoded.
    static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }

    /// A query or a form's body out of pairs.
    static func encode(_ pairs: [(String, String)]) -> String {
        pairs.map { "\(encode($0.0))=\(encode($0.1))" }.joined(separator: "&")
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
