/// A payload that is no valid job: what `job.rejected` says about it.
package struct JobRejection: Error, Sendable, Equatable {
    /// The payload's id, tenant, kind, resource and calendar as far as they could be read and keep their rules. The
    /// kind is the list's where the payload names none.
    package var jobID: JobID?
    /// See `jobID`.
    package var tenant: TenantID?
    /// See `jobID`.
    package var kind: JobKind?
    /// See `jobID`.
    package var resource: ResourceID?
    /// See `jobID`.
    package var calendar: CalendarID?
    /// The payload's, if it is well-formed.
    package var traceparent: String?
    /// `invalid_job` or `payload_too_large`; the message names field and reason, never a value.
    package var error: JobError
    /// The payload's first 200 characters, secrets blanked.
    package var excerpt: String
    /// The version of a payload that is newer than the decoder knows: a worker leaves it to one that knows it, anybody
    /// else refuses it with `error`.
    package var newerVersion: Int?

    /// Reads what a faulty payload still tells. `readable` are members that were complete; a key given twice tells
    /// nothing.
    init(
        _ error: JobError, payload: UnsafeRawBufferPointer, list: JobKind?, readable: [JSONObject.Member],
        ambiguous: String? = nil
    ) {
        func text(_ name: String, _ rule: TextRule) -> String? {
            guard name != ambiguous, let text = readable.first(where: { $0.key == name })?.value.stringValue,
                rule.allows(text)
            else { return nil }
            return text
        }
        self.error = error
        excerpt = Redaction.excerpt(of: payload)
        jobID = text("id", .jobID).map { JobID($0) }
        tenant = text("tenant_id", .tenant).map { TenantID($0) }
        resource = text("resource_id", .resource).map { ResourceID($0) }
        calendar = text("calendar_id", .calendar).map { CalendarID($0) }
        let trace = readable.first { $0.key == "traceparent" && ambiguous != "traceparent" }?.value.stringValue
        traceparent = trace.flatMap { TraceContext.isTraceparent($0) ? $0 : nil }
        let named = readable.first { $0.key == "kind" }
        if let named, named.key != ambiguous {
            let kind = named.value.stringValue.flatMap(JobKind.init(rawValue:))
            self.kind = list == nil || kind == list ? kind : nil
        } else {
            kind = ambiguous == "kind" ? nil : list
        }
    }
}
