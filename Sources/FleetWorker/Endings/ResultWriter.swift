import FleetCore
import FleetStore
import Foundation

/// Makes the terminal entries of one claimed job and of its riders.
struct ResultWriter: Sendable {
    let claimed: ClaimedJob
    /// The job's payload, read; nil for a timer's.
    let job: Job?
    let startedAt: Date
    /// The calendar to name: that of the connection, or the one that the payload names.
    var calendar: CalendarID?

    init(_ claimed: ClaimedJob, job: Job?, startedAt: Date, calendar: CalendarID? = nil) {
        self.claimed = claimed
        self.job = job
        self.startedAt = startedAt
        self.calendar = calendar ?? job?.calendarByName
    }

    /// Attempts with this one.
    var attempts: Int { claimed.record.attempts + 1 }

    /// nil for a run that no payload asked for.
    func succeeded(_ body: ResultData.Body, warnings: [String] = [], at now: Date) -> JobResult? {
        result(of: claimed.record, error: nil, body, (job?.warnings ?? []) + warnings, servedBy: nil, at: now)
    }

    /// nil for a run that no payload asked for.
    func failed(_ error: JobError, _ body: ResultData.Body = .none, at now: Date) -> JobResult? {
        result(of: claimed.record, error: error, body, job?.warnings ?? [], servedBy: nil, at: now)
    }

    /// One entry for each rider: what this run came to, or `expired` where the rider's own time is over.
    func riders(_ body: ResultData.Body, error: JobError? = nil, at now: Date) -> [JobResult] {
        claimed.riders.map { rider in
            let own = Self.expiry(of: rider, at: startedAt) ?? error
            let servedBy = claimed.record.origin == .payload ? claimed.record.id : nil
            return result(
                of: rider, error: own, own == nil ? body : .none, [], servedBy: own == nil ? servedBy : nil, at: now)
        }.compactMap { $0 }
    }

    /// The failure of a job whose time was over when it was to start.
    static func expiry(of record: JobRecord, at now: Date) -> JobError? {
        guard let end = record.expiresAt, end <= now else { return nil }
        return JobError(.expired, "the job's expires_at (\(RFC3339.string(end))) was over before it could run")
    }

    private func result(
        of record: JobRecord, error: JobError?, _ body: ResultData.Body, _ warnings: [String], servedBy: JobID?,
        at now: Date
    ) -> JobResult? {
        guard record.origin == .payload else { return nil }
        let lane = claimed.lease.lane
        var result = JobResult(
            error == nil ? .succeeded(record.kind) : .failed(record.kind), jobID: record.id, kind: record.kind,
            tenant: lane.tenant, resource: lane.resource, calendar: calendar, attempts: record.attempts + 1,
            fence: claimed.lease.fence, enqueuedAt: record.enqueuedAt, startedAt: startedAt, finishedAt: now,
            data: ResultData(body, warnings: warnings, servedBy: servedBy, retryOf: record.retryOf), error: error)
        result.traceparent = record.traceparent
        return result
    }
}

extension Job {
    /// The calendar that the payload names, where it is a calendar's id and not the word `primary`.
    fileprivate var calendarByName: CalendarID? {
        let named: CalendarID?
        switch request {
        case .connect(let connect): named = connect.calendar
        case .sync(let sync): named = sync.connection.calendar
        case .disconnect(let disconnect): named = disconnect.connection.calendar
        }
        return named == .primary ? nil : named
    }
}

extension ConnectionSelector {
    fileprivate var calendar: CalendarID? {
        if case .calendar(let calendar) = self { calendar } else { nil }
    }
}
