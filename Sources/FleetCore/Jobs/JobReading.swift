import Foundation

/// One payload on its way to a job: its fields, and what was noted by the way.
struct JobReading {
    let fields: Fields
    /// Whether the field `v` is a version that is understood, and not a stranger's.
    let namesVersion: Bool
    let limits: JobDecoder.Limits
    let tokens: JobDecoder.TokenPlace
    var notes: DecodingNotes

    private static let common = [
        "kind", "tenant_id", "id", "not_before", "expires_at", "priority", "max_attempts", "traceparent",
    ]
    private static let connect =
        common + ["resource_id", "calendar_id", "mailbox", "oauth_token", "app_only", "settings"]
    private static let sync = common + ["resource_id", "calendar_id", "full", "bookings"]
    private static let disconnect = common + ["resource_id", "calendar_id", "remove_events"]

    mutating func job(list: JobKind?) throws(FieldFault) -> Job {
        let kind = try kind(list)
        let tenant = TenantID(try fields.requiredText("tenant_id", .tenant))
        let id = try fields.text("id", .jobID).map { JobID($0) }
        let request: Job.Request
        switch kind {
        case .connect: request = .connect(try connectRequest())
        case .sync: request = .sync(try syncRequest())
        case .disconnect: request = .disconnect(try disconnectRequest())
        }
        let known =
            switch kind {
            case .connect: Self.connect
            case .sync: Self.sync
            case .disconnect: Self.disconnect
            }
        fields.noteUnknown(besides: namesVersion ? known + ["v"] : known, &notes)
        return Job(
            tenant: tenant, id: id, request: request, notBefore: try fields.time("not_before"),
            expiresAt: try fields.time("expires_at"),
            priority: try fields.choice("priority", JobPriority.self) ?? .normal,
            maximumAttempts: try fields.integer("max_attempts", in: 1...100), traceparent: traceparent(),
            warnings: notes.warnings)
    }

    private func kind(_ list: JobKind?) throws(FieldFault) -> JobKind {
        guard let kind = try fields.choice("kind", JobKind.self) else {
            guard let list else { throw fields.fault("kind", "is missing: connect, sync or disconnect") }
            return list
        }
        if let list, list != kind {
            throw fields.fault("kind", "is \(kind.rawValue), but the list is for \(list.rawValue) jobs")
        }
        return kind
    }

    /// Tracing is a convenience: a malformed one must not cost the job.
    private mutating func traceparent() -> String? {
        guard let value = fields.object["traceparent"] else { return nil }
        guard let text = value.stringValue, TraceContext.isTraceparent(text) else {
            notes.warn("traceparent: is malformed and was ignored")
            return nil
        }
        return text
    }

    private mutating func syncRequest() throws(FieldFault) -> SyncRequest {
        SyncRequest(
            connection: try selector(), full: try fields.bool("full") ?? false, bookings: try bookings())
    }

    private func disconnectRequest() throws(FieldFault) -> DisconnectRequest {
        DisconnectRequest(connection: try selector(), removeEvents: try fields.bool("remove_events") ?? false)
    }

    /// A resource says which connection is meant by itself; a calendar beside it is checked for its form only.
    private func selector() throws(FieldFault) -> ConnectionSelector {
        let resource = try fields.text("resource_id", .resource)
        let calendar = try fields.text("calendar_id", .calendar)
        if let resource { return .resource(ResourceID(resource)) }
        if let calendar { return .calendar(CalendarID(calendar)) }
        throw fields.fault("resource_id", "is missing (or give calendar_id)")
    }
}
