// Goal: operators see, cancel, retry and drop what they name, and nothing else. Method: whole states on a real Redis.
import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

@Suite("Operators")
struct OperationsTests {
    private static func sync(_ id: String, tenant: String = "acme", more: String = "") -> String {
        #"{"kind":"sync","tenant_id":"\#(tenant)","resource_id":"r1","id":"\#(id)"\#(more)}"#
    }
    private static let booking = #","bookings":[{"booking_id":"b","op":"cancel"}]"#
    private static let later = #","not_before":"2100-01-01T00:00:00Z""#

    @Test(
        "a waiting job is cancelled wherever it waits, with its result",
        arguments: ["head", "behind", "later", "parked"])
    func cancel(place: String) async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push(Self.sync("head"), Self.sync("behind"), Self.sync("later", more: Self.later))
            try await harness.takeIn(by: owner)
            if place == "parked" {
                let job = try #require(try await harness.claim(owner).jobs.first)
                _ = try await harness.queue.park(job.lease, for: .seconds(1000), .backoff)
            }
            let id = JobID(place == "parked" ? "head" : place)
            let jobs = WaitingJobs(harness.store)
            let lane = try #require(ConnectionID("acme:r1"))
            #expect(try await jobs.cancel(id, tenant: TenantID("acme")) == .cancelled(lane))
            #expect(try await jobs.cancel(id, tenant: TenantID("acme")) == .notFound)
            let result = try #require(try await harness.stream(harness.keys.results).last)
            #expect(result["type"] == "sync.failed" && result["job_id"] == id.rawValue)
            #expect(result["error"]?.contains(#""code":"cancelled""#) == true)
            // The others are still there, and none twice.
            var left: [String] = []
            while let job = try await harness.claim(owner).jobs.first {
                left += [job.record.id.rawValue] + job.riders.map(\.id.rawValue)
                _ = try await harness.queue.finish([job.succeeded()], by: owner)
            }
            #expect(left == ["head", "behind"].filter { $0 != id.rawValue })
            try await harness.expectNothingReady()
        }
    }

    @Test("the only job of a lane, of a tenant with others: the ring stays whole")
    func cancelTicket() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push(Self.sync("a"))
            try await harness.push(
                Self.sync("b").replacing("r1", with: "r2"), Self.sync("c").replacing("r1", with: "r3"))
            try await harness.takeIn(by: owner)
            let jobs = WaitingJobs(harness.store)
            for id in ["a", "c"] { _ = try await jobs.cancel(JobID(id), tenant: TenantID("acme")) }
            #expect(try await harness.claim(owner).jobs.map(\.record.id) == [JobID("b")])
            try await harness.expectNothingReady()
        }
    }

    @Test("a running job, a rider, another tenant's job and an unknown one are left alone")
    func notCancelled() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push(Self.sync("a"), Self.sync("b"))
            try await harness.takeIn(by: owner)
            _ = try await harness.claim(owner)
            let before = try await harness.state()
            let lane = try #require(ConnectionID("acme:r1"))
            let jobs = WaitingJobs(harness.store)
            #expect(try await jobs.cancel(JobID("a"), tenant: TenantID("acme")) == .running(lane))
            #expect(try await jobs.cancel(JobID("b"), tenant: TenantID("acme")) == .running(lane))
            #expect(try await jobs.cancel(JobID("a"), tenant: TenantID("ac")) == .notFound)
            #expect(try await jobs.cancel(JobID("x"), tenant: TenantID("acme")) == .notFound)
            #expect(try await harness.state() == before)
        }
    }

    @Test("a dead letter tells what ended, by tenant and by id, newest first")
    func deadLetters() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            for (id, tenant) in [("a", "acme"), ("b", "zeta"), ("c", "acme")] {
                _ = try await harness.finish(
                    [try await harness.claimOne(Self.sync(id, tenant: tenant), by: owner)], by: owner)
            }
            try await harness.push(
                #"{"tenant_id":"acme","id":"bad"}"#, #"{"kind":"sync","tenant_id":"acme","calendar_id":"X","id":"n"}"#)
            try await harness.takeIn(by: owner)
            let dead = DeadLetters(harness.store)
            let all = try await dead.list()
            #expect(all.next == nil && all.letters.map(\.jobID?.rawValue) == ["n", "bad", "c", "b", "a"])
            #expect(all.letters[0].calendar == CalendarID("X") && all.letters[0].resource == nil)
            #expect(
                all.letters[1].job == nil && all.letters[1].kept != nil && all.letters[1].error.contains("invalid_job"))
            #expect(all.letters[2].resource == ResourceID("r1") && all.letters[2].error.contains("not_connected"))
            let acme = try await dead.list(tenant: TenantID("acme"), limit: 2)
            #expect(acme.letters.map(\.jobID?.rawValue) == ["n", "bad"] && acme.next != nil)
            let rest = try await dead.list(tenant: TenantID("acme"), before: acme.next)
            #expect(rest.letters.map(\.jobID?.rawValue) == ["c", "a"] && rest.next == nil)
            #expect(try await dead.find(tenant: TenantID("acme"), job: JobID("a")).count == 1)
            #expect(try await dead.find(tenant: TenantID("acme"), job: JobID("b")).isEmpty)
            #expect(try await dead.discard(all.letters[4]))
            #expect(try await dead.discard(all.letters[4]) == false)
        }
    }

    @Test("a reap drops dead letters of more than 30 days, and the list shows none of them")
    func age() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            for number in 1...300 {
                try await harness.redis.send(
                    [
                        "XADD", RedisValue(harness.keys.dead), .string("\(number)-1"), "s", "R", "t", ":a", "r", "",
                        "e", "",
                    ])
            }
            _ = try await harness.finish([try await harness.claimOne(Self.sync("a"), by: owner)], by: owner)
            #expect(try await DeadLetters(harness.store).list().letters.map(\.jobID) == [JobID("a")])
            _ = try await harness.queue.reap()
            #expect(try await harness.redis.send(["XLEN", RedisValue(harness.keys.dead)]).int ?? 0 < 110)
        }
    }

    @Test("a retry is a new job in its old line, with fresh counters, that knows what it retries")
    func retry() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let more = #","priority":"high","expires_at":"2100-01-01T00:00:00Z""#
            let job = try await harness.claimOne(Self.sync("a", more: more), by: owner)
            _ = try await harness.queue.park(job.lease, until: Date(timeIntervalSince1970: 1), .backoff)
            _ = try await harness.finish(try await harness.claim(owner).jobs, by: owner)
            let dead = DeadLetters(harness.store)
            let letter = try #require(try await dead.list().letters.first)
            #expect(letter.job?.attempts == 1)
            let lane = try #require(ConnectionID("acme:r1"))
            #expect(try await dead.retry(letter, as: JobID("fresh")) == .retried(JobID("fresh"), lane))
            // Again after a lost reply; and by somebody else.
            #expect(try await dead.retry(letter, as: JobID("fresh")) == .retried(JobID("fresh"), lane))
            #expect(try await dead.retry(letter, as: JobID("fresh2")) == .missing)
            let again = try #require(try await harness.claim(owner).jobs.first)
            #expect(again.record.id == JobID("fresh") && again.record.retryOf == JobID("a"))
            #expect(again.record.attempts == 0 && again.record.priority == .high && again.record.expiresAt == nil)
            #expect(again.record.payload == job.record.payload && again.record.enqueuedAt > job.record.enqueuedAt)
        }
    }

    @Test("a rejected payload can't be retried, one by calendar finds its connection now")
    func retryOthers() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push("rubbish", #"{"kind":"sync","tenant_id":"acme","calendar_id":"X","id":"n"}"#)
            try await harness.takeIn(by: owner)
            let dead = DeadLetters(harness.store)
            let letters = try await dead.list().letters
            #expect(try await dead.retry(letters[1], as: JobID("f")) == .notAJob)
            #expect(try await dead.retry(letters[0], as: JobID("f")) == .notConnected)
            try await harness.connect("acme:r1", calendar: "X", by: owner)
            let lane = try #require(ConnectionID("acme:r1"))
            #expect(try await dead.retry(letters[0], as: JobID("f")) == .retried(JobID("f"), lane))
        }
    }

    @Test("the status counts what is there")
    func status() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.connect("acme:r1", by: owner)
            try await harness.bring(["big": 3, "zeta": 1], by: owner)
            try await harness.push(Self.sync("p", tenant: "park"))
            let job = try #require(try await harness.claim(owner, limit: 1).jobs.first)
            try await harness.takeIn(by: owner)
            try await harness.push("waits", to: .connect)
            try await harness.redis.send(["SET", RedisValue(harness.keys.ingress(.disconnect)), "text"])
            try await harness.redis.send(["SET", RedisValue(harness.keys.taken(.disconnect)), "text"])
            let status = try await harness.store.status()
            #expect(status.lanes == 5 && status.ready == 4 && status.running == 1 && status.parked == 0)
            #expect(status.connections == 1 && status.due == 0 && status.behind == 0 && status.results.length == 1)
            #expect(status.ingress[.connect] == 1 && status.ingress[.general] == 0)
            #expect(status.ingress[.disconnect] == .some(nil))
            #expect(status.workers.map(\.name) == ["w1"] && status.workers[0].leases == 1)
            _ = try await harness.queue.park(job.lease, for: .seconds(100), .backoff)
            #expect(try await harness.store.status().parked == 1)
        }
    }

    @Test("connections are listed by tenant, and a calendar tells its resources")
    func connections() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            for lane in ["acme:r1", "acme:r2", "acme-2:r1"] { try await harness.connect(lane, by: owner) }
            let store = ConnectionStore(harness.store)
            let found = Gathered()
            try await store.forEach(tenant: TenantID("acme")) { piece throws(StoreError) in
                await found.add(piece.compactMap { $0.connection?.id.description })
            }
            #expect(await found.texts.sorted() == ["acme:r1", "acme:r2"])
            #expect(try await store.resources(of: .primary, tenant: TenantID("acme")).count == 2)
            #expect(try await store.resources(of: CalendarID("CAL-r2"), tenant: TenantID("acme")) == [ResourceID("r2")])
            #expect(try await store.resources(of: CalendarID("CAL"), tenant: TenantID("acme")).isEmpty)
        }
    }

    @Test(
        "a sync by calendar finds its line, or fails at once",
        arguments: [("CAL-r1", 0, ""), ("primary", 1, "ambiguous_calendar"), ("none", 1, "not_connected")])
    func byCalendar(calendar: String, unresolved: Int, code: String) async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            for lane in ["acme:r1", "acme:r2"] { try await harness.connect(lane, by: owner) }
            try await harness.push(#"{"kind":"sync","tenant_id":"acme","calendar_id":"\#(calendar)","id":"s"}"#)
            #expect(try await harness.takeIn(by: owner).unresolved == unresolved)
            if unresolved == 0 {
                #expect(try await harness.claim(owner).jobs.map(\.resource) == ["r1"])
            } else {
                let result = try #require(try await harness.stream(harness.keys.results).last)
                #expect(result["calendar_id"] == calendar && result["type"] == "sync.failed")
                #expect(result["error"]?.contains(code) == true)
            }
        }
    }

    @Test("a sync by calendar behind its connect finds the line that the connect opened")
    func behindItsConnect() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.push(
                #"{"kind":"connect","tenant_id":"acme","resource_id":"r1","calendar_id":"X","oauth_token":"t"}"#,
                #"{"kind":"sync","tenant_id":"acme","calendar_id":"X","id":"s"}"#)
            #expect(try await harness.takeIn(by: owner).unresolved == 0)
            #expect(try await harness.state().contains("more hash: acme:r1=1"))
        }
    }
}

/// Texts that several pieces bring.
actor Gathered {
    var texts: [String] = []
    func add(_ more: [String]) { texts += more }
}
