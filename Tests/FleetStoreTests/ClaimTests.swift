// Goal: who gets a turn, in what order, with what. Method: lanes brought in by intake, then claims, on a real Redis.
import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

@Suite("Claim")
struct ClaimTests {
    @Test("tenants take turns, whatever one of them has waiting")
    func fairness() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["big": 20, "small": 2, "tiny": 1], by: owner)
            var order: [String] = []
            for _ in 0..<8 { order += try await harness.claim(owner, limit: 1).jobs.map(\.tenant) }
            #expect(Set(order.prefix(3)) == ["big", "small", "tiny"])
            #expect(order.filter { $0 == "small" }.count == 2 && order.filter { $0 == "tiny" }.count == 1)
            #expect(order.suffix(3) == ["big", "big", "big"])
        }
    }

    @Test("a batch is shared in equal parts, and filled by those who have more")
    func shares() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["big": 20, "mid": 20, "small": 2], by: owner)
            let first = try await harness.claim(owner, limit: 9)
            #expect(
                first.tenants == ["big": 4, "mid": 3, "small": 2] || first.tenants == ["big": 3, "mid": 4, "small": 2])
            #expect(try await harness.claim(owner, limit: 64).jobs.count == 33)
            #expect(try await harness.claim(owner, limit: 64).jobs.isEmpty)
            try await harness.expectNothingReady()
        }
    }

    @Test("lanes of a tenant come in the order in which they became ready")
    func firstInFirstOut() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 9], by: owner)
            var order: [String] = []
            for limit in [1, 3, 2, 64] { order += try await harness.claim(owner, limit: limit).jobs.map(\.resource) }
            #expect(order == (0..<9).map { "r\($0)" })
        }
    }

    @Test("a tenant gets no more than the claim allows, and keeps its turn")
    func allowances() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["big": 10, "full": 3, "some": 10], by: owner)
            let request = ClaimRequest(limit: 64, perTenant: 4, allowance: ["full": 0, "some": 2].tenants)
            guard case .jobs(let claim) = try await harness.queue.claim(owner, request) else { return }
            #expect(claim.tenants == ["big": 4, "some": 2])
            #expect(try await harness.claim(owner, limit: 64).tenants == ["big": 6, "full": 3, "some": 8])
            try await harness.expectNothingReady()
        }
    }

    @Test("a claim that finds only tenants at their share brings nothing and loses nothing")
    func onlyCapped() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["full": 3], by: owner)
            let before = try await harness.state()
            let request = ClaimRequest(limit: 64, allowance: ["full": 0].tenants)
            guard case .jobs(let claim) = try await harness.queue.claim(owner, request) else { return }
            #expect(claim.jobs.isEmpty)
            #expect(try await harness.state() == before)
        }
    }

    @Test("high goes first and low is not starved")
    func priorities() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            for priority in ["low", "normal", "high"] {
                for number in 0..<60 {
                    let resource = "\(priority)-\(number)"
                    try await harness.push(
                        #"{"kind":"sync","tenant_id":"a","resource_id":"\#(resource)","priority":"\#(priority)"}"#)
                }
            }
            try await harness.takeIn(by: owner)
            var counts: [JobPriority: Int] = [:]
            // The turn comes from the fence, so as many as pass each of the 16 steps when it counts by one.
            for _ in 0..<60 {
                try await harness.countFenceByOne()
                for job in try await harness.claim(owner, limit: 1).jobs {
                    counts[job.record.priority, default: 0] += 1
                }
            }
            #expect(
                counts[.high, default: 0] >= 40 && counts[.normal, default: 0] >= 8 && counts[.low, default: 0] >= 3)
        }
    }

    @Test("a claim of a lane says what the lane's connection is")
    func connection() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.connect("acme:r1", by: owner)
            let job = try await harness.claimOne(#"{"kind":"sync","tenant_id":"acme","resource_id":"r1"}"#, by: owner)
            #expect(try job.storedConnection?.decoded().calendar == CalendarID("CAL-r1"))
        }
    }

    @Test("waiting syncs without bookings ride behind a sync, up to the first that has work of its own")
    func riders() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let booking = #""bookings":[{"booking_id":"b","op":"cancel"}]"#
            for (id, more) in [
                ("a", booking), ("b", #""full":false"#), ("c", #""full":false"#), ("d", booking),
                ("e", #""full":false"#),
            ] {
                try await harness.push(#"{"kind":"sync","tenant_id":"acme","resource_id":"r1","id":"\#(id)",\#(more)}"#)
            }
            try await harness.takeIn(by: owner)
            let first = try #require(try await harness.claim(owner).jobs.first)
            #expect(first.record.id == JobID("a") && first.riders.map(\.id.rawValue) == ["b", "c"])
            #expect(first.riders.allSatisfy { $0.payload.isEmpty })
            #expect(try await harness.queue.finish([first.succeeded()], by: owner) == [.done])
            let second = try #require(try await harness.claim(owner).jobs.first)
            #expect(second.record.id == JobID("d") && second.riders.map(\.id.rawValue) == ["e"])
            // One of the riders may be left to wait.
            var finished = second.succeeded()
            finished.riders = []
            #expect(try await harness.queue.finish([finished], by: owner) == [.done])
            let third = try #require(try await harness.claim(owner).jobs.first)
            #expect(third.record.id == JobID("e") && third.riders.isEmpty)
            #expect(try await harness.finish([third], by: owner) == [.done])
            let ids = try await harness.stream(harness.keys.results).compactMap { $0["job_id"] }
            #expect(ids == ["a", "b", "c", "d", "e"])
            try await harness.expectNothingReady()
        }
    }

    @Test("a full sync rides behind a full one only", arguments: [(false, 0), (true, 1)])
    func fullRiders(isHeadFull: Bool, riders: Int) async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            for full in [isHeadFull, true] {
                try await harness.push(#"{"kind":"sync","tenant_id":"acme","resource_id":"r1","full":\#(full)}"#)
            }
            try await harness.takeIn(by: owner)
            #expect(try await harness.claim(owner).jobs.first?.riders.count == riders)
        }
    }

    @Test("a claim whose reply was lost brings the same jobs under the same fence")
    func again() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 2, "zeta": 1], by: owner)
            let arguments: [RedisValue] = [.string(owner.name), 7, "0", 2, 2, 0, 0]
            let first = try await harness.store.call(.claim) { _ in arguments }
            let again = try await harness.store.call(.claim) { _ in arguments.replacing(at: 2, with: "1") }
            #expect(first[1]?[0] == again[1]?[0] && (again[1]?.array?.count ?? 0) == 10)
            #expect(Set(first.lanes) == Set(again.lanes))
            #expect(try await harness.claim(owner).jobs.count == 1)
        }
    }

    @Test("an owner that isn't registered gets nothing, and nothing moves")
    func notRegistered() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 2], by: owner)
            let before = try await harness.state()
            let stranger = Owner(name: "stranger")
            guard case .notRegistered = try await harness.queue.claim(stranger, ClaimRequest(limit: 1)) else {
                Issue.record("a stranger's claim is answered")
                return
            }
            #expect(try await harness.state() == before)
        }
    }

    @Test("a name is registered once")
    func nameIsTaken() async throws {
        try await StoreHarness.with { harness in
            _ = try await harness.owner("w1")
            #expect(try await harness.queue.register(name: "w1", lease: .seconds(1)) == nil)
        }
    }

    @Test("a record of a newer form is left to others for a while, and the rest of the batch goes on")
    func newerForm() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 1, "zeta": 1], by: owner)
            let head = RedisValue(harness.keys.prefix + "head")
            let record = try #require(try await harness.redis.send(["HGET", head, "acme:r0"]).bytes)
            try await harness.redis.send(["HSET", head, "acme:r0", .bytes([UInt8(ascii: "2")] + record.dropFirst())])
            let claim = try await harness.claim(owner)
            #expect(claim.jobs.map(\.tenant) == ["zeta"] && claim.unreadable.map(\.description) == ["acme:r0"])
            let due = try await harness.redis.send(["ZRANGE", .string(harness.keys.prefix + "due"), 0, -1])
            #expect(due[0]?.string == "lnacme:r0")
        }
    }

    @Test("a held tenant leaves the ring until its time and comes back by itself")
    func held() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 2, "zeta": 1], by: owner)
            let held = RedisValue(harness.keys.prefix + "held")
            try await harness.redis.send(["HSET", held, "acme", "4102444800000"])
            let claim = try await harness.claim(owner)
            #expect(claim.jobs.map(\.tenant) == ["zeta"] && claim.nextDue == Date(timeIntervalSince1970: 4_102_444_800))
            #expect(try await harness.claim(owner).jobs.isEmpty)
            // A job that comes meanwhile waits behind the others.
            try await harness.push(#"{"kind":"sync","tenant_id":"acme","resource_id":"r9"}"#)
            try await harness.takeIn(by: owner)
            #expect(try await harness.claim(owner).jobs.isEmpty)
            try await harness.redis.send(["HSET", held, "acme", "1"])
            try await harness.redis.send(["ZADD", .string(harness.keys.prefix + "due"), 1, "tnacme"])
            #expect(try await harness.claim(owner).jobs.map(\.resource) == ["r0", "r1", "r9"])
            try await harness.expectNothingReady()
        }
    }

    @Test("fences grow from claim to claim, and don't fall back when Redis forgets")
    func fences() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 3], by: owner)
            var fences: [Fence] = []
            for round in 0..<3 {
                if round == 2 {
                    try await harness.redis.send(["DEL", .string(harness.keys.prefix + "fence")])
                    // A fail-over takes longer than the few milliseconds that quick claims run ahead of the clock.
                    while try await milliseconds(harness) <= fences[1].value {}
                }
                fences += try await harness.claim(owner, limit: 1).jobs.map(\.lease.fence)
            }
            #expect(fences.count == 3 && fences == fences.sorted() && Set(fences).count >= 2)
        }
    }

    private func milliseconds(_ harness: StoreHarness) async throws -> UInt64 {
        let time = try await harness.redis.send(["TIME"]).array?.compactMap { $0.string.flatMap { UInt64($0) } } ?? []
        return try #require(time.first) * 1000 + #require(time.last) / 1000
    }
}
