// Goal: an idle worker costs next to nothing, and still starts a job at once.

import Foundation
import TestSupport
import Testing

@Suite("An idle worker", .serialized)
struct IdleTests {
    // The bars (40 MB, 1 % CPU) are those of a release build. A debug build carries the same code unoptimised and with
    // its symbols mapped; its bounds only catch what grows or spins.
    @Test("little memory, little CPU, at most four commands a second, right after load too")
    func costs() async throws {
        try await Fleet.run(.init(workerFlags: ["--lease", "30s"], simulator: false)) { fleet in
            // Warm: it has worked before, more than it can hold at once.
            let jobs = try (0..<1000).map { number in
                try fleet.push(["kind": "sync", "tenant_id": "t", "resource_id": .string("r\(number)")])
            }
            _ = try await fleet.results(of: jobs)
            let monitor = try ChildProcess("redis-cli", ["-s", fleet.redis.socketPath, "monitor"])
            _ = try await monitor.line(containing: "OK", in: .standardOutput)
            let before = try ProcessFigures(pid: fleet.workers[0].pid)
            // The only way to know what quiet seconds cost is to let them pass.
            let seconds = 8.0
            try await Task.sleep(for: .seconds(seconds))
            let after = try ProcessFigures(pid: fleet.workers[0].pid)
            // What scripts call inside is theirs, and reads `[0 lua]`.
            let commands = monitor.lines().dropFirst().filter { !$0.contains("lua]") }
            monitor.signal(SIGTERM)
            let perSecond = Double(commands.count) / seconds
            let cpu = (after.cpuSeconds - before.cpuSeconds) / seconds
            print("idle worker: \(after.residentKilobytes) kB, \(cpu * 100) % CPU, \(perSecond) commands a second")
            #expect(after.residentKilobytes <= (Executables.areOptimised ? 40 : 80) * 1024)
            #expect(cpu < (Executables.areOptimised ? 0.01 : 0.05))
            #expect(perSecond <= 4, "\(commands.map { $0.prefix(160) }.joined(separator: "\n"))")
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
}
