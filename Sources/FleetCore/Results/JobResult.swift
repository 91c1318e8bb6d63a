package import Foundation

/// The terminal entry of a job on `outlook:results` (contract, section 4).
package struct JobResult: Sendable, Equatable {
    /// What became of the job.
    package enum Outcome: String, Sendable, CaseIterable {
        case connectSucceeded = "connect.succeeded"
        case syncSucceeded = "sync.succeeded"
        case disconnectSucceeded = "disconnect.succeeded"
        case connectFailed = "connect.failed"
        case syncFailed = "sync.failed"
        case disconnectFailed = "disconnect.failed"
        case rejected = "job.rejected"
        case duplicate = "job.duplicate"

        /// `<kind>.succeeded`.
        package static func succeeded(_ kind: JobKind) -> Outcome {
            switch kind {
            case .connect: .connectSucceeded
            case .sync: .syncSucceeded
            case .disconnect: .disconnectSucceeded
            }
        }

        /// `<kind>.failed`.
        package static func failed(_ kind: JobKind) -> Outcome {
            switch kind {
            case .connect: .connectFailed
            case .sync: .syncFailed
            case .disconnect: .disconnectFailed
            }
        }
    }

    /// `type` on the wire.
    package var outcome: Outcome
    /// The payload's id, or one of ours.
    package var jobID: JobID
    /// nil when a rejected payload named none.
    package var kind: JobKind?
    /// nil when a rejected payload named none.
    package var tenant: TenantID?
    /// nil when not known.
    package var resource: ResourceID?
    /// nil when not known.
    package var calendar: CalendarID?
    /// Starts that ended in a failure or in the death of the worker, this one included.
    package var attempts: Int?
    /// Of the claim; nil when the job never ran.
    package var fence: Fence?
    /// When the fleet first saw the payload.
    package var enqueuedAt: Date?
    /// When the last attempt began.
    package var startedAt: Date?
    /// When it ended.
    package var finishedAt: Date?
    /// What it came to.
    package var data: ResultData
    /// Only on failures and rejections.
    package var error: JobError?
    /// The job's own, so that a consumer can go on with its trace; nil where the payload named none.
    package var traceparent: String?

    /// A result as given.
    package init(
        _ outcome: Outcome, jobID: JobID, kind: JobKind? = nil, tenant: TenantID? = nil, resource: ResourceID? = nil,
        calendar: CalendarID? = nil, attempts: Int? = nil, fence: Fence? = nil, enqueuedAt: Date? = nil,
        startedAt: Date? = nil, finishedAt: Date? = nil, data: ResultData = ResultData(), error: JobError? = nil
    ) {
        self.outcome = outcome
        self.jobID = jobID
        self.kind = kind
        self.tenant = tenant
        self.resource = resource
        self.calendar = calendar
        self.attempts = attempts
        self.fence = fence
        self.enqueuedAt = enqueuedAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.data = data
        self.error = error
    }

    /// What a rejected payload comes back as. `generated` is used where the payload has no readable id.
    package init(_ rejection: JobRejection, generated: JobID, enqueuedAt: Date, finishedAt: Date) {
        self.init(
            .rejected, jobID: rejection.jobID ?? generated, kind: rejection.kind, tenant: rejection.tenant,
            resource: rejection.resource, calendar: rejection.calendar, enqueuedAt: enqueuedAt,
            finishedAt: finishedAt, data: ResultData(.rejected(excerpt: rejection.excerpt)), error: rejection.error)
        traceparent = rejection.traceparent
    }

    /// The fields of the stream entry, in the contract's order; what isn't known is left out, `data` is always there.
    package func fields() -> [(String, String)] {
        var fields: [(String, String)] = []
        fields.reserveCapacity(14)
        fields.append(("v", "1"))
        fields.append(("type", outcome.rawValue))
        fields.append(("job_id", jobID.rawValue))
        if let kind { fields.append(("kind", kind.rawValue)) }
        if let tenant { fields.append(("tenant_id", tenant.rawValue)) }
        if let resource { fields.append(("resource_id", resource.rawValue)) }
        if let calendar { fields.append(("calendar_id", calendar.rawValue)) }
        if let attempts { fields.append(("attempts", String(attempts))) }
        if let fence { fields.append(("fence", fence.description)) }
        if let enqueuedAt { fields.append(("enqueued_at", RFC3339.momentString(enqueuedAt))) }
        if let startedAt { fields.append(("started_at", RFC3339.momentString(startedAt))) }
        if let finishedAt { fields.append(("finished_at", RFC3339.momentString(finishedAt))) }
        if let traceparent { fields.append(("traceparent", traceparent)) }
        fields.append(("data", data.json()))
        if let error { fields.append(("error", error.json())) }
        return fields
    }
}
