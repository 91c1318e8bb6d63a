import FleetCore
package import Redis

/// An entry of the results or changes stream.
package struct StreamEntry: Sendable, Equatable {
    /// One field, as it stands in the stream.
    package struct Field: Sendable, Equatable {
        /// Its name.
        package var name: String
        /// Its text.
        package var value: String

        /// A field.
        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Its id in the stream: `1789000000000-0`, the milliseconds of Redis's clock and a number.
    package var id: String
    /// In the order of the stream.
    package var fields: [Field]

    /// An entry.
    package init(id: String, fields: [Field]) {
        self.id = id
        self.fields = fields
    }

    /// The value of a field; nil where the entry has none of that name.
    package subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// True for an entry that was trimmed while it was pending in a group: Redis tells its id and nothing else.
    package var isTrimmed: Bool { fields.isEmpty }

    /// Entries of an XRANGE or XREVRANGE reply, or of one stream of an XREAD reply.
    package static func list(_ reply: RedisReply?) -> [StreamEntry] {
        (reply?.array ?? []).compactMap { item in
            guard let id = item[0]?.string else { return nil }
            let fields = (item[1]?.pairs ?? []).map { Field(name: $0.key.string ?? "", value: $0.value.string ?? "") }
            return StreamEntry(id: id, fields: fields)
        }
    }

    /// Entries of an XREAD or XREADGROUP reply over one stream; none when it timed out.
    package static func read(_ reply: RedisReply) -> [StreamEntry] { list(reply[0]?[1]) }

    /// One line of JSON: the entry's id as `entry_id`, the fields as they are; `data` and `error` as JSON, the counting
    /// fields as numbers.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("entry_id", id)
        for field in fields {
            writer.key(field.name)
            if Self.objects.contains(field.name), let tree = try? StrictJSON.parse(field.value) {
                writer.value(tree)
            } else if Self.numbers.contains(field.name), let number = Int(field.value) {
                writer.value(number)
            } else {
                writer.value(field.value)
            }
        }
        writer.endObject()
        return writer.text
    }

    private static let objects: Set<String> = ["data", "error"]
    private static let numbers: Set<String> = ["v", "attempts", "fence"]
}
