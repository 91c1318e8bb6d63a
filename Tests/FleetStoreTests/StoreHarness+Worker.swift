import FleetCore
import FleetStore
import Foundation
import Redis
import TestSupport
import Testing

// What a worker does, in the small: enough to bring the queue into the state that a test is about.
extension StoreHarness {
    /// Pushes payloads to a list, the first first.
    func push(_ payloads: String..., to list: IngressList = .general) async throws {
        for payload in payloads {
            try await redis.send(["LPUSH", RedisValue(keys.ingress(list)), .string(payload)])
        }
    }

    /// Registers a fresh owner.
    func owner(_ name: String = "w1", lease: Duration = .seconds(30)) async throws -> Owner {
        try #require(try await queue.register(name: name, lease: lease))
    }

    /// Takes a batch.
    func take(_ owner: Owner) async throws -> IntakeBatch {
        guard case .batch(let batch) = try await intake.take(owner) else {
            throw Unexpected("another owner has a batch")
        }
        return batch
    }

    /// What the decoder makes of a batch; tokens are "sealed" by their name.
    func decide(_ batch: IntakeBatch) -> [IntakeDecision] {
        batch.payloads.enumerated().map { index, raw in
            switch JobDecoder().decode(raw.bytes, list: raw.list.kind, now: batch.takenAt) {
            case .success(let job):
                return IntakeDecision(job, raw: raw, in: batch, index: index, sealedTokens: nil)
            case .failure(let rejection):
                let result = JobResult(
                    rejection, generated: batch.generatedID(index), enqueuedAt: batch.takenAt,
                    finishedAt: batch.takenAt)
                return .rejected(result, kept: Array(rejection.excerpt.utf8))
            }
        }
    }

    /// Stores a batch.
    func storeBatch(_ batch: IntakeBatch, by owner: Owner) async throws -> StoreReply {
        try await intake.store(batch, decide(batch), by: owner, freeSlots: 64, takingNext: false)
    }

    /// Takes and stores one batch.
    @discardableResult
    func takeIn(by owner: Owner) async throws -> StoreReport {
        guard case .stored(let report, _) = try await storeBatch(try await take(owner), by: owner) else {
            throw Unexpected("superseded")
        }
        return report
    }

    /// Claims.
    func claim(_ owner: Owner, limit: Int = 64, perTenant: Int? = nil) async throws -> Claim {
        guard
            case .jobs(let claim) = try await queue.claim(owner, ClaimRequest(limit: limit, perTenant: perTenant))
        else { throw Unexpected("not registered") }
        return claim
    }

    /// Takes, stores, claims the one job that there is.
    func claimOne(_ payload: String, by owner: Owner) async throws -> ClaimedJob {
        try await push(payload)
        try await takeIn(by: owner)
        return try #require(try await claim(owner).jobs.first)
    }

    /// Waits until Redis's clock has gone on so far: what only time ends.
    func letPass(_ length: Duration) async throws {
        func now() async throws -> Int {
            let time = try await redis.send(["TIME"])
            return (time[0]?.int ?? 0) * 1_000_000 + (time[1]?.int ?? 0)
        }
        let end = try await now() + Int(length / .microseconds(1))
        try await eventually("\(length) have passed") { try await now() >= end }
    }

    /// Ends jobs as failed with `not_connected`, riders too.
    func finish(_ jobs: [ClaimedJob], by owner: Owner) async throws -> [FencedOutcome] {
        try await queue.finish(jobs.map { $0.failed() }, by: owner)
    }

    /// The entries of a stream, each as its fields.
    func stream(_ key: String) async throws -> [[String: String]] {
        let reply = try await redis.send(["XRANGE", RedisValue(key), "-", "+"])
        return (reply.array ?? []).map { entry in
            Dictionary(
                uniqueKeysWithValues: (entry[1]?.pairs ?? []).map { ($0.key.string ?? "", $0.value.string ?? "") })
        }
    }

    /// All keys of the namespace without it, and without what follows an owner's, lane's, tenant's or day's name;
    /// sorted.
    func keyNames() async throws -> [String] {
        let reply = try await redis.send(["KEYS", .string(keys.prefix + "*")])
        let names = (reply.array ?? []).compactMap(\.string).map { String($0.dropFirst(keys.prefix.count)) }
        return names.map { name in
            guard let colon = name.firstIndex(of: ":"), !name.hasPrefix("ring"), !name.hasPrefix("jobs"),
                !name.hasPrefix("taken")
            else { return name }
            return String(name[...colon])
        }.sorted()
    }
}

struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension ClaimedJob {
    /// Its terminal entry.
    func result(_ outcome: JobResult.Outcome, of record: JobRecord? = nil, error: JobError? = nil) -> JobResult {
        let record = record ?? self.record
        return JobResult(
            outcome, jobID: record.id, kind: record.kind, tenant: lease.lane.tenant, resource: lease.lane.resource,
            attempts: record.attempts + 1, fence: lease.fence, enqueuedAt: record.enqueuedAt, error: error)
    }

    /// It and its riders as failed.
    func failed(_ code: ErrorCode = .notConnected) -> Finished {
        let error = JobError(code, "not in this test")
        return Finished(
            lease, result: record.origin == .timer ? nil : result(.failed(record.kind), error: error),
            riders: riders.map { result(.failed(.sync), of: $0, error: error) })
    }

    /// It and its riders as succeeded.
    func succeeded() -> Finished {
        Finished(
            lease, result: record.origin == .timer ? nil : result(.succeeded(record.kind)),
            riders: riders.map { result(.succeeded(.sync), of: $0) })
    }
}
