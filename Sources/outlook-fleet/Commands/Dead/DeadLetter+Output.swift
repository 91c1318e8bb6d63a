import FleetCore
import FleetStore
import Foundation

/// Dead letters as a table.
enum DeadTable {
    static func text(_ letters: [DeadLetter]) -> String {
        var table = Table("ENDED", "TENANT", "RESOURCE", "KIND", "JOB ID", "CODE", "MESSAGE")
        for letter in letters {
            table.add(
                RFC3339.string(letter.at), letter.tenant?.rawValue,
                letter.resource?.rawValue ?? letter.calendar?.rawValue, letter.kind?.rawValue ?? "newer",
                letter.jobID?.rawValue, letter.code?.rawValue, letter.message.map { String($0.prefix(80)) })
        }
        return table.text
    }
}

extension DeadLetter {
    /// The message of its error.
    fileprivate var message: String? {
        (try? StrictJSON.parse(error))?.objectValue?["message"]?.stringValue
    }

    /// As JSON; `whole` adds the payload. Tokens aren't in it: they are kept apart, sealed.
    func json(whole: Bool = false) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.optional("job_id", jobID?.rawValue)
        writer.optional("tenant_id", tenant?.rawValue)
        writer.optional("resource_id", resource?.rawValue)
        writer.optional("calendar_id", calendar?.rawValue)
        writer.optional("kind", job?.kind.rawValue)
        writer.member("rejected", kept != nil)
        writer.optional("earlier_attempts", job?.attempts)
        writer.optional("crashes", job?.crashes)
        writer.optional("enqueued_at", job?.enqueuedAt)
        writer.optional("ended_at", at)
        writer.optional("retry_of", job?.retryOf?.rawValue)
        if let error = try? StrictJSON.parse(error) {
            writer.key("error")
            writer.value(error)
        }
        if whole { writePayload(to: &writer) }
        writer.endObject()
        return writer.text
    }

    private func writePayload(to writer: inout JSONWriter) {
        if let kept { writer.member("excerpt", String(decoding: kept, as: UTF8.self)) }
        guard let job, let payload = try? StrictJSON.parse(job.payload) else { return }
        writer.key("payload")
        writer.value(payload)
    }
}
