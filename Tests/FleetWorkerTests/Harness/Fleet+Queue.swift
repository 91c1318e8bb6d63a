import FleetCore
import FleetStore
import Foundation
import Redis
import TestSupport

extension Fleet {
    /// Jobs behind the head of a lane.
    func waiting(_ resource: String) async throws -> Int {
        try await redis.send(["LLEN", .string(keys.prefix + "rest:" + lane(resource).description)]).int ?? 0
    }

    /// What a worker does that is about to die: it takes in what waits, claims it, and is heard of no more.
    func takeInAndClaim(as owner: Owner) async throws {
        let reader = PayloadReaderForTests(sealer: sealer)
        if case .batch(let batch) = try await JobIntake(store).take(owner), !batch.payloads.isEmpty {
            let decisions = reader.decisions(for: batch)
            _ = try await JobIntake(store).store(batch, decisions, by: owner, freeSlots: 64, takingNext: false)
        }
        guard case .jobs(let claim) = try await JobQueue(store).claim(owner, ClaimRequest(limit: 64)),
            !claim.jobs.isEmpty
        else { throw TestSupportError("nothing to claim") }
    }

    /// The one registered worker.
    func ownerName() async throws -> String {
        let reply = try await redis.send(["ZRANGE", .string(keys.prefix + "owners"), 0, -1])
        return reply[0]?.string ?? ""
    }

    /// As after a freeze: the worker's deadline has passed, and somebody reaps it.
    func pretendDead(_ owner: String) async throws {
        try await redis.send(["ZADD", .string(keys.prefix + "owners"), 1, .string(owner)])
        _ = try await JobQueue(store).reap()
    }
}

// MARK: - Periods

extension Fleet {
    private func member(_ resource: String) -> RedisValue { .string("p" + lane(resource).description) }

    /// The connection's period is over now.
    func makeDue(_ resource: String) async throws {
        try await redis.send(["ZADD", .string(keys.prefix + "due"), "XX", 1, member(resource)])
    }

    /// When it syncs next by itself.
    func nextSync(_ resource: String) async throws -> Date? {
        let reply = try await redis.send(["ZSCORE", .string(keys.prefix + "due"), member(resource)])
        return reply.string.flatMap(Double.init).map { Date(timeIntervalSince1970: $0 / 1000) }
    }
}
