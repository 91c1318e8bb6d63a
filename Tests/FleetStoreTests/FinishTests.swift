// Goal: a job ends once, with its result, and the next of its lane follows. Method: whole states on a real Redis; lost
// replies are played by sending the same call again.
import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

@Suite("Finish")
struct FinishTests {
    private static func sync(_ id: String, more: String = "") -> String {
        #"{"kind":"sync","tenant_id":"acme","resource_id":"r1","id":"\#(id)"\#(more)}"#
    }
    private static let booking = #","bookings":[{"booking_id":"b","op":"cancel"}]"#

    @Test("a success leaves a result and nothing else; a failure a dead letter too")
    func traces() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let good = try await harness.claimOne(Self.sync("a"), by: owner)
            #expect(try await harness.queue.finish([good.succeeded()], by: owner) == [.done])
            try await harness.expectState(["results stream: sync.succeeded"])
            let bad = try await harness.claimOne(Self.sync("b"), by: owner)
            #expect(try await harness.finish([bad], by: owner) == [.done])
            try await harness.expectState(["dead stream: J(acme:r1)", "results stream: sync.succeeded sync.failed"])
        }
    }

    @Test("the fields of a result stand in the stream as JobResult writes them")
    func fields() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(Self.sync("a"), by: owner)
            let finished = job.failed(.accessDenied)
            _ = try await harness.queue.finish([finished], by: owner)
            let expected = Dictionary(uniqueKeysWithValues: try #require(finished.result).fields())
            #expect(try await harness.stream(harness.keys.results) == [expected])
            #expect(
                expected["fence"] == job.lease.fence.description && expected["error"]?.contains("access_denied") == true
            )
        }
    }

    @Test("the next of the lane becomes its head and is ready at once")
    func next() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push(Self.sync("b", more: Self.booking), Self.sync("c", more: Self.booking))
            let job = try await harness.claimOne(Self.sync("d", more: Self.booking), by: owner)
            #expect(job.record.id == JobID("b"))
            #expect(try await harness.queue.finish([job.succeeded()], by: owner) == [.done])
            try await harness.expectState([
                "head hash: acme:r1=[sync c 0/0/0 -]", "more hash: acme:r1=1", "rest:acme:r1 list: [sync d 0/0/0 -]",
                "results stream: sync.succeeded", "ring:n list: acme:r1", "tick set: nacme",
            ])
        }
    }

    @Test("a connect with not_before that becomes head holds its line until then")
    func nextWaits() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let connect = """
                {"kind":"connect","tenant_id":"acme","resource_id":"r1","id":"c","oauth_token":"t",
                "not_before":"2033-05-18T03:33:20Z"}
                """
            try await harness.push(Self.sync("a"), connect)
            try await harness.takeIn(by: owner)
            let job = try #require(try await harness.claim(owner).jobs.first)
            _ = try await harness.queue.finish([job.succeeded()], by: owner)
            try await harness.expectState([
                "cal:acme zset: primary r1=0", "due zset: lnacme:r1=2000000000000",
                "head hash: acme:r1=[connect c 0/0/0 -]", "results stream: sync.succeeded",
            ])
        }
    }

    @Test("a finish whose reply was lost answers the same and writes nothing twice")
    func again() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.bring(["acme": 3], by: owner)
            let jobs = try await harness.claim(owner, limit: 2).jobs
            var arguments: [RedisValue] = [.string(owner.name), 77, "0", 1000, 3]
            let stale = ClaimedJob(
                lease: Lease(owner: owner, lane: jobs[0].lease.lane, fence: Fence(1), kind: .sync),
                record: jobs[0].record, storedConnection: nil, riders: [])
            for job in [jobs[0], stale, jobs[1]] { job.succeeded().append(to: &arguments) }
            let sent = arguments
            let first = try await harness.store.call(.finishJobs) { _ in sent }
            let state = try await harness.state()
            let again = try await harness.store.call(.finishJobs) { _ in sent.replacing(at: 2, with: "1") }
            #expect(first.string == "101" && again.string == "101")
            #expect(try await harness.state() == state)
            #expect(try await harness.stream(harness.keys.results).count == 2)
        }
    }

    @Test("the same lease twice in one call ends once")
    func twice() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push(Self.sync("x", more: Self.booking))
            let job = try await harness.claimOne(Self.sync("y", more: Self.booking), by: owner)
            let outcomes = try await harness.queue.finish([job.succeeded(), job.succeeded()], by: owner)
            #expect(outcomes == [.done, .fencedOut])
            #expect(try await harness.stream(harness.keys.results).count == 1)
            #expect(try await harness.claim(owner).jobs.map(\.record.id) == [JobID("y")])
        }
    }

    @Test("a reaped owner ends nothing more")
    func finishWhenReaped() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner(lease: .zero)
            let job = try await harness.claimOne(Self.sync("a"), by: owner)
            try await harness.becomesLate(owner)
            _ = try await harness.queue.reap()
            #expect(try await harness.queue.finish([job.succeeded()], by: owner) == [.fencedOut])
            #expect(try await harness.stream(harness.keys.results).isEmpty)
        }
    }

    @Test("a connect that fails takes back its calendar's name, its pages, its mirror and its credential")
    func connectFails() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(
                #"{"kind":"connect","tenant_id":"acme","resource_id":"r1","id":"c","oauth_token":"t"}"#, by: owner)
            let vault = harness.vault
            let adopted = try await vault.adopt(OAuthTokens(accessToken: "t", refreshToken: "r"), job.lease)
            let credential = try #require(adopted)
            #expect(credential.isNew)
            _ = try await Staging(harness.store).stage([1], number: 0, next: DeltaToken("n"), job.lease)
            var slice = Slice(.fresh)
            slice.upserts = [(EventID("e"), "{}")]
            slice.companions = [(EventID("e"), "{}")]
            #expect(try await RunCommit(harness.store).commit(slice, job.lease) == .done)
            var finished = job.failed(.accessDenied)
            finished.letGo = credential.id
            #expect(try await harness.queue.finish([finished], by: owner) == [.done])
            try await harness.expectState(["dead stream: J(acme:r1)", "results stream: connect.failed"])
        }
    }

    @Test("a second connect that fails leaves the connection as it was")
    func reconnectFails() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.connect("acme:r1", by: owner)
            let before = try await harness.state(without: [
                "c:", "id:", "iddays", "intake", "fence", "owners", "results",
            ])
            let job = try await harness.claimOne(
                #"{"kind":"connect","tenant_id":"acme","resource_id":"r1","calendar_id":"X","oauth_token":"t"}"#,
                by: owner)
            #expect(try await harness.finish([job], by: owner) == [.done])
            let after = try await harness.state(
                without: ["c:", "id:", "iddays", "intake", "fence", "owners", "results", "dead"])
            #expect(after == before)
        }
    }
}
