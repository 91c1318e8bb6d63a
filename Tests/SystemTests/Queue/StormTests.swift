// Goal: the same promises when everything goes wrong at once, with real calls to Graph and bookings under way: workers
// killed, frozen past their lease and woken, connections cut, Redis killed and started anew from its append-only file,
// at random moments. Method: deeds from a printed seed between pushes; then peace, and independent counting: one entry
// per payload, order and growing fences per connection, one event per booking, no lease, no place in a mailbox, no
// waiting job left.

import Foundation
import TestSupport
import Testing

@Suite("A storm", .serialized)
struct StormTests {
    private enum Deed: CaseIterable { case kill, freeze, cut, restart }

    @Test("kills, freezes, cuts and restarts of Redis at random moments under bookings and syncs")
    func storm() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed of the storm: \(seed)")
        var random = SeededRandom(seed: seed)
        try await Fleet.run(
            .init(
                workers: 3,
                workerFlags: [
                    "--lease", "1s", "--max-crashes", "100", "--max-attempts", "100", "--request-timeout", "2s",
                ], appendOnly: true, redisConfiguration: ["appendfsync always"])
        ) { fleet in
            try fleet.simulator.setLatency(milliseconds: 15)
            let links = try (0..<16).map { number in
                try fleet.link(
                    try fleet.simulator.mailbox("m\(number)@t\(number % 4).example"), tenant: "t\(number % 4)",
                    resource: "room-\(number)")
            }
            var jobs = try links.map { [try fleet.push($0.payload)] }
            var frozen: [Worker] = []
            for round in 0..<24 {
                for (number, link) in links.enumerated() where (number + round).isMultiple(of: 2) {
                    let booking = Booking.upsert("b-\(round % 6)", fleet.day(2, hour: round % 6 * 2 + round / 12))
                    let more: JSON = round.isMultiple(of: 3) ? [:] : ["bookings": [booking]]
                    jobs[number].append(try link.pushSync(more))
                }
                let deed = Deed.allCases.randomElement(using: &random) ?? .kill
                try await carryOut(deed, fleet, &frozen, &random)
                let done = Int.random(in: 0...4, using: &random)
                let before = try fleet.results().count
                // A random share of the work is done until the next deed, however fast the machine is.
                try await eventually("some jobs end", within: .seconds(60)) {
                    let ended = try fleet.results().count
                    return ended >= before + done || ended == jobs.reduce(0) { $0 + $1.count }
                }
            }
            for worker in frozen { worker.signal(SIGCONT) }
            _ = try await fleet.results(of: jobs.flatMap(\.self), within: .seconds(120))
            try await check(fleet, links, jobs)
        }
    }

    private func carryOut(
        _ deed: Deed, _ fleet: Fleet, _ frozen: inout [Worker], _ random: inout SeededRandom
    ) async throws {
        for worker in frozen { worker.signal(SIGCONT) }
        frozen = []
        let alive = fleet.workers.filter { $0.exit == nil }
        guard let victim = alive.randomElement(using: &random) else { return }
        switch deed {
        case .kill:
            try await victim.kill()
            try await fleet.startWorker()
        case .freeze:
            victim.signal(SIGSTOP)
            frozen = [victim]
        case .cut: try fleet.probe.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        case .restart:
            try await fleet.redis.restart()
            fleet.probe.hangUp()
        }
    }

    private func check(_ fleet: Fleet, _ links: [Link], _ jobs: [[String]]) async throws {
        try fleet.expectOneEntryPerPayload()
        let results = try fleet.results()
        for (link, ids) in zip(links, jobs) {
            let own = results.filter { $0.connection == "\(link.tenant)/\(link.resource)" }
            #expect(own.map(\.jobID) == ids, "in the order of the pushes")
            #expect(own.allSatisfy { $0.type.hasSuffix(".succeeded") }, "\(own.filter { $0.code != nil })")
            let fences = own.compactMap { $0["fence"].flatMap { Int($0) } }
            #expect(fences == fences.sorted() && fences.count == ids.count, "fences grow")
            let titles = try link.titles()
            #expect(titles.count == Set(titles).count, "one event per booking: \(titles)")
            try link.expectMirrorEqualsCalendar()
        }
        try fleet.expectNoSecretAnywhere()
        for worker in fleet.workers where worker.exit == nil {
            worker.signal(SIGTERM)
            try await worker.waitForExit()
        }
        try await fleet.expectNothingHeld()
    }
}

extension Fleet {
    /// No lease, no worker, no waiting job, and, once the longest request would have ended, no place of a mailbox.
    func expectNothingHeld(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually("the dead are reaped, and hold nothing", within: .seconds(20)) {
            let keys = try probe.call("KEYS", key("w:*")).strings
            return keys.isEmpty
        }
        for name in ["head", "more", "ring:h", "ring:n", "ring:l", "tick", "held", "mixed", "void", "debt", "items"] {
            #expect(try probe.call("EXISTS", key(name)).int == 0, "\(name)", sourceLocation: sourceLocation)
        }
        for pattern in ["rest:*", "ready:*", "later:*", "gone:*", "odd:*", "stage:*", "fresh:*", "intent:*"] {
            let left = try probe.call("KEYS", key(pattern)).strings
            #expect(left.isEmpty, "\(left)", sourceLocation: sourceLocation)
        }
        let due = try probe.call("ZRANGE", key("due"), "0", "-1").strings.filter { !$0.hasPrefix("p") }
        #expect(due.isEmpty, "\(due)", sourceLocation: sourceLocation)
        try await eventually("all places are free", within: .seconds(20)) {
            try self.placesHeld() == 0
        }
    }

    /// Places of mailboxes that somebody holds and whose time isn't over (includes/budgets.lua: deadline u48, count u8,
    /// length of the id u8, the id).
    func placesHeld() throws -> Int {
        let now = Int(Date().timeIntervalSince1970 * 1000)
        var held = 0
        for name in try probe.call("KEYS", key("b:*")).strings {
            let pairs = try probe.call("HGETALL", name).elements
            for index in stride(from: 0, to: pairs.count - 1, by: 2) where pairs[index].string?.hasPrefix("p") == true {
                guard case .bulk(let bytes) = pairs[index + 1] else { continue }
                var at = 0
                while at + 8 <= bytes.count {
                    let deadline = bytes[at..<at + 6].reduce(0) { $0 << 8 | Int($1) }
                    if deadline > now { held += Int(bytes[at + 6]) }
                    at += 8 + Int(bytes[at + 7])
                }
            }
        }
        return held
    }
}
