import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

// Goal: a job whose expires_at has passed is answered soon, also where its line doesn't move, and nothing else changes.
// Method: lines that are parked, held, running and mixed, on a real Redis; the sweep that workers run.

@Suite("Expiry in lines that don't move")
struct ExpiryTests {
    /// A sync of `acme`'s `r1`, unless said otherwise.
    private func payload(_ id: String, expires: Bool, _ more: String = "") -> String {
        let soon = RFC3339.momentString(Date(timeIntervalSinceNow: 0.3))
        let end = expires ? #","expires_at":"\#(soon)""# : ""
        return #"{"kind":"sync","tenant_id":"acme","resource_id":"r1","id":"\#(id)"\#(end)\#(more)}"#
    }

    /// `job_id code` of each entry.
    private func results(_ harness: StoreHarness) async throws -> [String] {
        try await harness.stream(harness.keys.prefix + "results").map { entry in
            let isExpired = entry["error"]?.contains(#""code":"expired""#) ?? false
            return "\(entry["job_id"] ?? "") \(isExpired ? "expired" : "")"
        }
    }

    private func sweep(_ harness: StoreHarness) async throws -> Int {
        try await harness.letPass(.milliseconds(400))
        return try await harness.queue.expire().jobs
    }

    @Test("parked: the head and those behind it end, the others stay in their order, and the line goes on")
    func parked() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(payload("head", expires: true), by: owner)
            try await harness.push(
                payload("b", expires: true), payload("c", expires: false), payload("d", expires: true),
                payload("e", expires: false, #","priority":"high""#))
            try await harness.takeIn(by: owner)
            #expect(try await harness.queue.park(job.lease, for: .seconds(1800), .backoff) == .done)
            #expect(try await sweep(harness) == 3)
            #expect(try await results(harness) == ["head expired", "b expired", "d expired"])
            var left: [String] = []
            while let next = try await harness.claim(owner).jobs.first {
                left += [next.record.id.rawValue] + next.riders.map(\.id.rawValue)
                #expect(try await harness.finish([next], by: owner) == [.done])
            }
            #expect(left == ["c", "e"])
            try await harness.expectNothingReady()
            #expect(try await harness.queue.expire().jobs == 0)
        }
    }

    @Test("behind a job that runs those that wait end, and the one that runs doesn't")
    func running() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(payload("head", expires: true), by: owner)
            try await harness.push(payload("b", expires: true), payload("c", expires: false))
            try await harness.takeIn(by: owner)
            #expect(try await sweep(harness) == 1)
            #expect(try await results(harness) == ["b expired"])
            #expect(try await harness.finish([job], by: owner) == [.done])
            #expect(try await harness.claim(owner).jobs.map(\.record.id.rawValue) == ["c"])
        }
    }

    @Test("of a tenant that is paused, and of a sync that waits for its not_before")
    func heldAndLater() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            _ = try await TenantControl(harness.store).pause(TenantID("acme"), until: nil)
            let later = RFC3339.momentString(Date(timeIntervalSinceNow: 3600))
            try await harness.push(
                payload("paused", expires: true),
                payload("later", expires: true, #","not_before":"\#(later)""#))
            try await harness.takeIn(by: owner)
            _ = try await harness.claim(owner)
            #expect(try await sweep(harness) == 2)
            #expect(try await results(harness).sorted() == ["later expired", "paused expired"])
            let left = try await harness.keyNames().filter { name in
                ["head", "rest", "later", "more", "expiry"].contains { name.hasPrefix($0) }
            }
            #expect(left.isEmpty)
        }
    }

    @Test("jobs without expires_at leave no trace")
    func without() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            _ = try await harness.claimOne(payload("plain", expires: false), by: owner)
            #expect(try await !harness.keyNames().contains("expiry"))
        }
    }
}
