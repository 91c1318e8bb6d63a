// Goal: a new version is rolled out worker by worker under load, and no job notices (issue: a rolling restart of a
// loaded fleet uses up no attempt). Method: jobs at Graph whenever a worker is told to stop, some so long that they are
// handed back in the middle of a round.

import Foundation
import TestSupport
import Testing

@Suite("A rolling restart", .serialized)
struct RollingTests {
    @Test("every worker of a loaded fleet is replaced in turn: no attempt is used up, nothing is lost or out of order")
    func rolling() async throws {
        try await Fleet.run(
            .init(workers: 3, workerFlags: ["--drain-timeout", "600ms", "--lease", "30s", "--request-timeout", "5s"])
        ) { fleet in
            try fleet.simulator.limitPages(to: 2)
            let links = try (0..<9).map { number in
                try fleet.link(
                    try fleet.simulator.mailbox("m\(number)@acme.example"), tenant: "t\(number % 3)",
                    resource: "room-\(number)")
            }
            for link in links {
                for number in 0..<6 { try link.mailbox.create(GraphEvent.timed("E\(number)", fleet.day(number + 1))) }
                try await link.connect()
            }
            var jobs = [[String]](repeating: [], count: links.count)
            for old in fleet.workers {
                // Each page takes a while: three of them are longer than the drain.
                let slow = try fleet.simulator.add(.delay(milliseconds: 300, on: Fault.delta))
                for (number, link) in links.enumerated() {
                    for full in [true, false] { jobs[number].append(try link.pushSync(["full": .bool(full)])) }
                }
                try await fleet.simulator.awaitHit(of: slow, times: 6)
                old.signal(SIGTERM)
                try await fleet.startWorker()
                #expect(try await old.waitForExit(within: .seconds(10)) == .code(0))
                try fleet.simulator.clearFaults()
            }
            let entries = try await fleet.results(of: jobs.flatMap(\.self), within: .seconds(60))
            for entry in entries { #expect(entry.type == "sync.succeeded" && entry["attempts"] == "1", "\(entry)") }
            for (number, link) in links.enumerated() {
                let own = try fleet.results().filter { $0.connection == "\(link.tenant)/\(link.resource)" }
                #expect(own.dropFirst().map(\.jobID) == jobs[number])
            }
            let lost = fleet.workers.flatMap(\.log).filter {
                $0.contains("dead worker") || $0.contains("lease was lost")
            }
            #expect(lost.isEmpty, "\(lost)")
            try await links[0].settle()
        }
    }
}
