// Goal: a payload becomes a result, in order, once. Method: intake, claim and finish on a real Redis, as a worker calls
// them.
import FleetCore
import FleetStore
import Foundation
import Redis
import Testing

@Suite("The path of a job")
struct PathTests {
    @Test("a pushed payload is taken, stored, claimed and finished with one result and nothing left over")
    func wholePath() async throws {
        try await StoreHarness.with { harness in
            try await harness.push(#"{"kind":"sync","tenant_id":"acme","resource_id":"room-1","id":"a"}"#)
            let owner = try await harness.owner()
            let report = try await harness.takeIn(by: owner)
            #expect(report.jobs == 1 && report.duplicates == 0 && report.rejected == 0)
            let claim = try await harness.claim(owner, limit: 10)
            let job = try #require(claim.jobs.first)
            #expect(claim.jobs.count == 1)
            #expect(job.lease.lane.description == "acme:room-1")
            #expect(job.record.id == JobID("a") && job.record.kind == .sync && job.record.attempts == 0)
            #expect(job.storedConnection == nil && job.riders.isEmpty)
            let outcomes = try await harness.finish([job], by: owner)
            #expect(outcomes == [.done])
            let results = try await harness.stream(harness.keys.results)
            #expect(results.map { $0["job_id"] } == ["a"])
            #expect(
                try await harness.keyNames() == ["c:", "dead", "fence", "id:", "iddays", "intake", "owners", "results"])
        }
    }
}
