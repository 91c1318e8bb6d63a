import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

extension StoreHarness {
    /// So many ready lanes for each tenant: `r0`, `r1`, ..., tenants in turn.
    func bring(_ lanes: [String: Int], by owner: Owner) async throws {
        for number in 0..<(lanes.values.max() ?? 0) {
            for (tenant, count) in lanes.sorted(by: { $0.key < $1.key }) where number < count {
                try await push(#"{"kind":"sync","tenant_id":"\#(tenant)","resource_id":"r\#(number)"}"#)
            }
        }
        try await takeIn(by: owner)
    }

    /// No ticket, no list of ready lanes, no mark is left.
    func expectNothingReady(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let left = try await keyNames().filter { name in
            ["ring", "ready", "tick"].contains { name.hasPrefix($0) }
        }
        #expect(left.isEmpty, sourceLocation: sourceLocation)
    }

    /// Puts the fence so far ahead of the clock that it counts by one.
    func countFenceByOne() async throws {
        let key = RedisValue(keys.prefix + "fence")
        let fence = try await redis.send(["GET", key]).int ?? 0
        try await redis.send(["SET", key, .integer(max(fence, 4_000_000_000_000))])
    }

    /// Walks a connect through to a connection with calendar `CAL-<resource>`.
    @discardableResult
    func connect(
        _ lane: String, calendar: String = "primary", frequency: String = "PT5M", by owner: Owner
    ) async throws -> Connection {
        let id = try #require(ConnectionID(lane))
        let job = try await claimOne(
            """
            {"kind":"connect","tenant_id":"\(id.tenant)","resource_id":"\(id.resource)","calendar_id":"\(calendar)",
            "oauth_token":"t","settings":{"frequency":"\(frequency)"}}
            """, by: owner)
        let connection = self.connection(id, requested: calendar)
        var end = RunEnd(result: job.result(.connectSucceeded))
        end.connection = connection
        end.promotesFreshMirror = true
        #expect(try await RunCommit(store).commit(Slice(.fresh), end: end, job.lease) == .done)
        return connection
    }

    /// A connection of this lane.
    func connection(
        _ id: ConnectionID, requested: String = "primary", real: String? = nil, credential: String = "c-1"
    ) -> Connection {
        Connection(
            id: id, generation: 1, requestedCalendar: CalendarID(requested),
            calendar: CalendarID(real ?? "CAL-\(id.resource)"), calendarName: "Calendar", owner: "a@example.com",
            canEdit: true, mailbox: nil, credential: CredentialID(credential), settings: ConnectionSettings(),
            timeZone: "UTC")
    }
}

extension ClaimedJob {
    var tenant: String { lease.lane.tenant.rawValue }
    var resource: String { lease.lane.resource.rawValue }
}

extension Claim {
    /// How many jobs of each tenant.
    var tenants: [String: Int] { Dictionary(jobs.map { ($0.tenant, 1) }, uniquingKeysWith: +) }
}

extension [String: Int] {
    /// As a claim's allowance.
    var tenants: [TenantID: Int] {
        Dictionary<TenantID, Int>(uniqueKeysWithValues: map { (TenantID($0.key), $0.value) })
    }
}

extension [RedisValue] {
    /// With one of them replaced.
    func replacing(at index: Int, with value: RedisValue) -> [RedisValue] {
        var copy = self
        copy[index] = value
        return copy
    }
}

extension RedisReply {
    /// The lanes in the raw answer of claim.lua.
    var lanes: [String] {
        let parts = self[1]?.array ?? []
        return stride(from: 2, to: parts.count, by: 4).compactMap { parts[$0].string }
    }
}
