import FleetCore
package import Foundation
import Redis

// The life of a claim: register once; claim, renew, then one of finish (or RunCommit's last slice), park, hand back. If
// the worker dies, any other reaps. The state behind it is drawn in includes/place.lua (ring), append.lua (lanes),
// owner.lua (leases) and wakeDue.lua (what waits for a time).

/// The queue as workers use it. A value; all state is in Redis.
package struct JobQueue: Sendable {
    let store: Store

    /// The queue of `store`.
    package init(_ store: Store) { self.store = store }

    /// Makes a worker known under `name`, which must never have been used, and begins its lease. One round trip.
    ///
    /// - Parameter report: what `status` tells of it.
    /// - Returns: nil if the name is taken.
    package func register(
        name: String, lease: Duration, report: WorkerReport? = nil
    ) async throws(StoreError) -> Owner? {
        let about = RedisValue.string(report?.encoded ?? "")
        let reply = try await store.call(.registerOwner) { _ in
            [.string(name), .integer(lease.milliseconds), about]
        }
        return reply[0]?.string == "1" ? Owner(name: name) : nil
    }

    /// Leases ready jobs. One round trip; after a lost reply the same jobs are asked for again.
    package func claim(_ owner: Owner, _ request: ClaimRequest) async throws(StoreError) -> ClaimReply {
        let call = owner.nextCall()
        let reply = try await store.call(.claim) { again in
            [.string(owner.name), .integer(call), again ? "1" : "0"] + request.arguments
        }
        guard let now = reply[0]?.date, let claimed = reply[1] else { throw store.unexpected(.claim) }
        return try await read(claimed, owner: owner, now: now, script: .claim)
    }

    /// Ends jobs with their results, as many at a time as there are (64 are the right size). A repeat after a lost
    /// reply answers what happened and does nothing. One round trip.
    ///
    /// - Returns: an outcome for each, in order.
    package func finish(_ jobs: [Finished], by owner: Owner) async throws(StoreError) -> [FencedOutcome] {
        let call = owner.nextCall()
        var arguments: [RedisValue] = [.integer(store.options.resultsCap), .integer(jobs.count)]
        arguments.reserveCapacity(2 + jobs.count * 40)
        for job in jobs { job.append(to: &arguments) }
        let reply = try await store.call(.finishJobs) { again in
            [.string(owner.name), .integer(call), again ? "1" : "0"] + arguments
        }
        guard let outcomes = reply.bytes, outcomes.count == jobs.count else { throw store.unexpected(.finishJobs) }
        return outcomes.map { $0 == UInt8(ascii: "1") ? .done : .fencedOut }
    }

    /// Prolongs all leases of an owner. Late but not reaped is in time. One round trip, whatever it holds.
    package func renew(
        _ owner: Owner, lease: Duration, report: WorkerReport? = nil
    ) async throws(StoreError) -> RenewReply {
        let about = RedisValue.string(report?.encoded ?? "")
        let reply = try await store.call(.renewOwner) { _ in
            [.string(owner.name), .integer(lease.milliseconds), about]
        }
        guard reply[0]?.string == "1" else { return .lost }
        guard let now = reply[1]?.date, let until = reply[2]?.date, let leases = reply[3]?.int else {
            throw store.unexpected(.renewOwner)
        }
        return .renewed(until: until, now: now, leases: leases)
    }

    /// Takes back jobs of one owner whose lease has ended, at most `limit`; each has used up an attempt and counts a
    /// crash. When nobody is late, looks at a few lanes whether they stand where they must.
    package func reap(limit: Int = 256) async throws(StoreError) -> ReapReport {
        let reply = try await store.call(.reapOwners) { _ in [.integer(limit)] }
        guard let owner = reply[0]?.string, let jobs = reply[1]?.int else { throw store.unexpected(.reapOwners) }
        return ReapReport(
            owner: owner.isEmpty ? nil : owner, jobs: jobs, isMore: reply[2]?.string == "1",
            found: reply[4]?.int ?? 0)
    }

    /// Ends jobs that expired while their line doesn't move: `expired`, in at most `lanes` lines. 2 us when there are
    /// none.
    ///
    /// - Returns: how many, and whether to call again at once.
    package func expire(lanes: Int = 16) async throws(StoreError) -> (jobs: Int, isMore: Bool) {
        let reply = try await store.call(.expireJobs) { _ in
            [.string(Failures.expired), .integer(store.options.resultsCap), .integer(lanes)]
        }
        guard let jobs = reply[0]?.int else { throw store.unexpected(.expireJobs) }
        return (jobs, reply[1]?.string == "1")
    }

    /// Lets a leased job wait: `delay` from now, by Redis's clock. It holds its lane's line and no slot.
    package func park(_ lease: Lease, for delay: Duration, _ reason: ParkReason) async throws(StoreError)
        -> FencedOutcome
    {
        try await park(lease, reason, delay: .integer(max(0, delay.milliseconds)), until: "")
    }

    /// Lets a leased job wait until a time of Redis's clock.
    package func park(_ lease: Lease, until time: Date, _ reason: ParkReason) async throws(StoreError) -> FencedOutcome
    {
        try await park(lease, reason, delay: "", until: .integer(time.milliseconds))
    }

    private func park(
        _ lease: Lease, _ reason: ParkReason, delay: RedisValue, until: RedisValue
    ) async throws(StoreError) -> FencedOutcome {
        let call = lease.owner.nextCall()
        let reply = try await store.call(.parkJob) { again in
            [
                .string(lease.owner.name), .integer(call), again ? "1" : "0", .string(lease.lane.description),
                .string(lease.fence.description), .string(reason.letter), reason.counts, delay, until,
            ]
        }
        return reply[0]?.string == "1" ? .done : .fencedOut
    }

    /// Returns leases unused: no attempt is counted, other workers are told. Those that have passed on are skipped.
    ///
    /// - Returns: how many were returned.
    @discardableResult
    package func handBack(_ leases: [Lease], by owner: Owner) async throws(StoreError) -> Int {
        guard !leases.isEmpty else { return 0 }
        let reply = try await store.call(.handBack) { _ in
            [.string(owner.name), "0"]
                + leases.flatMap { [RedisValue.string($0.lane.description), .string($0.fence.description)] }
        }
        return reply.int ?? 0
    }

    /// Returns whatever the owner still holds and forgets it. The end of a drain.
    ///
    /// - Returns: how many leases were returned.
    @discardableResult
    package func signOff(_ owner: Owner) async throws(StoreError) -> Int {
        try await store.call(.handBack) { _ in [.string(owner.name), "1"] }.int ?? 0
    }
}

extension ClaimRequest {
    /// As includes/claimTerms.lua reads it.
    var arguments: [RedisValue] {
        var arguments: [RedisValue] = [.integer(limit), .integer(perTenant), .integer(allowance.count)]
        for (tenant, most) in allowance {
            arguments.append(.string(tenant.rawValue))
            arguments.append(.integer(most))
        }
        arguments.append(.integer(charges.count))
        for (tenant, charge) in charges {
            arguments.append(.string(tenant.rawValue))
            arguments.append(.integer(charge.calls))
            arguments.append(.integer(charge.jobs))
        }
        return arguments
    }
}
