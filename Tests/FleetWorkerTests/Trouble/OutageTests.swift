import FleetStore
import FleetWorker
import Foundation
import GraphSimulator
import Redis
import TestSupport
import Testing

// Goal: whatever Redis does, no job is lost, the log says it twice, and work goes on by itself. Each test has a server
// of its own.
@Suite("Redis in trouble", .timeLimit(.minutes(2))) struct OutageTests {
    private static let mailbox = "room@example.com"

    @Test("Redis restarted in mid-run: scripts gone, connection cut; the run's end is written, once")
    func restart() async throws {
        let server = try await RedisServer.start { $0.appendOnly = true }
        let announced = Announcements()
        try await Fleet.with(server: server) { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.withWorker(hooks: announced.hooks) { worker in
                try await fleet.connect("r", to: Self.mailbox)
                try fleet.graph.addEvent(Self.mailbox, "New", hours: 2)
                announced.hold(\.isRun)
                try await fleet.push("{\"kind\":\"sync\",\"id\":\"s-1\",\"tenant_id\":\"acme\",\"resource_id\":\"r\"}")
                try await eventually("the run") { announced.points.count(where: \.isRun) == 2 }
                try await server.kill()
                try await eventually("unready") { worker.health.unreadiness == "redis away" }
                announced.release()
                try await server.restart()
                try await eventually("ready") { worker.health.isReady }
                #expect(try await fleet.result("s-1").type == "sync.succeeded")
                #expect(try await fleet.result("s-1")["attempts"] == "1")
                #expect(try await fleet.titles("r") == ["New"])
                #expect(try await fleet.sync("r", id: "s-2").type == "sync.succeeded")
                #expect(try await fleet.results.count { $0["job_id"] == "s-1" } == 1)
            }
            #expect(fleet.logs.count(containing: "Redis is away") == 1)
            #expect(fleet.logs.count(containing: "Redis is back") == 1)
        }
    }

    @Test("a push while Redis was away is taken in when it is back, without a restart of the worker")
    func pushAfterwards() async throws {
        let server = try await RedisServer.start { $0.appendOnly = true }
        try await Fleet.withWorker(server: server) { fleet in
            _ = try await fleet.sync("x", id: "s-1")
            for round in 2...4 {
                try await server.kill()
                try await server.restart()
                try await fleet.redis.waitUntilConnected(within: .seconds(10))
                #expect(try await fleet.sync("x", id: "s-\(round)").code == "not_connected")
            }
        }
    }

    /// A worker that looks ten times as often as usual, so that the tests needn't wait.
    private func withWorker(
        _ server: RedisServer, _ body: @escaping @Sendable (Fleet, WorkerHealth) async throws -> Void
    ) async throws {
        try await Fleet.with(server: server) { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.withWorker(configure: { $0.idleInterval = .milliseconds(100) }) { worker in
                try await fleet.connect("r", to: Self.mailbox)
                try await body(fleet, worker.health)
            }
        }
    }

    @Test("a full Redis: readiness says so, and work goes on when there is room")
    func full() async throws {
        let server = try await RedisServer.start()
        try await withWorker(server) { fleet, health in
            try await fleet.redis.send(["CONFIG", "SET", "maxmemory", "1"])
            try await eventually("unready") { health.unreadiness?.contains("full") == true }
            try await fleet.redis.send(["CONFIG", "SET", "maxmemory", "0"])
            try await eventually("ready") { health.isReady }
            #expect(try await fleet.sync("r").type == "sync.succeeded")
            #expect(fleet.logs.count(containing: "Redis is full") == 1)
            #expect(fleet.logs.count(containing: "work with Redis goes on") == 1)
        }
    }

    @Test("a Redis that takes no writes: readiness says so, and work goes on when it does")
    func readOnly() async throws {
        let server = try await RedisServer.start()
        try await withWorker(server) { fleet, health in
            try await fleet.redis.send(["CONFIG", "SET", "min-replicas-to-write", "1"])
            try await eventually("unready") { health.unreadiness?.contains("readOnly") == true }
            try await fleet.redis.send(["CONFIG", "SET", "min-replicas-to-write", "0"])
            try await eventually("ready") { health.isReady }
            #expect(try await fleet.sync("r").type == "sync.succeeded")
            #expect(fleet.logs.count(containing: "Redis refuses writes") == 1)
        }
    }

    @Test("an ingress key of a foreign type is said once; the other lists go on")
    func foreignList() async throws {
        let server = try await RedisServer.start()
        try await withWorker(server) { fleet, _ in
            let key = fleet.keys.prefix + "jobs:sync"
            try await fleet.redis.send(["SET", .string(key), "x"])
            for round in 1...3 { #expect(try await fleet.sync("r", id: "s-\(round)").type == "sync.succeeded") }
            #expect(fleet.logs.count(containing: "an ingress key holds a foreign type") == 1)
            try await fleet.redis.send(["DEL", .string(key)])
            try await fleet.push("{\"id\":\"s-4\",\"tenant_id\":\"acme\",\"resource_id\":\"r\"}", to: "jobs:sync")
            #expect(try await fleet.result("s-4").type == "sync.succeeded")
            try await eventually("mended") { fleet.logs.count(containing: "usable again") == 1 }
        }
    }

    @Test("a private key of a foreign type: no job is lost, and work goes on when it is gone")
    func foreignKey() async throws {
        let server = try await RedisServer.start()
        try await withWorker(server) { fleet, health in
            let key = fleet.keys.prefix + "head"
            try await fleet.redis.send(["SET", .string(key), "x"])
            try await fleet.push("{\"kind\":\"sync\",\"id\":\"s-1\",\"tenant_id\":\"acme\",\"resource_id\":\"r\"}")
            try await eventually("unready") { health.unreadiness?.contains("wrongType") == true }
            try await fleet.redis.send(["DEL", .string(key)])
            #expect(try await fleet.result("s-1").type == "sync.succeeded")
            try await eventually("ready") { health.isReady }
        }
    }

    @Test("a key of the results that holds a foreign type holds back acks, and they are written when it is gone")
    func foreignResults() async throws {
        let server = try await RedisServer.start()
        try await withWorker(server) { fleet, health in
            try await fleet.redis.send(["RENAME", .string(fleet.keys.results), .string(fleet.keys.results + "-kept")])
            try await fleet.redis.send(["SET", .string(fleet.keys.results), "x"])
            try await fleet.push("{\"kind\":\"sync\",\"id\":\"s-1\",\"tenant_id\":\"acme\",\"resource_id\":\"x\"}")
            try await eventually("unready") { health.unreadiness?.contains("wrongType") == true }
            try await fleet.redis.send(["DEL", .string(fleet.keys.results)])
            #expect(try await fleet.result("s-1").code == "not_connected")
        }
    }
}
