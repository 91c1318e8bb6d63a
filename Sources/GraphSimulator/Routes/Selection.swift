/// `$select`: which members an answer keeps.
struct Selection {
    private let names: [String]?

    init(_ call: HTTPCall) {
        names = call.option("$select").map { $0.split(separator: ",").map { $0.trimmingASCIISpace() } }
    }

    /// Whether a member was asked for by name.
    func names(_ name: String) -> Bool { names?.contains(name) ?? false }

    /// The value with what was asked for; annotations and the id stay.
    ///
    /// - Throws: what Graph's query parser says to an unknown name.
    func apply(to value: JSON, known: Set<String>) throws(GraphFailure) -> JSON {
        try check(known: known)
        return cut(value)
    }

    func check(known: Set<String>) throws(GraphFailure) {
        for name in names ?? [] where name != "*" && !known.contains(String(name.prefix { $0 != "/" })) {
            throw GraphFailure(
                400, "RequestBroker--ParseUri", "Could not find a property named '\(name)' on the selected type.")
        }
    }

    func cut(_ value: JSON) -> JSON {
        guard let names, !names.contains("*"), var object = value.object else { return value }
        let kept = Set(names.map { String($0.prefix { $0 != "/" }) })
        object.members.removeAll { !$0.name.hasPrefix("@") && $0.name != "id" && !kept.contains($0.name) }
        return .object(object)
    }
}
