// Goal: no payload is lost, doubled or overtaken on its way into the lanes. Method: whole states on a real Redis around
// each call.
import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

@Suite("Intake")
struct IntakeTests {
    private static func sync(_ resource: String, id: String? = nil, more: String = "") -> String {
        let id = id.map { #","id":"\#($0)""# } ?? ""
        return #"{"kind":"sync","tenant_id":"acme","resource_id":"\#(resource)"\#(id)\#(more)}"#
    }

    @Test("lists are drained in the order connect, general, sync, disconnect, what a wake-up moved first")
    func order() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            for list in IngressList.allCases.reversed() { try await harness.push("2\(list)", "3\(list)", to: list) }
            for list in IngressList.allCases {
                try await harness.redis.send(["LPUSH", RedisValue(harness.keys.taken(list)), .string("1\(list)")])
            }
            let batch = try await harness.take(owner)
            let expected = IngressList.allCases.flatMap { list in (1...3).map { "\($0)\(list)" } }
            #expect(batch.payloads.map { String(decoding: $0.bytes, as: UTF8.self) } == expected)
            #expect(batch.payloads.map(\.list) == IngressList.allCases.flatMap { [$0, $0, $0] })
        }
    }

    @Test("one batch is in flight: another worker is told until when")
    func busy() async throws {
        try await StoreHarness.with { harness in
            let (first, second) = (try await harness.owner("w1"), try await harness.owner("w2"))
            try await harness.push("a")
            let batch = try await harness.take(first)
            guard case .busy(let until) = try await harness.intake.take(second) else {
                Issue.record("two batches at once")
                return
            }
            #expect((0...2.1).contains(until.timeIntervalSince(batch.takenAt)))
        }
    }

    @Test("the same owner is given the same payloads again: its reply was lost")
    func takeAgain() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push("a", "b")
            let first = try await harness.take(owner)
            let again = try await harness.take(owner)
            #expect(again.payloads == first.payloads && again.takenAt == first.takenAt)
            #expect(try await harness.storeBatch(first, by: owner) == .superseded)
            #expect(try await harness.stream(harness.keys.results).isEmpty)
        }
    }

    @Test("a dead worker's batch is taken over as it lies, and its late store changes nothing")
    func takeOver() async throws {
        try await StoreHarness.with { harness in
            let dead = try await harness.owner("w1")
            let heir = try await harness.owner("w2")
            try await harness.push(Self.sync("r1"), Self.sync("r2"))
            let lost = try await JobIntake(harness.store, terms: .init(limit: 256, deadline: .zero)).takeBatch(dead)
            try await harness.push(Self.sync("r3"))
            let taken = try await harness.take(heir)
            #expect(taken.payloads == lost.payloads && taken.takenAt == lost.takenAt)
            #expect(try await harness.storeBatch(lost, by: dead) == .superseded)
            let before = try await harness.state()
            guard case .stored(let report, _) = try await harness.storeBatch(taken, by: heir) else {
                Issue.record("the heir's store is refused")
                return
            }
            #expect(report.jobs == 2)
            #expect(before.contains { $0.hasPrefix("items list") } && !before.contains { $0.hasPrefix("head") })
            try await harness.expectState([
                "head hash: acme:r1=[sync jT-0 0/0/0 -] acme:r2=[sync jT-1 0/0/0 -]",
                "jobs list: \(Self.sync("r3"))", "ready:nacme list: acme:r2", "ring:n list: acme:r1", "tick set: nacme",
            ])
        }
    }

    @Test("a store whose reply was lost answers the same again, and a job is stored once")
    func storeAgain() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push(Self.sync("r1", id: "a"), "rubbish", Self.sync("r1", id: "a"))
            let batch = try await harness.take(owner)
            let first = try await harness.storeBatch(batch, by: owner)
            let state = try await harness.state()
            #expect(try await harness.storeBatch(batch, by: owner) == first)
            #expect(try await harness.state() == state)
            guard case .stored(let report, nil) = first else {
                Issue.record("\(first)")
                return
            }
            #expect((report.jobs, report.duplicates, report.rejected, report.unresolved) == (1, 1, 1, 0))
        }
    }

    @Test("an empty batch stores nothing and says so, whatever the one before it was")
    func empty() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push(Self.sync("r1"))
            #expect(try await harness.takeIn(by: owner).jobs == 1)
            #expect(try await harness.takeIn(by: owner).jobs == 0)
        }
    }

    @Test("a store may take the next batch in the same call")
    func storeAndTake() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push(Self.sync("r1"))
            let batch = try await harness.take(owner)
            try await harness.push(Self.sync("r2"))
            let reply = try await harness.intake.store(
                batch, harness.decide(batch), by: owner, freeSlots: 64, takingNext: true)
            guard case .stored(_, .batch(let next)) = reply else {
                Issue.record("\(reply)")
                return
            }
            #expect(next.payloads.count == 1 && next.number != batch.number)
            #expect(try await harness.storeBatch(next, by: owner) != .superseded)
        }
    }

    @Test("a batch is bounded by bytes, and a payload over the limit comes as its beginning and its length")
    func bounded() async throws {
        try await StoreHarness.with(configure: { $0.maximumPayload = 100_000 }) { harness in
            let owner = try await harness.owner()
            let big = String(repeating: "x", count: 90_000)
            for _ in 0..<12 { try await harness.push(big) }
            try await harness.push(String(repeating: "y", count: 200_000), to: .sync)
            let first = try await harness.take(owner)
            #expect(first.payloads.count == 4 && first.payloads.allSatisfy { $0.length == 90_000 && !$0.isTooLong })
            _ = try await harness.storeBatch(first, by: owner)
            try await harness.redis.send(["DEL", RedisValue(harness.keys.ingress(.general))])
            let last = try await harness.take(owner)
            #expect(last.payloads.map(\.length) == [200_000] && last.payloads.map(\.bytes.count) == [16_384])
            #expect(last.payloads[0].isTooLong && last.payloads[0].list == .sync)
        }
    }

    @Test("an ingress key of another type is named, and the other lists go on")
    func wrongType() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.redis.send(["SET", RedisValue(harness.keys.ingress(.general)), "text"])
            try await harness.push("a", to: .sync)
            let batch = try await harness.take(owner)
            #expect(batch.wrongLists == [harness.keys.ingress(.general)])
            #expect(batch.payloads.map(\.bytes) == [Array("a".utf8)])
        }
    }

    @Test("rubbish becomes one job.rejected and a dead letter, and its id isn't remembered")
    func rejected() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push(#"{"kind":"sync","tenant_id":"acme","id":"a"}"#)
            #expect(try await harness.takeIn(by: owner).rejected == 1)
            try await harness.push(Self.sync("r1", id: "a"))
            #expect(try await harness.takeIn(by: owner).jobs == 1)
            try await harness.expectState([
                "dead stream: R(acme:a)", "head hash: acme:r1=[sync a 0/0/0 -]", "results stream: job.rejected",
                "ring:n list: acme:r1", "tick set: nacme",
            ])
        }
    }

    @Test("an id is seen for its time and no longer; per tenant", arguments: [(10, true), (3500, true), (3700, false)])
    func idsExpire(age: Int, seen: Bool) async throws {
        try await StoreHarness.with(configure: { $0.idsSeconds = 3600 }) { harness in
            let owner = try await harness.owner()
            // As if stored `age` seconds ago, which may be yesterday.
            let now = Int(Date().timeIntervalSince1970)
            let then = now - age
            try await harness.redis.send(
                ["HSET", .string(harness.keys.prefix + "id:\(then / 86_400)"), "acme:a", .integer(then)])
            try await harness.push(Self.sync("r1", id: "a"))
            try await harness.push(#"{"kind":"sync","tenant_id":"zeta","resource_id":"r1","id":"a"}"#)
            let report = try await harness.takeIn(by: owner)
            #expect(report.duplicates == (seen ? 1 : 0) && report.jobs == (seen ? 1 : 2))
            guard seen else { return }
            let result = try #require(try await harness.stream(harness.keys.results).first)
            #expect(result["type"] == "job.duplicate" && result["job_id"] == "a" && result["data"] == #"{"of":"a"}"#)
            #expect(result["resource_id"] == "r1" && result["enqueued_at"]?.count == 24)
        }
    }

    @Test("a new day's first id drops the days that nobody asks for any more")
    func daysGo() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let today = Int(Date().timeIntervalSince1970) / 86_400
            for day in [today - 2, today - 1] {
                try await harness.redis.send(["HSET", .string(harness.keys.prefix + "id:\(day)"), "acme:x", 1])
                try await harness.redis.send(["SADD", .string(harness.keys.prefix + "iddays"), .integer(day)])
            }
            try await harness.push(Self.sync("r1", id: "a"))
            try await harness.takeIn(by: owner)
            let days = try await harness.redis.send(["SMEMBERS", .string(harness.keys.prefix + "iddays")])
            #expect(Set((days.array ?? []).compactMap(\.int)) == [today - 1, today])
            #expect(try await harness.keyNames().filter { $0 == "id:" }.count == 2)
        }
    }

    @Test("jobs of one connection queue behind each other")
    func lanes() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push(Self.sync("r1", id: "a"), Self.sync("r1", id: "b"), Self.sync("r1", id: "c"))
            try await harness.takeIn(by: owner)
            try await harness.expectState([
                "head hash: acme:r1=[sync a 0/0/0 -]", "more hash: acme:r1=2",
                "rest:acme:r1 list: [sync b 0/0/0 -] [sync c 0/0/0 -]", "ring:n list: acme:r1", "tick set: nacme",
            ])
        }
    }

    @Test("a sync with not_before waits beside its line, a connect with one holds it")
    func notBefore() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let later = #","not_before":"2100-01-01T00:00:00Z""#
            try await harness.push(Self.sync("r1", id: "a", more: later), Self.sync("r1", id: "b"))
            try await harness.push(
                #"{"kind":"connect","tenant_id":"acme","resource_id":"r2","id":"c","oauth_token":"t"\#(later)}"#,
                Self.sync("r2", id: "d"))
            try await harness.takeIn(by: owner)
            let state = try await harness.state().map { $0.replacing(#/T\.[0-9]+/#, with: "K") }
            #expect(
                state.map { $0.replacing("4102444800000", with: "2100") } == [
                    "cal:acme zset: primary r2=0", "due zset: jacme:r1/K=2100 lnacme:r2=2100",
                    "head hash: acme:r1=[sync b 0/0/0 -] acme:r2=[connect c 0/0/0 -]",
                    "later:acme:r1 hash: K=[sync a 0/0/0 -]",
                    "more hash: acme:r2=1", "rest:acme:r2 list: [sync d 0/0/0 -]", "ring:n list: acme:r1",
                    "tick set: nacme",
                ])
        }
    }

    @Test("more jobs than free slots leave one marker for an idle worker")
    func marker() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            for round in 1...2 {
                try await harness.push(Self.sync("a\(round)"), Self.sync("b\(round)"))
                let batch = try await harness.take(owner)
                _ = try await harness.intake.store(
                    batch, harness.decide(batch), by: owner, freeSlots: 1, takingNext: false)
            }
            #expect(try await harness.redis.send(["LLEN", RedisValue(harness.keys.wake)]).int == 1)
        }
    }
}

extension JobIntake {
    fileprivate func takeBatch(_ owner: Owner) async throws -> IntakeBatch {
        guard case .batch(let batch) = try await take(owner) else { throw Unexpected("busy") }
        return batch
    }
}

extension JobIntake.Terms {
    fileprivate init(limit: Int, deadline: Duration) {
        self.init()
        self.limit = limit
        self.deadline = deadline
    }
}
