import FleetCore
import FleetStore
import FleetWorker
import Foundation
import Redis
import TestSupport
import Testing

// Goal: during an upgrade nothing is lost, failed or tried for nothing because an older worker met what it doesn't
// know. Method: the same fleet first with a worker that knows payloads up to version 1, then one that knows version 2.
@Suite("Upgrades", .timeLimit(.minutes(1))) struct UpgradeTests {
    private static let payload =
        #"{"v":2,"kind":"sync","tenant_id":"acme","resource_id":"r","id":"new","token":"s3cret"}"#

    @Test("a payload of a newer version waits, sealed, beside an older worker, and runs when a newer one comes")
    func newerPayload() async throws {
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox("room@example.com")
            try await fleet.withWorker { _ in
                try await fleet.connect("r", to: "room@example.com")
                try await fleet.push(Self.payload)
                // Behind it in the same list, and not held up by it.
                #expect(try await fleet.sync("r", id: "old").type == "sync.succeeded")
                #expect(try await fleet.store.status().newer == 1)
            }
            // An older worker that starts anew leaves it, too.
            try await fleet.withWorker { _ in
                let again = try await fleet.sync("r", id: "again")
                #expect(again.type == "sync.succeeded")
            }
            #expect(try await fleet.results.count { $0["job_id"] == "new" } == 0)
            #expect(try await !fleet.dump().contains("s3cret"))
            let seen = Date()
            try await fleet.withWorker(knowing: 2) { _ in
                let entry = try await fleet.result("new")
                #expect(entry.type == "sync.succeeded" && entry["attempts"] == "1")
                let enqueued = try #require(entry["enqueued_at"].flatMap { RFC3339.date($0) })
                #expect(enqueued < seen, "as old as it is")
            }
            #expect(try await !fleet.allKeys().contains { $0.hasPrefix("newer") })
            #expect(try await fleet.results.count { $0["job_id"] == "new" } == 1)
        }
    }

    @Test("a job that a newer worker took in and an older one claims is parked, uses up no attempt, and runs later")
    func rolledBack() async throws {
        try await Fleet.with { fleet in
            // Taken in by a newer worker, which then stops.
            try await fleet.withWorker(knowing: 2) { worker in
                try await fleet.redis.send(
                    ["HSET", .string(fleet.keys.prefix + "held"), "acme", "4102444800000"])
                try await fleet.push(Self.payload)
                try await eventually("it is in line") { try await fleet.store.status().lanes == 1 }
            }
            try await fleet.redis.send(["DEL", .string(fleet.keys.prefix + "held")])
            try await fleet.redis.send(["ZADD", .string(fleet.keys.prefix + "due"), "XX", 1, "tnacme"])
            let parked = fleet.keys.prefix + "due"
            try await fleet.withWorker { _ in
                try await eventually("the older worker parks it") {
                    try await fleet.redis.send(["ZSCORE", .string(parked), "lnacme:r"]).string != nil
                }
            }
            #expect(try await fleet.results.isEmpty)
            try await fleet.redis.send(["ZADD", .string(parked), "XX", 1, "lnacme:r"])
            try await fleet.withWorker(knowing: 2) { _ in
                let entry = try await fleet.result("new")
                #expect(entry.code == "not_connected" && entry["attempts"] == "1")
            }
        }
    }
}

extension Fleet {
    /// Runs `body` while a worker works that knows payloads up to this version.
    fileprivate func withWorker(
        knowing version: Int, _ body: @escaping @Sendable (Worker) async throws -> Void
    ) async throws {
        try await withWorker(configureParts: { $0.decoder.version = version }, body)
    }
}
