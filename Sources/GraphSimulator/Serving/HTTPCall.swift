/// One request, taken apart.
struct HTTPCall: Sendable {
    var method: String
    /// Path and query as they came.
    var target: String
    /// The path's segments, decoded; `calendars('x')` is two of them, `microsoft.graph.delta()` is `delta`.
    var segments: [String]
    /// Names and values of the query, decoded.
    var query: [(name: String, value: String)]
    /// Names in lower case.
    var headers: [(name: String, value: String)]
    var body: [UInt8]
    /// Scheme, host and port by which the client reached us; links are built on it.
    var base: String
    /// Number of the batch request of which this is a part.
    var batch: Int?

    init(
        method: String, target: String, headers: [(name: String, value: String)], body: [UInt8], base: String,
        batch: Int? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.base = base
        self.batch = batch
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        segments = Self.segments(String(parts[0]))
        query = parts.count > 1 ? FormCoding.pairs(String(parts[1])) : []
    }

    /// The path as it came, without the query.
    var path: String { String(target.prefix { $0 != "?" }) }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    func headers(_ name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }

    /// A query option, in any case, with or without its dollar sign as Graph takes them.
    func option(_ name: String) -> String? {
        let wanted = name.lowercased()
        let bare = wanted.hasPrefix("$") ? String(wanted.dropFirst()) : wanted
        return query.first { $0.name.lowercased() == wanted || $0.name.lowercased() == bare }?.value
    }

    private static func segments(_ path: String) -> [String] {
        path.split(separator: "/").flatMap { raw -> [String] in
            var segment = FormCoding.decode(String(raw), plusIsSpace: false)
            if segment.hasPrefix("microsoft.graph.") { segment.removeFirst("microsoft.graph.".count) }
            if segment.hasSuffix("()") { segment.removeLast(2) }
            guard segment.hasSuffix("')"), let open = segment.firstIndex(of: "(") else { return [segment] }
            let argument = segment[segment.index(after: open)...]
            guard argument.hasPrefix("'") else { return [segment] }
            return [String(segment[..<open]), String(argument.dropFirst().dropLast(2))]
        }
    }
}

/// One answer.
struct Answer: Sendable {
    enum Body: Sendable {
        case none
        case json(JSON)
        case bytes([UInt8], type: String)
    }

    var status: Int
    var headers: [(String, String)]
    var body: Body

    init(_ status: Int, headers: [(String, String)] = [], body: Body = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    init(_ status: Int, json: JSON, headers: [(String, String)] = []) {
        self.init(status, headers: headers, body: .json(json))
    }

    /// The JSON of the body, if it has one.
    var json: JSON? { if case .json(let value) = body { value } else { nil } }

    func header(_ name: String) -> String? { headers.first { $0.0.lowercased() == name.lowercased() }?.1 }
}
