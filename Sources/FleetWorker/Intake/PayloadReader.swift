import FleetCore
import FleetStore
import Foundation
import Reactor

/// Reads what producers pushed: strict scan, checks, tokens sealed. Neither throws nor loses anything: each payload
/// becomes one decision.
struct PayloadReader: Sendable {
    let decoder: JobDecoder
    let sealer: Sealer

    init(decoder: JobDecoder, sealer: Sealer) {
        var decoder = decoder
        decoder.unseal = { sealed, connection in
            let opened = try? sealer.open(sealed, .job, id: connection.description)
            return opened.flatMap { OAuthTokens(encoded: $0) }
        }
        self.decoder = decoder
        self.sealer = sealer
    }

    /// One decision for each payload of `batch`, in order. Gives way to the loop's other work between payloads: a full
    /// batch of large ones takes longer than a lease renewal should have to wait.
    func decisions(for batch: IntakeBatch, now: Date) async -> [IntakeDecision] {
        var decisions: [IntakeDecision] = []
        decisions.reserveCapacity(batch.payloads.count)
        var sinceYield = 0
        for (index, raw) in batch.payloads.enumerated() {
            decisions.append(decision(for: raw, at: index, of: batch, now: now))
            sinceYield += raw.bytes.count + 256
            if sinceYield > 32_768 {
                sinceYield = 0
                await Task.yield()
            }
        }
        return decisions
    }

    /// A connect's tokens are sealed for its connection: nobody can give them to another one, and a dead connect that
    /// is tried again under a fresh id still opens them. What was put aside for a newer version is read as if it came
    /// now.
    func decision(for raw: RawPayload, at index: Int, of batch: IntakeBatch, now: Date) -> IntakeDecision {
        guard let aside = PutAside(encoded: raw.bytes) else {
            return decision(for: raw, at: index, of: batch, firstSeen: batch.takenAt, now: now)
        }
        do {
            let raw = RawPayload(list: aside.list, bytes: try aside.opened(sealer))
            // As old as it is: a token's `expires_in` counts from when it came.
            return decision(for: raw, at: index, of: batch, firstSeen: aside.takenAt, now: aside.takenAt)
        } catch .unknownKey {
            return .newerVersion(aside)
        } catch {
            // Not ours: no JSON.
            return decision(for: raw, at: index, of: batch, firstSeen: batch.takenAt, now: now)
        }
    }

    private func decision(
        for raw: RawPayload, at index: Int, of batch: IntakeBatch, firstSeen: Date, now: Date
    ) -> IntakeDecision {
        let read: Result<AcceptedJob, JobRejection> =
            raw.isTooLong
            ? .failure(decoder.rejectTooLarge(beginning: raw.bytes, length: raw.length, list: raw.list.kind))
            : decoder.decode(raw.bytes, list: raw.list.kind, now: now)
        switch read {
        case .failure(let rejection):
            if let version = rejection.newerVersion {
                return .newerVersion(
                    PutAside(raw.bytes, version: version, list: raw.list, takenAt: firstSeen, sealer: sealer))
            }
            let result = JobResult(
                rejection, generated: batch.generatedID(index), enqueuedAt: firstSeen, finishedAt: batch.takenAt)
            return .rejected(result, kept: Array(rejection.excerpt.utf8))
        case .success(let accepted):
            var sealed: String?
            if case .withoutSecrets(_, let tokens?) = accepted.stored, case .connect(let request) = accepted.job.request
            {
                let connection = ConnectionID(tenant: accepted.job.tenant, resource: request.resource)
                sealed = sealer.seal(tokens.encoded(), .job, id: connection.description)
            }
            let decision = IntakeDecision(
                accepted, raw: raw, in: batch, index: index, sealedTokens: sealed, firstSeen: firstSeen)
            return accepted.job.warnings.isEmpty ? decision : decision.withoutRiding
        }
    }
}

extension IntakeDecision {
    /// Of a job whose result has warnings to say: a run that serves it by the way would not see them.
    fileprivate var withoutRiding: IntakeDecision {
        switch self {
        case .job(var record, let lane, let isOwnID):
            record.riding = .never
            return .job(record, lane, isOwnID: isOwnID)
        case .jobByCalendar(var record, let tenant, let calendar, let isOwnID):
            record.riding = .never
            return .jobByCalendar(record, tenant, calendar, isOwnID: isOwnID)
        case .rejected, .newerVersion: return self
        }
    }
}
