// Goal: a lane stands for the highest priority that waits in it, wherever that job stands in the line. Method: whole
// states before and after jobs join, leave and are cancelled, on a real Redis.
import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

@Suite("Standing")
struct StandingTests {
    private func push(_ harness: StoreHarness, _ id: String, _ priority: String, lane: String = "r1") async throws {
        try await harness.push(
            #"{"kind":"sync","tenant_id":"acme","resource_id":"\#(lane)","id":"\#(id)","priority":"\#(priority)","#
                + #""bookings":[{"booking_id":"b","op":"cancel"}]}"#)
    }

    @Test("a high job behind a low one brings its line forward, and the low one still runs first")
    func lifted() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            for number in 0..<3 { try await push(harness, "n\(number)", "normal", lane: "n\(number)") }
            try await push(harness, "low", "low")
            try await harness.takeIn(by: owner)
            try await push(harness, "high", "high")
            try await harness.takeIn(by: owner)
            try await harness.redis.send(["SET", .string(harness.keys.prefix + "fence"), 4_000_000_000_000])
            let first = try #require(try await harness.claim(owner, limit: 1).jobs.first)
            #expect(first.record.id == JobID("low"))
            #expect(try await harness.queue.finish([first.succeeded()], by: owner) == [.done])
            let second = try #require(try await harness.claim(owner, limit: 1).jobs.first)
            #expect(second.record.id == JobID("high"))
            #expect(try await harness.queue.finish([second.succeeded()], by: owner) == [.done])
            #expect(try await harness.claim(owner).jobs.count == 3)
            // The entry that the lift left behind is gone too.
            #expect(try await harness.claim(owner).jobs.isEmpty)
            try await harness.expectNothingReady()
            #expect(try await !harness.keyNames().contains { ["void", "mixed"].contains($0) })
        }
    }

    @Test("a lane falls back when its high job has left, and stands for what waits then")
    func fallsBack() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            for (id, priority) in [("a", "high"), ("b", "low"), ("c", "normal"), ("d", "low")] {
                try await push(harness, id, priority)
            }
            try await harness.takeIn(by: owner)
            var rings: [String] = []
            for id in ["a", "b", "c", "d"] {
                rings += try await harness.keyNames().filter { $0.hasPrefix("ring") }
                let job = try #require(try await harness.claim(owner).jobs.first)
                #expect(job.record.id == JobID(id))
                #expect(try await harness.queue.finish([job.succeeded()], by: owner) == [.done])
            }
            #expect(rings == ["ring:h", "ring:n", "ring:n", "ring:l"])
            #expect(try await !harness.keyNames().contains("mixed"))
        }
    }

    @Test("a parked line is lifted where it waits, and one that runs when its lease ends")
    func parkedAndRunning() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await push(harness, "low", "low")
            try await harness.takeIn(by: owner)
            let job = try #require(try await harness.claim(owner).jobs.first)
            try await push(harness, "normal", "normal")
            try await harness.takeIn(by: owner)
            try await harness.expectNothingReady()
            #expect(try await harness.queue.park(job.lease, for: .seconds(100), .backoff) == .done)
            let due = RedisValue(harness.keys.prefix + "due")
            #expect(try await harness.redis.send(["ZRANGE", due, 0, -1])[0]?.string == "lnacme:r1")
            try await push(harness, "high", "high")
            try await harness.takeIn(by: owner)
            let parked = try await harness.redis.send(["ZRANGE", due, 0, -1]).array ?? []
            #expect(parked.compactMap(\.string) == ["lhacme:r1"])
        }
    }

    @Test("cancelling the high job puts the line back where the rest belongs")
    func cancelled() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            for (id, priority) in [("a", "low"), ("b", "high"), ("c", "low")] {
                try await push(harness, id, priority)
                try await harness.takeIn(by: owner)
            }
            let outcome = try await WaitingJobs(harness.store).cancel(JobID("b"), tenant: TenantID("acme"))
            guard case .cancelled = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(try await harness.keyNames().filter { $0.hasPrefix("ring") } == ["ring:l"])
            for id in ["a", "c"] {
                let job = try #require(try await harness.claim(owner).jobs.first)
                #expect(job.record.id == JobID(id))
                #expect(try await harness.queue.finish([job.succeeded()], by: owner) == [.done])
            }
            #expect(try await harness.claim(owner).jobs.isEmpty)
            #expect(try await !harness.keyNames().contains { ["void", "mixed"].contains($0) })
        }
    }
}
