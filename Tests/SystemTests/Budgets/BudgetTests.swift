// Goal: the fleet as a whole holds to its budgets, and uses them. Method: real workers under more demand than the limit
// allows, judged from the simulator's own log of arrivals.
import Foundation
import TestSupport
import Testing

@Suite("Budgets of a fleet")
struct BudgetTests {
    private static let lanes = 16

    /// Connections of a tenant, each to a mailbox of its own.
    private static func links(_ fleet: Fleet, tenant: String, count: Int) async throws -> [Link] {
        let links = try (0..<count).map { number in
            var link = try fleet.link(
                try fleet.simulator.mailbox("\(tenant)-\(number)@acme.example"), tenant: tenant, resource: "r\(number)")
            link.settings = ["frequency": "manual"]
            return link
        }
        let jobs = try links.map { try fleet.push($0.payload) }
        for entry in try await fleet.results(of: jobs) { #expect(entry.type == "connect.succeeded", "\(entry)") }
        return links
    }

    @Test("no window over the limit with 1, 2 and 4 workers, and 97 % of it used", arguments: [1, 2, 4])
    func overload(workers: Int) async throws {
        // Few enough that a busy machine sends a whole window's worth at once: what sending takes is lost to the use.
        let (count, window) = (200, 10.0)
        try await Fleet.run(.init(workers: workers, workerFlags: ["--tenant-rate", "\(count)/10s"])) { fleet in
            let links = try await Self.links(fleet, tenant: "acme", count: Self.lanes)
            // Connects wait in line (syncs would ride along), each of three calls: more than two fills can take.
            for _ in 0..<14 {
                for link in links { _ = try fleet.push(link.payload) }
            }
            let log = try await eventually("the third fill began", within: .seconds(60)) {
                let requests = try fleet.simulator.control("GET", "statistics")["requests"].int ?? 0
                return requests > 2 * count + 20 ? try ArrivalLog(fleet.simulator) : nil
            }
            let (most, use) = (log.most(in: window), log.use(of: count, per: window))
            print(
                "\(workers) workers: \(log.times.count) requests, at most \(most) of \(count) in a window, use \(use)")
            #expect(most <= count)
            #expect(use >= 0.97)
            #expect(log.refused == 0)
        }
    }

    @Test("lesson 28: one tenant over its limit: the others run at full speed, and its own jobs all end")
    func othersUnaffected() async throws {
        try await Fleet.run(.init(workers: 2, workerFlags: ["--tenant-rate", "60/3s"])) { fleet in
            let loud = try await Self.links(fleet, tenant: "loud", count: 12)
            let quiet = try await Self.links(fleet, tenant: "quiet", count: 1)[0]
            func latencies(_ count: Int) async throws -> [Duration] {
                var times: [Duration] = []
                for _ in 0..<count {
                    let began = ContinuousClock.now
                    try await quiet.sync()
                    times.append(began.duration(to: .now))
                    // Under its own limit: 20 syncs in more than a second.
                    let next = began.advanced(by: .milliseconds(60))
                    try await eventually("its next turn") { ContinuousClock.now >= next }
                }
                return times.sorted()
            }
            let before = try await latencies(20)
            // What the loud one asks for must be more than its limit also where a machine is slow.
            #expect(try await fleet.command("tenant", "limit", "loud", "18/3s").code == 0)
            var jobs: [String] = []
            for round in 0..<15 {
                for link in loud { jobs.append(try link.pushSync(["full": .bool(round % 2 == 0)])) }
            }
            try await eventually("the loud tenant is held") {
                try fleet.probe.call("HLEN", fleet.key("held")).int == 1
            }
            let during = try await latencies(20)
            print("quiet: median \(before[10]) before, \(during[10]) beside a tenant at its limit; worst \(during[19])")
            #expect(during[10] < before[10] * 2 + .milliseconds(20))
            for entry in try await fleet.results(of: jobs) {
                #expect(entry.type == "sync.succeeded" && entry["attempts"] == "1", "\(entry)")
            }
            try fleet.expectOneEntryPerPayload()
        }
    }

    @Test("lesson 31: a worker is killed with every place of a mailbox in its hands: they come back by themselves")
    func killedWithPlaces() async throws {
        try await Fleet.run(.init(workers: 1, workerFlags: ["--request-timeout", "2s"])) { fleet in
            let mailbox = try fleet.simulator.mailbox("shared@acme.example")
            let links = try (0..<6).map { try fleet.link(mailbox, resource: "r\($0)") }
            for link in links { try await link.connect() }
            let hang = try fleet.simulator.add(Fault(path: Fault.delta, times: 4, effect: ["hang": "before"]))
            let jobs = try links.map { try $0.pushSync() }
            try await fleet.simulator.awaitHit(of: hang, times: 4)
            try await fleet.workers[0].kill()
            try fleet.simulator.clearFaults()
            try await fleet.startWorker()
            for entry in try await fleet.results(of: jobs) { #expect(entry.type == "sync.succeeded", "\(entry)") }
        }
    }

    @Test("the app's limit holds over all tenants")
    func app() async throws {
        try await Fleet.run(.init(workers: 2, workerFlags: ["--app-rate", "40/4s"])) { fleet in
            var jobs: [String] = []
            for number in 0..<30 {
                let mailbox = try fleet.simulator.mailbox("m\(number)@acme.example")
                jobs.append(try fleet.push(try fleet.link(mailbox, tenant: "t\(number)").payload))
            }
            for entry in try await fleet.results(of: jobs) {
                #expect(entry.type == "connect.succeeded" && entry["attempts"] == "1", "\(entry)")
            }
            let log = try ArrivalLog(fleet.simulator)
            #expect(log.times.count >= 60 && log.most(in: 4) <= 40, "\(log.most(in: 4))")
        }
    }
}
