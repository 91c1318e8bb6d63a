import FleetStore
import FleetWorker
import Foundation
import GraphSimulator
import TestSupport
import Testing

// Goal: workers that die, freeze or stop: no job is lost, none has two results, nothing of the late ones is written.
@Suite("Leases", .timeLimit(.minutes(1))) struct LeaseTests {
    private static let mailbox = "room@example.com"

    @Test("a dead worker's job runs elsewhere within its lease and a moment, and counts a crash")
    func death() async throws {
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.withWorker { _ in _ = try await fleet.connect("r", to: Self.mailbox) }
            try await fleet.push("{\"kind\":\"sync\",\"id\":\"s-1\",\"tenant_id\":\"acme\",\"resource_id\":\"r\"}")
            // A worker that claimed and was killed: nobody renews its lease.
            let dead = try #require(try await JobQueue(fleet.store).register(name: "dead", lease: .seconds(1)))
            let start = ContinuousClock.now
            try await fleet.takeInAndClaim(as: dead)
            try await fleet.withWorker { _ in
                let entry = try await fleet.result("s-1")
                #expect(entry.type == "sync.succeeded")
                #expect(entry["attempts"] == "2")
                #expect(start.duration(to: .now) < .seconds(5))
            }
        }
    }

    @Test("a job that kills its workers is given up after the third with attempts_exhausted")
    func poison() async throws {
        try await Fleet.with { fleet in
            let queue = JobQueue(fleet.store)
            try await fleet.push("{\"kind\":\"sync\",\"id\":\"s-1\",\"tenant_id\":\"acme\",\"resource_id\":\"r\"}")
            for number in 1...3 {
                let dead = try #require(try await queue.register(name: "dead-\(number)", lease: .milliseconds(1)))
                try await fleet.takeInAndClaim(as: dead)
                try await eventually("a reap") { try await queue.reap().jobs == 1 }
            }
            try await fleet.withWorker { _ in
                let entry = try await fleet.result("s-1")
                #expect(entry.code == "attempts_exhausted")
                #expect(entry["attempts"] == "3")
            }
        }
    }

    @Test("a worker that was reaped while it ran writes nothing, and goes on under another name")
    func reaped() async throws {
        let announced = Announcements()
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.withWorker(
                hooks: announced.hooks, configure: { $0.lease = .seconds(3) }
            ) { _ in
                _ = try await fleet.connect("r", to: Self.mailbox)
                try fleet.graph.addEvent(Self.mailbox, "New", hours: 2)
                announced.hold(\.isRun)
                try await fleet.push("{\"kind\":\"sync\",\"id\":\"s-1\",\"tenant_id\":\"acme\",\"resource_id\":\"r\"}")
                try await eventually("the run") { announced.points.count(where: \.isRun) == 2 }
                // As after a freeze: its deadline has passed, and somebody looks.
                try await fleet.pretendDead(try await fleet.ownerName())
                try await announced.reached("another name") { $0 == .ownerReplaced }
                announced.release()
                let entry = try await fleet.result("s-1")
                #expect(entry.type == "sync.succeeded")
                #expect(entry["attempts"] == "2")
            }
            #expect(try await fleet.results.count { $0["job_id"] == "s-1" } == 1)
            #expect(fleet.logs.count(containing: "the lease was lost") == 1)
        }
    }

    @Test("a drain lets runs finish, takes nothing more, and signs off")
    func drainFinishes() async throws {
        let announced = Announcements()
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.withWorker { _ in _ = try await fleet.connect("r", to: Self.mailbox) }
            announced.hold(\.isRun)
            try await fleet.withWorker(hooks: announced.hooks) { worker in
                try await fleet.push("{\"kind\":\"sync\",\"id\":\"s-1\",\"tenant_id\":\"acme\",\"resource_id\":\"r\"}")
                try await announced.reached("the run", \.isRun)
                #expect(worker.health.isReady)
                worker.beginDrain()
                try await announced.reached("the drain") { $0 == .draining }
                #expect(worker.health.unreadiness == "draining")
                try await fleet.push("{\"kind\":\"sync\",\"id\":\"s-2\",\"tenant_id\":\"acme\",\"resource_id\":\"x\"}")
                announced.release()
            }
            #expect(try await fleet.results.map { $0["job_id"] }.contains("s-1"))
            #expect(try await fleet.results.map { $0["job_id"] }.contains("s-2") == false)
            #expect(try await fleet.allKeys().contains("owners") == false)
        }
    }

    @Test("what doesn't finish in time is handed back without using an attempt, and another worker runs it")
    func drainHandsBack() async throws {
        let announced = Announcements()
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.withWorker { _ in _ = try await fleet.connect("r", to: Self.mailbox) }
            try fleet.graph.fault("delta", ["hang": "before"])
            try await fleet.withWorker(
                hooks: announced.hooks, configure: { $0.drainTimeout = .seconds(1) }
            ) { worker in
                try await fleet.push("{\"kind\":\"sync\",\"id\":\"s-1\",\"tenant_id\":\"acme\",\"resource_id\":\"r\"}")
                try await announced.reached("the run", \.isRun)
                worker.beginDrain()
            }
            #expect(try await fleet.results.count == 1)
            try fleet.graph.clearFaults()
            try await fleet.withWorker { _ in
                let entry = try await fleet.result("s-1", within: .seconds(3))
                #expect(entry["attempts"] == "1")
            }
        }
    }

    @Test("a run that takes too long is stopped and counts a crash")
    func tooLong() async throws {
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.withWorker(configure: { $0.runLimit = .seconds(1) }) { _ in
                _ = try await fleet.connect("r", to: Self.mailbox)
                try fleet.graph.fault("delta", ["hang": "before"])
                let entry = try await fleet.sync("r")
                #expect(entry.type == "sync.succeeded")
                #expect(entry["attempts"] == "2")
            }
        }
    }
}
