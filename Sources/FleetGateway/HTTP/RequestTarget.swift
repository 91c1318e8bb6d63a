import FleetCore

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
