// Goal: a consumer group loses nothing that it should have, streams stay bounded with and without readers, and dead
// readers hold nothing. Method: real streams with small lengths on a real Redis.
import FleetCore
import FleetStore
import Foundation
import Redis
import Testing

@Suite("Streams")
struct StreamTests {
    @Test("an entry is pending until it is acknowledged, and comes again to the same consumer first")
    func pending() async throws {
        try await StoreHarness.with { harness in
            try await harness.write(1...3)
            let group = harness.group("a")
            #expect(try await group.create(behind: "0"))
            #expect(try await group.create(behind: "$") == false)
            let first = try await group.next(count: 2)
            #expect(first.entries.map(\.number) == [1, 2])
            try await group.acknowledge([first.entries[0].id])
            let again = try await group.unacknowledged()
            #expect(again.entries.map(\.number) == [2] && again.next != nil)
            #expect(try await group.unacknowledged(behind: again.next ?? "") == .empty)
            #expect(try await group.next().entries.map(\.number) == [3])
            #expect(try await group.next(waiting: .milliseconds(1)) == .empty)
        }
    }

    @Test("what a dead consumer left is taken over by another once it is idle for long enough")
    func takeOver() async throws {
        try await StoreHarness.with { harness in
            try await harness.write(1...3)
            try await harness.group("dead").create(behind: "0")
            #expect(try await harness.group("dead").next().entries.count == 3)
            let heir = harness.group("heir")
            #expect(try await heir.takeOver(idle: .seconds(1000)).entries.isEmpty)
            let some = try await heir.takeOver(idle: .zero, count: 2)
            #expect(some.entries.map(\.number) == [1, 2] && some.next != nil)
            let rest = try await heir.takeOver(idle: .zero, from: some.next ?? "")
            #expect(rest.entries.map(\.number).last == 3 && rest.next == nil)
        }
    }

    @Test("lesson 42: entries that were trimmed while pending come without a body, and the pending list empties")
    func trimmedPending() async throws {
        try await StoreHarness.with { harness in
            try await harness.write(1...4)
            let group = harness.group("a")
            try await group.create(behind: "0")
            #expect(try await group.next().entries.count == 4)
            try await harness.redis.send(["XTRIM", RedisValue(harness.keys.results), "MAXLEN", "1"])
            let left = try await group.unacknowledged()
            #expect(left.entries.map(\.number) == [4] && left.trimmed.count == 3)
            try await group.acknowledge(left.entries.map(\.id) + left.trimmed)
            let pending = try await harness.redis.send(["XPENDING", RedisValue(harness.keys.results), "g"])
            #expect(pending[0]?.int == 0)

            try await harness.write(5...6)
            #expect(try await group.next().entries.count == 2)
            try await harness.redis.send(["XTRIM", RedisValue(harness.keys.results), "MAXLEN", "0"])
            let gone = try await harness.group("heir").takeOver(idle: .zero)
            #expect(gone.entries.isEmpty && gone.trimmed.count == 2)
            try await group.acknowledge(gone.trimmed)
            #expect(try await harness.redis.send(["XPENDING", RedisValue(harness.keys.results), "g"])[0]?.int == 0)
        }
    }

    @Test("lesson 43: how far a group is behind is told in time, whatever Redis's lag says after a deletion")
    func behind() async throws {
        try await StoreHarness.with { harness in
            let key = RedisValue(harness.keys.results)
            for second in 1...5 { try await harness.redis.send(["XADD", key, .string("\(second)000-0"), "n", "1"]) }
            try await harness.group("a").create(behind: "0")
            #expect(try await harness.group("a").next(count: 2).entries.count == 2)
            try await harness.redis.send(["XDEL", key, "4000-0"])
            let info = try await harness.redis.send(["XINFO", "GROUPS", key])
            #expect(info[0]?.pairs?.first { $0.key.string == "lag" }?.value.isNull == true)
            let status = try await harness.store.status()
            let group = try #require(status.results.groups.first)
            #expect(group.behind == .seconds(3) && group.pending == 2 && group.consumers == 1)
            #expect(status.changes.groups.isEmpty && status.results.length == 4 && status.results.added == 5)
        }
    }

    @Test("lesson 45: without any reader a stream is brought back to its length")
    func bounded() async throws {
        try await StoreHarness.with(configure: { $0.resultsLength = 1000 }) { harness in
            try await harness.write(1...1500)
            let report = try await StreamCare(harness.store).trim()
            #expect(report.results.taken == 500 && report.results.heldBy == nil && !report.isMore)
            #expect(report.changes.taken == 0)
            #expect(try await harness.length() == 1000)
        }
    }

    @Test("the writers themselves cut a stream at twice its length")
    func cap() async throws {
        try await StoreHarness.with(configure: { $0.resultsLength = 300 }) { harness in
            let owner = try await harness.owner()
            try await harness.write(1...1000)
            let job = try await harness.claimOne(#"{"kind":"sync","tenant_id":"t","resource_id":"r"}"#, by: owner)
            _ = try await harness.finish([job], by: owner)
            #expect(try await harness.length() <= 700)
        }
    }

    @Test(
        "a live group that is behind holds a stream beyond its length, a silent one doesn't", arguments: [true, false])
    func groups(isLive: Bool) async throws {
        try await StoreHarness.with(configure: { $0.resultsLength = 1000 }) { harness in
            try await harness.group("a").create(behind: "0")
            try await harness.write(1...200)
            // 100 are acknowledged, 100 are pending, the rest was never read.
            let read = try await harness.group("a").next(count: 200)
            try await harness.group("a").acknowledge(read.entries.prefix(100).map(\.id))
            try await harness.write(201...2500)
            let care = StreamCare(harness.store)
            let report = try await care.trim(silence: isLive ? .seconds(100) : .zero)
            if isLive {
                #expect(report.results.taken == 100 && report.results.heldBy == "g" && report.results.losers.isEmpty)
                #expect(try await harness.group("a").unacknowledged().entries.count == 100)
            } else {
                #expect(report.results.taken == 1500 && report.results.heldBy == nil)
                let after = try await care.trim(silence: .zero)
                #expect(after.results.dead == ["g"] && after.results.losers.isEmpty)
            }
            // One that has lost entries is named.
            try await harness.redis.send(["XTRIM", RedisValue(harness.keys.results), "MAXLEN", "50"])
            #expect(try await care.trim(silence: .seconds(100)).results.losers == ["g"])
        }
    }

    @Test("a group that never had a consumer holds nothing")
    func neverRead() async throws {
        try await StoreHarness.with(configure: { $0.resultsLength = 100 }) { harness in
            try await harness.group("a").create(behind: "0")
            try await harness.write(1...1000)
            #expect(try await StreamCare(harness.store).trim().results.taken == 900)
        }
    }
}

extension StoreHarness {
    fileprivate func group(_ consumer: String) -> StreamGroup {
        StreamGroup("g", consumer: consumer, of: keys.results, redis)
    }

    /// Entries that hold these numbers.
    fileprivate func write(_ numbers: ClosedRange<Int>) async throws {
        for number in numbers { try await redis.send(["XADD", RedisValue(keys.results), "*", "n", .integer(number)]) }
    }

    fileprivate func length() async throws -> Int {
        try await redis.send(["XLEN", RedisValue(keys.results)]).int ?? -1
    }
}

extension StreamEntry {
    fileprivate var number: Int? { self["n"].flatMap { Int($0) } }
}
