package import FleetCore
package import Foundation

/// A batch of payloads that one worker reads and seals.
package struct IntakeBatch: Sendable, Equatable {
    /// The fence of the batch: grows with each, and with each take-over.
    let number: String
    /// When the fleet first saw its payloads, by Redis's clock.
    package let takenAt: Date
    /// As producers pushed them, in the order in which they count.
    package let payloads: [RawPayload]
    /// Ingress keys that hold another type, so that nothing can be taken from them: tell the operator.
    package let wrongLists: [String]

    /// An id of ours for the payload at `index`, which names none.
    package func generatedID(_ index: Int) -> JobID { JobID("j\(number)-\(index)") }
}

/// A payload as it lay in its list.
package struct RawPayload: Sendable, Equatable {
    /// Where it was pushed.
    package let list: IngressList
    /// Its bytes; only the first 16 KiB if it is longer than the limit.
    package let bytes: [UInt8]
    /// How long it was.
    package let length: Int

    /// So many bytes of `list`; all of them unless `length` says more.
    package init(list: IngressList, bytes: [UInt8], length: Int? = nil) {
        self.list = list
        self.bytes = bytes
        self.length = length ?? bytes.count
    }

    /// True when it was longer than the limit.
    package var isTooLong: Bool { length > bytes.count }
}

/// The answer to a take.
package enum TakeReply: Sendable, Equatable {
    /// Possibly empty: nothing waits.
    case batch(IntakeBatch)
    /// Another worker has one in hand, until then at the latest.
    case busy(until: Date)
}

/// What a worker made of a payload.
package enum IntakeDecision: Sendable {
    /// A job of a known connection.
    case job(JobRecord, ConnectionID, isOwnID: Bool)
    /// A job whose connection its calendar must name.
    case jobByCalendar(JobRecord, TenantID, CalendarID, isOwnID: Bool)
    /// Not a job: `result` is its `job.rejected`; `kept` goes to the dead letters in place of the payload, so no secret
    /// in it.
    case rejected(JobResult, kept: [UInt8])
    /// Of a version that we don't know: put aside, for a newer worker.
    case newerVersion(PutAside)

    /// What an accepted payload becomes: at index `index` of `batch`, with its tokens sealed if it has any.
    ///
    /// - Parameter firstSeen: when the fleet first saw it, if that was before this batch.
    package init(
        _ accepted: AcceptedJob, raw: RawPayload, in batch: IntakeBatch, index: Int, sealedTokens: String?,
        firstSeen: Date? = nil
    ) {
        let payload: [UInt8]
        switch accepted.stored {
        case .asItCame: payload = raw.bytes
        case .withoutSecrets(let bytes, _): payload = bytes
        }
        let job = accepted.job
        let record = JobRecord(
            accepted, id: batch.generatedID(index), enqueuedAt: firstSeen ?? batch.takenAt, sealedTokens: sealedTokens,
            payload: payload)
        let selector: ConnectionSelector
        switch job.request {
        case .connect(let request): selector = .resource(request.resource)
        case .sync(let request): selector = request.connection
        case .disconnect(let request): selector = request.connection
        }
        switch selector {
        case .resource(let resource):
            self = .job(record, ConnectionID(tenant: job.tenant, resource: resource), isOwnID: job.id == nil)
        case .calendar(let calendar):
            self = .jobByCalendar(record, job.tenant, calendar, isOwnID: job.id == nil)
        }
    }
}

/// What became of a stored batch.
package struct StoreReport: Sendable, Equatable {
    /// Jobs that took their place.
    package let jobs: Int
    /// Ids seen before: one `job.duplicate` each.
    package let duplicates: Int
    /// Payloads that are no jobs: one `job.rejected` each.
    package let rejected: Int
    /// Calendars that name no connection, or several: one failure each.
    package let unresolved: Int
}

/// The answer to a store.
package enum StoreReply: Sendable, Equatable {
    /// Stored, now or by an earlier try; `next` is the answer to the take, if one was asked for.
    case stored(StoreReport, next: TakeReply?)
    /// The batch was taken over by another worker: whatever it became, it isn't ours any more.
    case superseded
}
