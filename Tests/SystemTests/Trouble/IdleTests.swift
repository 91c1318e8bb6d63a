// Goal: an idle worker costs next to nothing, and still starts a job at once.

import Foundation
import TestSupport
import Testing

@Suite("An idle worker", .serialized)
struct IdleTests {
    // The bars (40 MB, 1 % CPU) are those of a release build. A debug build carries the same code unoptimised and with
    // its symbols mapped; its bounds only catch what grows or spins.
    @Test("little memory, little CPU, at most a few commands a second")
    func costs() async throws {
        try await Fleet.run(.init(simulator: false)) { fleet in
            // Warm: it has worked before.
            for number in 0..<50 {
                try await fleet.run(["kind": "sync", "tenant_id": "t", "resource_id": .string("r\(number)")])
            }
            let seconds = 4.0
            let commands = try commandsSoFar(fleet)
            let before = try ProcessFigures(pid: fleet.workers[0].pid)
            // The only way to know what four quiet seconds cost is to let them pass.
            try await Task.sleep(for: .seconds(seconds))
            let after = try ProcessFigures(pid: fleet.workers[0].pid)
            let perSecond = Double(try commandsSoFar(fleet) - commands - 1) / seconds
            let cpu = (after.cpuSeconds - before.cpuSeconds) / seconds
            print("idle worker: \(after.residentKilobytes) kB, \(cpu * 100) % CPU, \(perSecond) commands a second")
            #expect(after.residentKilobytes <= (Executables.areOptimised ? 40 : 80) * 1024)
            #expect(cpu < (Executables.areOptimised ? 0.01 : 0.05))
            #expect(perSecond <= 10)
        }
    }

    @Test("a job pushed to an idle fleet is answered in a moment")
    func startsAtOnce() async throws {
        try await Fleet.run(.init(simulator: false)) { fleet in
            var milliseconds: [Double] = []
            for number in 0..<40 {
                // From the producer's clock, before its LPUSH, to the end on Redis's clock: one machine, one clock.
                let pushed = Date()
                let entry = try await fleet.run([
                    "kind": "sync", "tenant_id": "t", "resource_id": .string("r\(number)"),
                ])
                let finished = try #require(Instant.read(entry["finished_at"] ?? ""))
                milliseconds.append(finished.timeIntervalSince(pushed) * 1000)
            }
            let median = milliseconds.sorted()[20]
            print("a job is over at the median \(median) ms after its push began")
            #expect(median <= (Executables.areOptimised ? 1 : 10))
        }
    }

    /// Commands that came over a socket. INFO counts those that scripts call too, so these are named.
    private func commandsSoFar(_ fleet: Fleet) throws -> Int {
        let text = try fleet.probe.call("INFO", "commandstats").string ?? ""
        let sent = ["evalsha", "eval", "blmove", "ping", "client|unblock", "time", "info"]
        return text.split(separator: "\r\n").reduce(0) { sum, line in
            guard sent.contains(where: { line.hasPrefix("cmdstat_\($0):") }) else { return sum }
            return sum + (Int(line.split(separator: "=")[1].prefix(while: \.isNumber)) ?? 0)
        }
    }
}
