import Testing

/// A payload that is no job, and what its `job.rejected` must say.
struct BadPayload: Sendable {
    let name: String
    var list = "jobs"
    let bytes: [UInt8]
    /// Each of these must stand in the error's message: the field and the reason, without regard to case.
    let says: [String]
    var code = "invalid_job"
    /// The payload's id, where it can be read.
    var id: String?

    init(_ name: String, _ text: String, _ says: String..., list: String = "jobs", id: String? = nil) {
        self.init(name, bytes: Array(text.utf8), says: says, list: list, id: id)
    }

    init(
        _ name: String, bytes: [UInt8], says: [String], list: String = "jobs", code: String = "invalid_job",
        id: String? = nil
    ) {
        self.name = name
        self.list = list
        self.bytes = bytes
        self.says = says
        self.code = code
        self.id = id
    }
}

extension BadPayload: CustomTestStringConvertible {
    var testDescription: String { name }
}
