import FleetCore
import FleetStore
import Redis

/// A terminal entry of the results stream.
struct ResultEntry: Sendable {
    /// In the order of the stream.
    let fields: [JobDirectory.Field]

    init(fields: [JobDirectory.Field]) { self.fields = fields }

    init(_ reply: RedisReply?) {
        fields = (reply?.pairs ?? []).map { JobDirectory.Field($0.key.string ?? "", $0.value.string ?? "") }
    }

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    var type: String { self["type"] ?? "" }
    var isSuccess: Bool { type.hasSuffix(".succeeded") }
    /// Says nothing of how the job ended.
    var isDuplicate: Bool { type == "job.duplicate" }
    var isRejection: Bool { type == "job.rejected" }

    var data: JSONObject? { self["data"].flatMap { (try? StrictJSON.parse($0))?.objectValue } }

    /// Why it failed.
    var error: JobError {
        let object = self["error"].flatMap { (try? StrictJSON.parse($0))?.objectValue }
        return object.flatMap { JobError($0) } ?? JobError(.internal, "the job ended as \(type)")
    }

    /// The fields as members; `data` and `error` as JSON, the counting fields as numbers.
    func write(to writer: inout JSONWriter) {
        for field in fields {
            writer.key(field.name)
            switch field.name {
            case "data", "error":
                if let tree = try? StrictJSON.parse(field.value) {
                    writer.value(tree)
                } else {
                    writer.value(field.value)
                }
            case "v", "attempts", "fence":
                if let number = Int(field.value) { writer.value(number) } else { writer.value(field.value) }
            default: writer.value(field.value)
            }
        }
    }
}
