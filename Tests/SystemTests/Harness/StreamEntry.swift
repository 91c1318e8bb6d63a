/// An entry of `outlook:results` or `outlook:changes`.
struct StreamEntry: Sendable, CustomStringConvertible {
    let id: String
    let fields: [String: String]

    /// Reads the answer of `XRANGE`.
    static func all(in reply: Reply) -> [StreamEntry] {
        reply.elements.compactMap { entry in
            guard let id = entry.elements.first?.string, let fields = entry.elements.last?.pairs else { return nil }
            return StreamEntry(id: id, fields: fields)
        }
    }

    subscript(name: String) -> String? { fields[name] }

    var type: String { fields["type"] ?? "" }
    var jobID: String { fields["job_id"] ?? "" }
    /// `TENANT/RESOURCE`.
    var connection: String { "\(fields["tenant_id"] ?? "")/\(fields["resource_id"] ?? "")" }
    var data: JSON { fields["data"].flatMap { JSON(text: $0) } ?? .null }
    var error: JSON { fields["error"].flatMap { JSON(text: $0) } ?? .null }
    /// The error's code; nil of a success.
    var code: String? { error["code"].string }
    var description: String {
        "\(id) \(fields.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: " "))"
    }
}
