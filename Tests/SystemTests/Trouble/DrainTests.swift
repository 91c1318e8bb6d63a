// Goal: SIGTERM and SIGINT end a worker with exit code 0 within its drain timeout, and no job suffers: what is under
// way is finished or handed back without counting an attempt.

import Foundation
import TestSupport
import Testing

@Suite("Draining")
struct DrainTests {
    @Test("a worker told to stop finishes its job, takes no other, and exits 0", arguments: [SIGTERM, SIGINT])
    func finishes(signal: Int32) async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            let delay = try fleet.simulator.add(.delay(milliseconds: 700, on: Fault.delta, times: 1))
            let running = try link.pushSync()
            try await fleet.simulator.awaitHit(of: delay)
            let worker = fleet.workers[0]
            worker.signal(signal)
            try await worker.logLine(containing: "drain")
            let late = try link.pushSync()
            #expect(try await worker.waitForExit(within: .seconds(8)) == .code(0))
            let results = try fleet.results()
            #expect(results.contains { $0.jobID == running && $0.type == "sync.succeeded" })
            #expect(!results.contains { $0.jobID == late })
            try await fleet.startWorker()
            let entry = try await fleet.result(of: late)
            #expect(entry.type == "sync.succeeded" && entry["attempts"] == "1")
            try await link.settle()
        }
    }

    @Test("what isn't done when the drain timeout ends is handed back at once, and costs no attempt")
    func handsBack() async throws {
        try await Fleet.run(.init(workerFlags: ["--drain-timeout", "300ms", "--lease", "60s"])) { fleet in
            let link = try fleet.link()
            try await link.connect()
            let delay = try fleet.simulator.add(.delay(milliseconds: 4000, on: Fault.delta, times: 1))
            let job = try link.pushSync()
            try await fleet.simulator.awaitHit(of: delay)
            fleet.workers[0].signal(SIGTERM)
            #expect(try await fleet.workers[0].waitForExit(within: .seconds(4)) == .code(0))
            try await fleet.startWorker()
            // Long before the lease of a minute would have ended.
            let entry = try await fleet.result(of: job, within: .seconds(10))
            #expect(entry.type == "sync.succeeded" && entry["attempts"] == "1", "\(entry)")
            try await link.settle()
        }
    }
}
