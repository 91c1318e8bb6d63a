// Goal: a round's pages survive a crash and are read once. Method: two owners, one of which dies.
import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

@Suite("Staged pages")
struct StagingTests {
    private static let payload = #"{"kind":"sync","tenant_id":"acme","resource_id":"r1","id":"a"}"#

    @Test("the next worker finds the pages and the position of the one that died, and goes on")
    func resumes() async throws {
        try await StoreHarness.with { harness in
            let staging = Staging(harness.store)
            let dead = try await harness.owner("w1")
            let job = try await harness.claimOne(Self.payload, by: dead)
            let lane = job.lease.lane
            #expect(try await staging.round(lane) == Staging.Round(count: 0, position: nil))
            for number in 0..<3 {
                let page = Array("page\n\(number)".utf8)
                #expect(
                    try await staging.stage(page, number: number, next: DeltaToken("n\(number)"), job.lease) == .done)
            }
            // The last reply was lost: staged again, it is there once.
            #expect(try await staging.stage([0], number: 2, next: nil, job.lease) == .done)
            try await harness.becomesLate(dead)
            _ = try await harness.queue.reap()
            #expect(try await staging.round(lane) == Staging.Round(count: 3, position: DeltaToken("n2")))
            let heir = try await harness.owner("w2")
            let again = try #require(try await harness.claim(heir).jobs.first)
            #expect(try await staging.stage(Array("page\n3".utf8), number: 3, next: nil, again.lease) == .done)
            #expect(try await staging.stage([9], number: 4, next: nil, job.lease) == .fencedOut)
            #expect(try await staging.round(lane) == Staging.Round(count: 4, position: nil))
            let pages = try await staging.pages(lane, from: 1, count: 10)
            #expect(pages == (1...3).map { Array("page\n\($0)".utf8) })
            _ = try await RunCommit(harness.store).commit(Slice(), end: RunEnd(result: nil), again.lease)
            #expect(try await staging.round(lane).count == 0)
        }
    }

    @Test("a page that comes before its predecessors is refused")
    func gap() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(Self.payload, by: owner)
            await #expect(throws: StoreError.self) {
                try await Staging(harness.store).stage([1], number: 1, next: nil, job.lease)
            }
        }
    }

    @Test("dropping takes the pages and the mirror in the making, not the public one")
    func drop() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(Self.payload, by: owner)
            _ = try await Staging(harness.store).stage([1], number: 0, next: nil, job.lease)
            for mirror in [Slice.Mirror.current, .fresh] {
                var slice = Slice(mirror)
                slice.upserts = [(EventID("e"), "{}")]
                _ = try await RunCommit(harness.store).commit(slice, job.lease)
            }
            #expect(try await Staging(harness.store).drop(job.lease) == .done)
            let left = try await harness.state().filter { !$0.hasPrefix("head") && !$0.hasPrefix("w:") }
            #expect(left == ["events:acme:r1 hash: e={}"])
        }
    }
}
