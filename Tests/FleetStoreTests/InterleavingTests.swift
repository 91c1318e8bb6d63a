// Goal: whatever order workers, operators and deaths act in, each job ends once, in order, and nothing is left over.
// Method: random interleavings of the real scripts against QueueModel, from a printed seed; replies are lost (the call
// is sent again), batches are abandoned, owners die. FLEET_SEED replays a run, FLEET_STEPS lengthens it.
import FleetCore
import Foundation
import Redis
import TestSupport
import Testing

@testable import FleetStore

@Suite("Interleavings")
struct InterleavingTests {
    @Test(
        "each job ends once, in its line's order, and no key is left over", .timeLimit(.minutes(10)), arguments: 1...4)
    func interleavings(run: Int) async throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["FLEET_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)
        let steps = environment["FLEET_STEPS"].flatMap { Int($0) } ?? 30_000
        print("interleavings, run \(run): \(steps) steps, FLEET_SEED=\(seed)")
        try await StoreHarness.with { harness in
            var player = Player(harness, seed: seed &+ UInt64(run))
            do {
                try await player.play(steps: steps)
                try await player.drain()
                try await player.judge()
            } catch {
                throw Unexpected("FLEET_SEED=\(seed) run \(run): \(error)")
            }
        }
    }
}

/// Plays workers and operators against a queue and its model.
private struct Player {
    let harness: StoreHarness
    var random: SeededRandom
    var model = QueueModel()
    var owners: [Owner] = []
    /// Jobs that somebody believes to hold, also when it was taken from them meanwhile.
    var held: [ClaimedJob] = []
    var batch: (owner: Owner, batch: IntakeBatch)?
    /// Pushed, not yet stored, in order.
    var pushed: [QueueModel.Pushed] = []
    var ownerCount = 0
    var idCount = 0
    let intake: JobIntake

    init(_ harness: StoreHarness, seed: UInt64) {
        self.harness = harness
        random = SeededRandom(seed: seed)
        var terms = JobIntake.Terms()
        terms.deadline = .zero  // any owner may take a batch over at once
        terms.limit = 16
        intake = JobIntake(harness.store, terms: terms)
    }

    mutating func play(steps: Int) async throws {
        for number in 0..<steps {
            try await step()
            if number % 250 == 0 { try await expectLanesStand() }
        }
    }

    private mutating func step() async throws {
        if owners.count < 2 { try await register() }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<22 where model.waiting < 400: try await push()
        case 22..<34: try await take()
        case 34..<50: try await store()
        case 50..<66: try await claim()
        case 66..<84: try await finish()
        case 84..<89: try await park()
        case 89..<92: try await becomeDue()
        case 92..<94: try await handBack()
        case 94..<96: try await die()
        case 96..<97: try await cancel()
        case 97..<98: try await expire()
        case 98..<99: try await register()
        default: try await signOff()
        }
    }

    private mutating func register() async throws {
        guard owners.count < 4 else { return }
        ownerCount += 1
        owners.append(try await harness.owner("w\(ownerCount)", lease: .seconds(1000)))
    }

    private mutating func push() async throws {
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            idCount += 1
            // One in twenty repeats an id.
            let isRepeat = idCount > 30 && Int.random(in: 0..<20, using: &random) == 0
            let number = isRepeat ? Int.random(in: idCount - 20..<idCount, using: &random) : idCount
            let tenant = "t\(number % 3)"
            let lane = "\(tenant):r\(number % 7)"
            let isPlain = number % 4 != 0
            let bookings = isPlain ? "" : #","bookings":[{"booking_id":"b","op":"cancel"}]"#
            let priority = JobPriority.allCases[(number * 7 + number / 3) % 3]
            let isOver = number % 5 == 0
            let expires = isOver ? #","expires_at":"2026-01-01T00:00:00Z""# : ""
            try await harness.push(
                #"{"kind":"sync","tenant_id":"\#(tenant)","resource_id":"r\#(number % 7)","id":"\#(number)","#
                    + #""priority":"\#(priority.rawValue)"\#(bookings)\#(expires)}"#
            )
            pushed.append(
                QueueModel.Pushed(
                    id: String(number), lane: lane, isPlain: isPlain, priority: priority, isOver: isOver))
        }
    }

    private mutating func take() async throws {
        guard let owner = owners.randomElement(using: &random) else { return }
        guard case .batch(let taken) = try await intake.take(owner) else { throw Unexpected("busy without a deadline") }
        let ids = taken.payloads.compactMap {
            String(decoding: $0.bytes, as: UTF8.self).firstMatch(of: #/"id":"(\d+)"/#)?.1
        }
        try expect(ids.map(String.init) == pushed.prefix(ids.count).map(\.id), "payloads out of order: \(ids)")
        batch = taken.payloads.isEmpty ? nil : (owner, taken)
    }

    private mutating func store() async throws {
        guard let (owner, current) = batch else { return }
        batch = nil
        // Abandoned now and then: somebody takes it over.
        guard Int.random(in: 0..<5, using: &random) > 0 else { return }
        let times = Int.random(in: 0..<4, using: &random) == 0 ? 2 : 1
        for _ in 0..<times {
            let reply = try await intake.store(
                current, harness.decide(current), by: owner, freeSlots: 3, takingNext: false)
            guard case .stored = reply else { throw Unexpected("\(reply)") }
        }
        for payload in pushed.prefix(current.payloads.count) { model.pushed(payload) }
        pushed.removeFirst(current.payloads.count)
    }

    private mutating func accept(_ reply: ClaimReply?, owner: Owner) throws {
        guard case .jobs(let claim) = reply else { throw Unexpected("\(owner) isn't registered") }
        for job in claim.jobs {
            let record = job.record
            let head = QueueModel.Job(
                id: record.id.rawValue, isPlain: record.riding == .withAny, priority: record.priority,
                attempts: record.attempts, crashes: record.crashes, deferrals: record.deferrals)
            let fault = model.claimed(
                job.lease.lane.description, owner: owner.name, fence: job.lease.fence.value, head: head,
                riders: job.riders.map(\.id.rawValue))
            if let fault { throw Unexpected(fault) }
            held.append(job)
        }
    }

    private mutating func claim() async throws {
        guard let owner = owners.randomElement(using: &random) else { return }
        let request = ClaimRequest(
            limit: Int.random(in: 1...8, using: &random), perTenant: Int.random(in: 1...8, using: &random),
            allowance: [TenantID("t1"): Int.random(in: 0...3, using: &random)],
            charges: [
                TenantID("t\(Int.random(in: 0..<3, using: &random))"):
                    TurnCharge(calls: Int.random(in: 0...60, using: &random), jobs: 1)
            ])
        try accept(try await harness.queue.claim(owner, request), owner: owner)
    }

    /// Somebody's belief to hold a job, which goes, or now and then stays: a call of a task that was frozen meanwhile.
    private mutating func takeBelief(at index: Int) -> ClaimedJob {
        let stays = held.count < 200 && Int.random(in: 0..<4, using: &random) == 0
        return stays ? held[index] : held.remove(at: index)
    }

    private mutating func finish() async throws {
        held.shuffle(using: &random)
        guard let owner = held.last?.lease.owner else { return }
        var jobs: [ClaimedJob] = []
        // Two beliefs about one lane can't be told in one call.
        var lanes: Set<ConnectionID> = []
        for index in held.indices.reversed() where jobs.count < 5 && held[index].lease.owner == owner {
            if lanes.insert(held[index].lease.lane).inserted { jobs.append(takeBelief(at: index)) }
        }
        var finished = jobs.map { Bool.random(using: &random) ? $0.succeeded() : $0.failed() }
        for index in finished.indices where !finished[index].riders.isEmpty {
            let left = Int.random(in: 0...finished[index].riders.count, using: &random)
            finished[index].riders = Array(finished[index].riders.prefix(left))
        }
        let outcomes = try await harness.queue.finish(finished, by: owner)
        for (job, (finished, outcome)) in zip(jobs, zip(finished, outcomes)) {
            let lane = job.lease.lane.description
            let holds = model.holds(lane, owner: owner.name, fence: job.lease.fence.value)
            try expect(outcome == (holds ? .done : .fencedOut), "\(lane) \(outcome), though it holds: \(holds)")
            if holds { model.finished(lane, riders: finished.riders.count) }
        }
    }

    private mutating func park() async throws {
        held.shuffle(using: &random)
        guard !held.isEmpty else { return }
        let job = takeBelief(at: held.count - 1)
        let reason = [ParkReason.backoff, .overrun, .tenantBudget].randomElement(using: &random) ?? .other
        let outcome = try await harness.queue.park(job.lease, for: .seconds(5000), reason)
        let lane = job.lease.lane.description
        let holds = model.holds(lane, owner: job.lease.owner.name, fence: job.lease.fence.value)
        try expect(outcome == (holds ? .done : .fencedOut), "park of \(lane): \(outcome)")
        if holds { model.parked(lane, reason) }
    }

    /// Lets everything that is parked be due now; the next claim wakes it.
    private mutating func becomeDue() async throws {
        let due = RedisValue(harness.keys.prefix + "due")
        for member in try await harness.redis.send(["ZRANGE", due, 0, -1]).array ?? [] {
            guard let name = member.string, name.hasPrefix("l") else { continue }
            try await harness.redis.send(["ZADD", due, 1, .string(name)])
            model.becameDue(String(name.dropFirst(2)))
        }
    }

    private mutating func handBack() async throws {
        held.shuffle(using: &random)
        guard !held.isEmpty else { return }
        let job = takeBelief(at: held.count - 1)
        let lane = job.lease.lane.description
        let holds = model.holds(lane, owner: job.lease.owner.name, fence: job.lease.fence.value)
        let count = try await harness.queue.handBack([job.lease], by: job.lease.owner)
        try expect(count == (holds ? 1 : 0), "hand back of \(lane): \(count)")
        if holds { model.returned(lane, crashed: false) }
    }

    /// A worker dies and is reaped; it goes on believing that it holds its jobs.
    private mutating func die() async throws {
        guard owners.count > 1, let index = owners.indices.randomElement(using: &random) else { return }
        let owner = owners.remove(at: index)
        try await harness.becomesLate(owner)
        var isMore = true
        while isMore { isMore = try await harness.queue.reap(limit: 3).isMore }
        for lane in model.leases(of: owner.name) { model.returned(lane, crashed: true) }
    }

    private mutating func signOff() async throws {
        guard owners.count > 1, let index = owners.indices.randomElement(using: &random) else { return }
        let owner = owners.remove(at: index)
        let lanes = model.leases(of: owner.name)
        try expect(try await harness.queue.signOff(owner) == lanes.count, "sign-off returned another number")
        for lane in lanes { model.returned(lane, crashed: false) }
    }

    private mutating func cancel() async throws {
        guard let (name, lane) = model.lanes.sorted(by: { $0.key < $1.key }).randomElement(using: &random),
            let job = lane.jobs.randomElement(using: &random), let connection = ConnectionID(name)
        else { return }
        let outcome = try await WaitingJobs(harness.store).cancel(JobID(job.id), tenant: connection.tenant)
        let expected = model.cancelled(job.id, lane: name)
        try expect(
            outcome == (expected ? .cancelled(connection) : .running(connection)), "cancel of \(job.id): \(outcome)")
        if expected { model.ended["cancelled", default: []].append(job.id) }
    }

    /// The sweep, with what would be looked at in some seconds looked at now.
    private mutating func expire() async throws {
        let key = RedisValue(harness.keys.prefix + "expiry")
        for lane in try await harness.redis.send(["ZRANGE", key, 0, -1]).array ?? [] {
            try await harness.redis.send(["ZADD", key, 1, .string(lane.string ?? "")])
        }
        let count = try await harness.queue.expire(lanes: 100).jobs
        let expected = model.expired()
        let told = try await harness.redis.send([
            "XREVRANGE", RedisValue(harness.keys.results), "+", "-", "COUNT", .integer(max(1, count)),
        ])
        let ids = (told.array ?? []).prefix(count).compactMap { entry in
            entry[1]?.pairs?.first { $0.key.string == "job_id" }?.value.string
        }
        try expect(count == expected.count && Set(ids) == expected, "expired \(ids), not \(expected.sorted())")
    }

    /// Each lane that may run stands in the ring of its highest waiting priority, once; no other lane stands anywhere,
    /// but for entries that `void` counts; and a debt stands beside a ticket.
    private func expectLanesStand() async throws {
        let prefix = harness.keys.prefix
        var found: [String: Int] = [:]
        for priority in ["h", "n", "l"] {
            let names = try await harness.redis.send(["KEYS", .string("\(prefix)ready:\(priority)*")]).array ?? []
            for key in names.compactMap(\.string) + ["\(prefix)ring:\(priority)"] {
                for lane in try await harness.redis.send(["LRANGE", .string(key), 0, -1]).array ?? [] {
                    found[priority + (lane.string ?? ""), default: 0] += 1
                }
            }
        }
        let due = try await harness.redis.send(["ZRANGEBYSCORE", .string(prefix + "due"), 0, 1])
        for name in (due.array ?? []).compactMap(\.string) where name.hasPrefix("l") {
            found[String(name.dropFirst()), default: 0] += 1
        }
        for (field, count) in try await harness.redis.send(["HGETALL", .string(prefix + "void")]).pairs ?? [] {
            found[field.string ?? "", default: 0] -= Int(count.string ?? "") ?? 0
        }
        let expected = Set(model.lanes.filter { $0.value.mayRun }.map { $0.value.standing + $0.key })
        let stands = found.filter { $0.value != 0 }
        try expect(
            Set(stands.keys) == expected && stands.values.allSatisfy { $0 == 1 },
            "stand: \(stands.sorted { $0.key < $1.key }), expected \(expected.sorted())")
        let debtors = try await harness.redis.send(["HKEYS", .string(prefix + "debt")]).array ?? []
        for tenant in debtors.compactMap(\.string) {
            let marks = try await harness.redis.send([
                "SMISMEMBER", .string(prefix + "tick"), .string("h" + tenant), .string("n" + tenant),
                .string("l" + tenant),
            ])
            try expect((marks.array ?? []).contains { $0.int == 1 }, "\(tenant) owes though it has no ticket")
        }
    }

    /// Everything that is left is taken in, claimed and finished.
    mutating func drain() async throws {
        for job in held { _ = try await harness.queue.handBack([job.lease], by: job.lease.owner) }
        for job in held {
            let lane = job.lease.lane.description
            if model.holds(lane, owner: job.lease.owner.name, fence: job.lease.fence.value) {
                model.returned(lane, crashed: false)
            }
        }
        held = []
        let owner = try await harness.owner("last", lease: .seconds(1000))
        owners.append(owner)
        repeat {
            if batch == nil, !pushed.isEmpty {
                guard case .batch(let taken) = try await intake.take(owner) else { throw Unexpected("busy") }
                batch = (owner, taken)
            }
            try await store()
        } while !pushed.isEmpty
        try await becomeDue()
        while model.waiting > 0 {
            let before = model.waiting
            try accept(try await harness.queue.claim(owner, ClaimRequest(limit: 64)), owner: owner)
            while !held.isEmpty { try await finish() }
            try expect(model.waiting < before, "\(before) jobs wait and none can be claimed")
        }
        for owner in owners { _ = try await harness.queue.signOff(owner) }
    }

    /// The stream holds what the model says, and Redis nothing else.
    func judge() async throws {
        let results = try await harness.stream(harness.keys.results)
        let ends = results.filter { $0["type"] != "job.duplicate" && !Self.endedWaiting($0) }
        for (lane, ids) in model.ended where lane != "cancelled" {
            let found = ends.filter { "\($0["tenant_id"] ?? ""):\($0["resource_id"] ?? "")" == lane }
            try expect(found.compactMap { $0["job_id"] } == ids, "\(lane) ended in another order")
        }
        let all = results.filter { $0["type"] != "job.duplicate" }.compactMap { $0["job_id"] }
        try expect(Set(all) == model.seen && all.count == model.seen.count, "a job ended twice or never")
        let duplicates = results.filter { $0["type"] == "job.duplicate" }.count
        try expect(duplicates == model.duplicates.values.reduce(0, +), "\(duplicates) duplicates told")
        let left = try await harness.state(without: [
            "id:", "iddays", "intake", "fence", "results", "dead", "wake", "expiry",
        ])
        try expect(left.isEmpty, "left over: \(left)")
    }

    private static func endedWaiting(_ entry: [String: String]) -> Bool {
        ["cancelled", "expired"].contains { entry["error"]?.contains($0) == true }
    }

    private func expect(_ holds: Bool, _ fault: @autoclosure () -> String) throws {
        if !holds { throw Unexpected(fault()) }
    }
}
