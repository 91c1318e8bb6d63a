/// `$filter`, as far as Outlook's calendars take it: comparisons, `and`, `or`, `not`, parentheses, `startswith`,
/// `endswith`, `contains`, and `singleValueExtendedProperties/Any(...)`.
struct ODataFilter {
    private indirect enum Node {
        case and(Node, Node), or(Node, Node), not(Node)
        case compare(path: [String], operation: String, value: JSON)
        case text(function: String, path: [String], value: String)
        case any(path: [String], variable: String, Node)
    }

    private let root: Node

    init(_ text: String) throws(GraphFailure) {
        var parser = Parser(text: Array(text))
        root = try parser.whole()
    }

    /// Whether an event can match at all, told cheaply: what looks for one mark or one meeting among thousands of
    /// events need not have all of them written.
    func mayMatch(_ content: EventContent) -> Bool { Self.mayMatch(root, content) }

    private static func mayMatch(_ node: Node, _ content: EventContent) -> Bool {
        switch node {
        case .and(let left, let right): return mayMatch(left, content) && mayMatch(right, content)
        case .compare(["iCalUId"], "eq", .string(let uid)): return content.uid == uid
        case .any([EventRoutes.propertiesName], _, let inner):
            guard !content.properties.isEmpty else { return false }
            guard case .and(.compare(_, "eq", .string(let first)), .compare(_, "eq", .string(let second))) = inner
            else {
                return true
            }
            return content.properties.contains { id, value in
                [first, second].contains(value)
                    && [first, second].contains { ExtendedProperty.key($0) == ExtendedProperty.key(id) }
            }
        default: return true
        }
    }

    func matches(_ value: JSON) throws(GraphFailure) -> Bool { try Self.holds(root, value) }

    private static func holds(_ node: Node, _ value: JSON) throws(GraphFailure) -> Bool {
        switch node {
        case .and(let left, let right): return try holds(left, value) ? holds(right, value) : false
        case .or(let left, let right): return try holds(left, value) ? true : holds(right, value)
        case .not(let inner): return try !holds(inner, value)
        case .compare(let path, let operation, let literal):
            return compare(try member(path, of: value), operation, literal)
        case .text(let function, let path, let wanted):
            guard let text = try member(path, of: value).string?.lowercased() else { return false }
            switch function {
            case "startswith": return text.hasPrefix(wanted.lowercased())
            case "endswith": return text.hasSuffix(wanted.lowercased())
            default: return text.contains(wanted.lowercased())
            }
        case .any(let path, let variable, let inner):
            for element in try member(path, of: value).array ?? []
            where try holds(inner, .object(JSONObject([(variable, element)]))) {
                return true
            }
            return false
        }
    }

    private static func member(_ path: [String], of value: JSON) throws(GraphFailure) -> JSON {
        var current = value
        for (index, name) in path.enumerated() {
            guard let next = current[name] else {
                if index == 0, !EventInput.properties.contains(name), !CalendarRoutes.properties.contains(name) {
                    throw GraphFailure(
                        400, "RequestBroker--ParseUri", "Could not find a property named '\(name)' on the type.")
                }
                return .null
            }
            current = next
        }
        return current
    }

    private static func compare(_ value: JSON, _ operation: String, _ literal: JSON) -> Bool {
        let order: Int?
        if let left = value.string, let right = literal.string {
            if let a = Instant(iso: left), let b = Instant(iso: right) {
                order = a < b ? -1 : a == b ? 0 : 1
            } else if ExtendedProperty.isValid(left), ExtendedProperty.isValid(right) {
                order = ExtendedProperty.key(left) == ExtendedProperty.key(right) ? 0 : 1
            } else {
                order = left < right ? -1 : left == right ? 0 : 1
            }
        } else if let left = value.number, let right = literal.number {
            order = left < right ? -1 : left == right ? 0 : 1
        } else {
            order = value == literal ? 0 : nil
        }
        switch operation {
        case "eq": return order == 0
        case "ne": return order != 0
        case "gt": return order == 1
        case "ge": return order == 1 || order == 0
        case "lt": return order == -1
        default: return order == -1 || order == 0
        }
    }

    // MARK: Parsing

    private struct Parser {
        let text: [Character]
        var at = 0
        private var depth = 0
        private static let maximumDepth = 50

        init(text: [Character]) { self.text = text }

        mutating func whole() throws(GraphFailure) -> Node {
            let node = try disjunction()
            skipSpace()
            guard at == text.count else { throw error() }
            return node
        }

        private func error() -> GraphFailure {
            GraphFailure(400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")
        }

        private mutating func skipSpace() { while at < text.count, text[at] == " " { at += 1 } }

        private mutating func disjunction() throws(GraphFailure) -> Node {
            var node = try conjunction()
            while takeWord("or") { node = .or(node, try conjunction()) }
            return node
        }

        private mutating func conjunction() throws(GraphFailure) -> Node {
            var node = try term()
            while takeWord("and") { node = .and(node, try term()) }
            return node
        }

        private mutating func term() throws(GraphFailure) -> Node {
            depth += 1
            defer { depth -= 1 }
            guard depth <= Self.maximumDepth else { throw error() }
            if takeWord("not") { return .not(try term()) }
            if take("(") {
                let node = try disjunction()
                guard take(")") else { throw error() }
                return node
            }
            let path = try self.path()
            if take("(") { return try call(path) }
            guard let operation = ["eq", "ne", "gt", "ge", "lt", "le"].first(where: { takeWord($0) }) else {
                throw error()
            }
            return .compare(path: path, operation: operation, value: try literal())
        }

        private mutating func call(_ path: [String]) throws(GraphFailure) -> Node {
            let name = path[path.count - 1].lowercased()
            if name == "any" {
                let variable = try self.path().joined(separator: "/")
                guard take(":") else { throw error() }
                let inner = try disjunction()
                guard take(")") else { throw error() }
                return .any(path: Array(path.dropLast()), variable: variable, inner)
            }
            guard ["startswith", "endswith", "contains"].contains(name), path.count == 1 else { throw error() }
            let target = try self.path()
            guard take(","), let wanted = try literal().string, take(")") else { throw error() }
            return .text(function: name, path: target, value: wanted)
        }

        private mutating func path() throws(GraphFailure) -> [String] {
            skipSpace()
            let start = at
            while at < text.count, text[at].isLetter || text[at].isNumber || "/_@.".contains(text[at]) { at += 1 }
            guard at > start else { throw error() }
            return String(text[start..<at]).split(separator: "/").map(String.init)
        }

        private mutating func literal() throws(GraphFailure) -> JSON {
            skipSpace()
            if at < text.count, text[at] == "'" { return .string(try quoted()) }
            let start = at
            while at < text.count, text[at] != " ", text[at] != ")", text[at] != "," { at += 1 }
            let word = String(text[start..<at])
            switch word {
            case "": throw error()
            case "true": return true
            case "false": return false
            case "null": return nil
            default: break
            }
            if let number = Int64(word) { return .integer(number) }
            if let number = Double(word) { return .number(number) }
            return .string(word)
        }

        private mutating func quoted() throws(GraphFailure) -> String {
            at += 1
            var value = ""
            while at < text.count {
                if text[at] == "'" {
                    guard at + 1 < text.count, text[at + 1] == "'" else {
                        at += 1
                        return value
                    }
                    at += 1
                }
                value.append(text[at])
                at += 1
            }
            throw error()
        }

        private mutating func take(_ character: Character) -> Bool {
            skipSpace()
            guard at < text.count, text[at] == character else { return false }
            at += 1
            return true
        }

        private mutating func takeWord(_ word: String) -> Bool {
            skipSpace()
            let end = at + word.count
            guard end < text.count, String(text[at..<end]).lowercased() == word, [" ", "("].contains(text[end]) else {
                return false
            }
            at = end
            return true
        }
    }
}

/// `$orderby`.
struct ODataOrder {
    private let keys: [(path: [String], isDescending: Bool)]

    init(_ text: String) throws(GraphFailure) {
        var keys: [(path: [String], isDescending: Bool)] = []
        for part in text.split(separator: ",") {
            let words = part.split(separator: " ")
            guard let path = words.first?.split(separator: "/").map(String.init), words.count <= 2,
                words.count == 1 || ["asc", "desc"].contains(words[1].lowercased()), let name = path.first,
                EventInput.properties.contains(name) || CalendarRoutes.properties.contains(name)
            else { throw GraphFailure(400, "ErrorInvalidUrlQuery", "Invalid $orderby '\(text)'.") }
            keys.append((path, words.count == 2 && words[1].lowercased() == "desc"))
        }
        if keys.isEmpty { throw GraphFailure(400, "ErrorInvalidUrlQuery", "Invalid $orderby '\(text)'.") }
        self.keys = keys
    }

    func sorted(_ values: [JSON]) -> [JSON] {
        let keyed = values.map { value in (keys.map { key in text(value, key.path) }, value) }
        return keyed.sorted { left, right in
            for (index, key) in keys.enumerated() where left.0[index] != right.0[index] {
                return (left.0[index] < right.0[index]) != key.isDescending
            }
            return false
        }.map(\.1)
    }

    private func text(_ value: JSON, _ path: [String]) -> String {
        let found = path.reduce(Optional(value)) { $0?[$1] }
        return found?.string ?? found?.text ?? ""
    }
}
