import FleetCore
import Redis

/// An entry of the results or changes stream.
struct StreamEntry: Sendable {
    var id: String
    /// In the order of the stream.
    var fields: [(name: String, value: String)]

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// Entries of an XRANGE or XREVRANGE reply, or of one stream of an XREAD reply. An entry that was trimmed while it
    /// was pending in a group has no fields: Redis says nil.
    static func list(_ reply: RedisReply?) -> [StreamEntry] {
        (reply?.array ?? []).compactMap { item in
            guard let id = item[0]?.string else { return nil }
            let fields = (item[1]?.pairs ?? []).map { (name: $0.key.string ?? "", value: $0.value.string ?? "") }
            return StreamEntry(id: id, fields: fields)
        }
    }

    /// Entries of an XREAD or XREADGROUP reply over one stream; none when it timed out.
    static func read(_ reply: RedisReply) -> [StreamEntry] { list(reply[0]?[1]) }

    /// One line of JSON: the entry's id as `entry_id`, the fields as they are; `data` and `error` as JSON, the counting
    /// fields as numbers.
    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("entry_id", id)
        for (name, value) in fields {
            writer.key(name)
            if Self.objects.contains(name), let tree = try? StrictJSON.parse(value) {
                writer.value(tree)
            } else if Self.numbers.contains(name), let number = Int(value) {
                writer.value(number)
            } else {
                writer.value(value)
            }
        }
        writer.endObject()
        return writer.text
    }

    private static let objects: Set<String> = ["data", "error"]
    private static let numbers: Set<String> = ["v", "attempts", "fence"]
}
