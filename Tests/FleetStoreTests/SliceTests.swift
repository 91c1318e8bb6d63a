// Goal: a run's work is published in steps that hold together, or not at all. Method: whole states on a real Redis.
import FleetCore
import Foundation
import Redis
import Testing

@testable import FleetStore

@Suite("Slices")
struct SliceTests {
    private static let unseen = ["c:", "id:", "iddays", "intake", "fence", "owners"]
    private static let sync = #"{"kind":"sync","tenant_id":"acme","resource_id":"r1","id":"s"}"#

    private static func slice(_ mirror: Slice.Mirror = .current, _ ids: String...) -> Slice {
        var slice = Slice(mirror)
        slice.upserts = ids.map { (EventID($0), "{}") }
        slice.companions = ids.map { (EventID($0), "n") }
        return slice
    }

    @Test("a first connect shows nothing before its last slice, and then everything")
    func firstConnect() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let commit = RunCommit(harness.store)
            let job = try await harness.claimOne(
                #"{"kind":"connect","tenant_id":"acme","resource_id":"r1","id":"c","oauth_token":"t"}"#, by: owner)
            let adopted = try #require(
                try await harness.vault.adopt(OAuthTokens(accessToken: "t", refreshToken: "r"), job.lease))
            _ = try await Staging(harness.store).stage([1], number: 0, next: nil, job.lease)
            #expect(try await commit.commit(Self.slice(.fresh, "e1"), job.lease) == .done)
            #expect(try await harness.state().contains { $0.hasPrefix("events") } == false)
            var last = Self.slice(.fresh, "e2")
            last.changes = [Change(.calendarConnected, connection: job.lease.lane, calendar: nil, job: nil, at: .now)]
            var end = RunEnd(result: job.result(.connectSucceeded))
            end.promotesFreshMirror = true
            end.connection = harness.connection(job.lease.lane, credential: adopted.id.rawValue)
            end.nextSync = .at(Date(timeIntervalSince1970: 2_000_000_000))
            #expect(try await commit.commit(last, end: end, job.lease) == .done)
            let state = try await harness.state().filter { !$0.hasPrefix("cred") && !$0.hasPrefix("conn") }
            #expect(
                state == [
                    "cal:acme zset: CAL-r1 r1=0 primary r1=0", "changes stream: calendar.connected",
                    "due zset: pacme:r1=2000000000000", "events:acme:r1 hash: e1={} e2={}",
                    "own:acme:r1 hash: e1=n e2=n", "results stream: connect.succeeded",
                ])
            let names = try await harness.keyNames()
            #expect(names.filter { $0.hasPrefix("cred") } == ["cred:", "credknown:", "credlanes:", "credof"])
            #expect(try await ConnectionStore(harness.store).load(job.lease.lane) == end.connection)
        }
    }

    @Test("a sync's slices write and delete events, in the order given, changes before the result")
    func syncSlices() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.connect("acme:r1", by: owner)
            let job = try await harness.claimOne(Self.sync, by: owner)
            let commit = RunCommit(harness.store)
            _ = try await commit.commit(Self.slice(.current, "e1", "e2"), job.lease)
            var last = Self.slice(.current, "e3")
            last.deletions = [EventID("e1"), EventID("unknown")]
            last.companionDeletions = [EventID("e1")]
            last.changes = [.eventCreated, .eventDeleted].map {
                Change($0, connection: job.lease.lane, calendar: nil, job: nil, at: .now)
            }
            _ = try await commit.commit(last, end: RunEnd(result: job.result(.syncSucceeded)), job.lease)
            let lane = job.lease.lane
            #expect(try await MirrorReader(harness.store).all(lane).keys.map(\.rawValue).sorted() == ["e2", "e3"])
            #expect(try await MirrorReader(harness.store).all(lane, .companions).count == 2)
            #expect(
                try await harness.stream(harness.keys.changes).compactMap { $0["type"] } == [
                    "event.created", "event.deleted",
                ])
            #expect(try await harness.state().contains { $0.hasPrefix("w:") } == false)
        }
    }

    @Test("a slice whose reply was lost is done once", arguments: [false, true])
    func again(isLast: Bool) async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(Self.sync, by: owner)
            var slice = Self.slice(.current, "e1")
            slice.changes = [Change(.eventCreated, connection: job.lease.lane, calendar: nil, job: nil, at: .now)]
            var arguments: [RedisValue] = [
                .string(owner.name), 500, "0", .string(job.lease.lane.description),
                .string(job.lease.fence.description),
            ]
            slice.append(to: &arguments, changesLength: 100)
            if isLast {
                RunEnd(result: job.result(.syncSucceeded)).append(to: &arguments, lease: job.lease, resultsLength: 100)
            } else {
                arguments.append("0")
            }
            let sent = arguments
            #expect(try await harness.store.call(.commitSlice) { _ in sent }.string == "1")
            let state = try await harness.state()
            #expect(try await harness.store.call(.commitSlice) { _ in sent.replacing(at: 2, with: "1") }.string == "1")
            #expect(try await harness.state() == state)
            #expect(
                try await harness.store.call(.commitSlice) { _ in sent.replacing(at: 1, with: 501) }.string
                    == (isLast ? "0" : "1"))
        }
    }

    @Test("500 events with notes and changes are one slice")
    func whole() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            let job = try await harness.claimOne(Self.sync, by: owner)
            var slice = Slice()
            for number in 0..<500 {
                let id = EventID("event-\(number)")
                slice.upserts.append((id, #"{"event_id":"event-\#(number)"}"#))
                slice.companions.append((id, "note"))
                slice.changes.append(
                    Change(.eventCreated, connection: job.lease.lane, calendar: nil, job: nil, at: .now, event: id))
            }
            #expect(try await RunCommit(harness.store).commit(slice, job.lease) == .done)
            #expect(try await MirrorReader(harness.store).count(job.lease.lane) == 500)
            let entries = try await harness.stream(harness.keys.changes)
            #expect(entries.compactMap { $0["event_id"] } == slice.upserts.map(\.id.rawValue))
            let wanted = [EventID("event-3"), EventID("no"), EventID("event-499")]
            let values = try await MirrorReader(harness.store).values(job.lease.lane, wanted)
            #expect(values.map { $0 != nil } == [true, false, true])
        }
    }

    @Test("a connect to another calendar lets the old mirror go without a word, and the old names and credential")
    func otherCalendar() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.connect("acme:r1", by: owner)
            let first = try await harness.claimOne(Self.sync, by: owner)
            _ = try await RunCommit(harness.store).commit(
                Self.slice(.current, "old"), end: RunEnd(result: first.result(.syncSucceeded)), first.lease)
            let job = try await harness.claimOne(
                #"{"kind":"connect","tenant_id":"acme","resource_id":"r1","calendar_id":"B","oauth_token":"t"}"#,
                by: owner)
            var end = RunEnd(result: job.result(.connectSucceeded))
            end.promotesFreshMirror = true
            end.connection = harness.connection(job.lease.lane, requested: "B", real: "B", credential: "c-2")
            end.nextSync = .never
            _ = try await RunCommit(harness.store).commit(Self.slice(.fresh, "new"), end: end, job.lease)
            let state = try await harness.state().filter { !$0.hasPrefix("conn") }
            #expect(
                state == [
                    "cal:acme zset: B r1=0", "credlanes:c-2 set: acme:r1", "events:acme:r1 hash: new={}",
                    "own:acme:r1 hash: new=n",
                    "results stream: connect.succeeded sync.succeeded connect.succeeded",
                ])
        }
    }

    @Test("a disconnect leaves nothing of the connection; syncs that wait for their time end as cancelled")
    func disconnect() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.connect("acme:r1", by: owner)
            try await harness.push(
                Self.sync.replacing(#""id":"s""#, with: #""id":"later","not_before":"2100-01-01T00:00:00Z""#))
            let job = try await harness.claimOne(
                #"{"kind":"disconnect","tenant_id":"acme","calendar_id":"primary","id":"d"}"#, by: owner)
            #expect(job.lease.lane.description == "acme:r1" && job.lease.kind == .disconnect)
            var slice = Slice()
            slice.changes = [
                Change(.calendarDisconnected, connection: job.lease.lane, calendar: nil, job: nil, at: .now)
            ]
            var end = RunEnd(result: job.result(.disconnectSucceeded))
            end.purges = true
            #expect(try await RunCommit(harness.store).commit(slice, end: end, job.lease) == .done)
            try await harness.expectState([
                "changes stream: calendar.disconnected", "dead stream: J(acme:r1)",
                "results stream: connect.succeeded sync.failed disconnect.succeeded",
            ])
            let failed = try #require(
                try await harness.stream(harness.keys.results).first { $0["type"] == "sync.failed" })
            #expect(failed["job_id"] == "later" && failed["error"]?.contains("cancelled") == true)
        }
    }

    @Test("a connect that waits behind a disconnect keeps its calendar's name for the syncs behind it")
    func reconnectInLine() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            try await harness.connect("acme:r1", by: owner)
            try await harness.push(
                #"{"kind":"disconnect","tenant_id":"acme","resource_id":"r1"}"#,
                #"{"kind":"connect","tenant_id":"acme","resource_id":"r1","calendar_id":"N","oauth_token":"t"}"#
            )
            try await harness.takeIn(by: owner)
            let job = try #require(try await harness.claim(owner).jobs.first)
            var end = RunEnd(result: job.result(.disconnectSucceeded))
            end.purges = true
            _ = try await RunCommit(harness.store).commit(Slice(), end: end, job.lease)
            try await harness.push(#"{"kind":"sync","tenant_id":"acme","calendar_id":"N","id":"s"}"#)
            #expect(try await harness.takeIn(by: owner).unresolved == 0)
            #expect(try await harness.state().contains("cal:acme zset: N r1=0"))
        }
    }

    @Test("two connections of one credential: it goes with the last")
    func sharedCredential() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            for lane in ["acme:r1", "acme:r2"] { try await harness.connect(lane, by: owner) }
            for (number, left) in [("r1", 1), ("r2", 0)] {
                let job = try await harness.claimOne(
                    #"{"kind":"disconnect","tenant_id":"acme","resource_id":"\#(number)"}"#, by: owner)
                var end = RunEnd(result: job.result(.disconnectSucceeded))
                end.purges = true
                _ = try await RunCommit(harness.store).commit(Slice(), end: end, job.lease)
                let lanes = try await harness.redis.send(["SCARD", .string(harness.keys.prefix + "credlanes:c-1")])
                #expect(lanes.int == left)
            }
        }
    }

    @Test("a run ends its riders, and those that failed leave a dead letter each")
    func riders() async throws {
        try await StoreHarness.with { harness in
            let owner = try await harness.owner()
            for id in ["a", "b", "c"] {
                try await harness.push(#"{"kind":"sync","tenant_id":"acme","resource_id":"r1","id":"\#(id)"}"#)
            }
            try await harness.takeIn(by: owner)
            let job = try #require(try await harness.claim(owner).jobs.first)
            let failed = job.failed(.expired)
            var end = RunEnd(result: job.result(.syncSucceeded))
            end.riders = [job.result(.syncSucceeded, of: job.riders[0]), failed.riders[1]]
            _ = try await RunCommit(harness.store).commit(Slice(), end: end, job.lease)
            try await harness.expectState([
                "dead stream: J(acme:r1)", "results stream: sync.succeeded sync.succeeded sync.failed",
            ])
            #expect(try await DeadLetters(harness.store).list().letters.map(\.jobID) == [JobID("c")])
        }
    }
}
