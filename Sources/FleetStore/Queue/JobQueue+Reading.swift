import FleetCore
import Foundation
import Redis

extension JobQueue {
    /// How long a job that we can't read is left to others.
    private static let unreadableDelay = Duration.seconds(30)

    /// What includes/claimJobs.lua answers: fence, next due time, then lane, record, connection and riders of each job.
    func read(
        _ reply: RedisReply, owner: Owner, now: Date, script: StoreScript
    ) async throws(StoreError) -> ClaimReply {
        if reply.isNull { return .notRegistered }
        guard let parts = reply.array, parts.count >= 2, (parts.count - 2).isMultiple(of: 4) else {
            throw store.unexpected(script)
        }
        var jobs: [ClaimedJob] = []
        var unreadable: [Lease] = []
        jobs.reserveCapacity(parts.count / 4)
        if parts.count > 2 {
            guard let text = parts[0].string, let number = UInt64(text) else { throw store.unexpected(script) }
            for start in stride(from: 2, to: parts.count, by: 4) {
                guard let lane = parts[start].string.flatMap({ ConnectionID($0) }), let bytes = parts[start + 1].bytes
                else { throw store.unexpected(script) }
                let record = JobRecord(encoded: bytes)
                let lease = Lease(owner: owner, lane: lane, fence: Fence(number), kind: record?.kind ?? .sync)
                let riders = (parts[start + 3].array ?? []).map { $0.bytes.flatMap { JobRecord(encoded: $0) } }
                guard let record, !riders.contains(where: { $0 == nil }) else {
                    unreadable.append(lease)
                    continue
                }
                let connection = parts[start + 2].bytes.map { StoredConnection(bytes: $0) }
                jobs.append(
                    ClaimedJob(
                        lease: lease, record: record, storedConnection: connection, riders: riders.compactMap { $0 }))
            }
        }
        for lease in unreadable { _ = try await park(lease, for: Self.unreadableDelay, .other) }
        return .jobs(Claim(now: now, nextDue: parts[1].date, jobs: jobs, unreadable: unreadable.map(\.lane)))
    }
}
