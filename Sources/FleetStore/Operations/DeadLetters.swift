package import FleetCore
package import Foundation
import Redis

// Dead letters are a stream: one XADD in the step that ends the job is a third of the price of an index by id, and
// nobody looks for one often. So looking for a job id reads the stream from its end, in steps. Length is bounded at
// each entry, age by each reap (reapOwners.lua).

/// A job that ended in `*.failed` or `job.rejected`.
package struct DeadLetter: Sendable, Equatable {
    /// Its entry in the stream.
    package let entry: String
    /// When it ended.
    package let at: Date
    /// nil where a rejected payload named none.
    package let tenant: TenantID?
    /// nil where the payload named none, or a calendar that fits none.
    package let resource: ResourceID?
    /// The calendar by which it named its connection.
    package let calendar: CalendarID?
    /// The id of the job, or the one under which a payload was rejected; nil where a newer fleet wrote the job.
    package let jobID: JobID?
    /// The job at rest; nil for a rejected payload and for one that a newer fleet wrote.
    package let job: JobRecord?
    /// Of a rejected payload: what was kept of it.
    package let kept: [UInt8]?
    /// `error` of its result, as JSON.
    package let error: String
}

/// The dead letters: 30 days, about 100,000.
package struct DeadLetters: Sendable {
    /// How long they are kept.
    package static let age = Duration.seconds(30 * 86_400)

    /// What became of a wish to retry one.
    package enum RetryOutcome: Sendable, Equatable {
        /// A new job stands in that connection's line.
        case retried(JobID, ConnectionID)
        /// It isn't there any more.
        case missing
        /// It never was a valid job: push a corrected payload.
        case notAJob
        /// Its calendar fits no connection of the tenant.
        case notConnected
        /// Its calendar fits several connections of the tenant.
        case ambiguousCalendar
    }

    let store: Store

    /// The dead letters in `store`.
    package init(_ store: Store) { self.store = store }

    /// Newest first, beginning before `entry` (nil: with the newest), at most `limit` that fit `filter`. Reads at most
    /// `steps` times 200 entries, and says where it stopped (nil: that was all).
    package func list(
        matching filter: DeadFilter = DeadFilter(), before entry: String? = nil, limit: Int = 100, steps: Int = 600
    ) async throws(StoreError) -> (letters: [DeadLetter], next: String?) {
        var letters: [DeadLetter] = []
        var end = entry.map { "(" + $0 } ?? filter.until.map { "(" + String($0.milliseconds) } ?? "+"
        let beginning = try await beginning(filter)
        for _ in 0..<steps {
            let reply = try await store.send(
                ["XREVRANGE", RedisValue(store.keys.dead), .string(end), .string(beginning), "COUNT", 200],
                "list dead letters")
            let entries = reply.array ?? []
            for reply in entries {
                guard let letter = DeadLetter(reply) else { continue }
                end = "(" + letter.entry
                guard filter.matches(letter) else { continue }
                letters.append(letter)
                if letters.count >= limit { return (letters, letter.entry) }
            }
            if entries.count < 200 { return (letters, nil) }
        }
        return (letters, String(end.dropFirst()))
    }

    /// Calls `visit` with those that fit, oldest first, in pieces of at most 200, until it answers false. What comes in
    /// meanwhile is left out: a job that is retried and fails again isn't met twice.
    package func forEach(
        matching filter: DeadFilter, _ visit: ([DeadLetter]) async throws(StoreError) -> Bool
    ) async throws(StoreError) {
        let newest = try await store.send(
            ["XREVRANGE", RedisValue(store.keys.dead), "+", "-", "COUNT", 1], "list dead letters")
        guard let end = newest[0]?[0]?.string else { return }
        var start = try await beginning(filter)
        while true {
            let reply = try await store.send(
                ["XRANGE", RedisValue(store.keys.dead), .string(start), .string(end), "COUNT", 200],
                "list dead letters")
            let entries = reply.array ?? []
            let letters = entries.compactMap { DeadLetter($0) }.filter(filter.matches)
            if !letters.isEmpty, try await !visit(letters) { return }
            guard entries.count == 200, let last = entries.last?[0]?.string else { return }
            start = "(" + last
        }
    }

    /// Of a tenant, or of all; newest first.
    package func list(
        tenant: TenantID?, before entry: String? = nil, limit: Int = 100, steps: Int = 600
    ) async throws(StoreError) -> (letters: [DeadLetter], next: String?) {
        try await list(matching: DeadFilter(tenant: tenant), before: entry, limit: limit, steps: steps)
    }

    /// The oldest entry that is looked at: older ones are due to be dropped.
    private func beginning(_ filter: DeadFilter) async throws(StoreError) -> String {
        // Entries are dated by it.
        let oldest = try await store.now().milliseconds - Self.age.milliseconds
        return String(max(oldest, filter.since?.milliseconds ?? 0))
    }

    /// Those of a job id, newest first. Reads the stream until it has `limit`.
    package func find(
        tenant: TenantID?, job: JobID, limit: Int = 1
    ) async throws(StoreError) -> [DeadLetter] {
        var found: [DeadLetter] = []
        var position: String?
        repeat {
            let (letters, next) = try await list(tenant: tenant, before: position, limit: 1000)
            found += letters.filter { $0.jobID == job }
            position = next
        } while position != nil && found.count < limit
        return Array(found.prefix(limit))
    }

    /// The one at this entry of the stream; nil if it is gone.
    package func letter(at entry: String) async throws(StoreError) -> DeadLetter? {
        let reply = try await store.send(
            ["XRANGE", RedisValue(store.keys.dead), .string(entry), .string(entry)], "read a dead letter")
        return reply[0].flatMap { DeadLetter($0) }
    }

    /// Puts its job back in line as a new one under `id`, with fresh counters and without not_before and expires_at.
    package func retry(_ letter: DeadLetter, as id: JobID) async throws(StoreError) -> RetryOutcome {
        let reply = try await store.call(.retryDead) { _ in [.string(letter.entry), .string(id.rawValue)] }
        switch reply[0]?.string {
        case "1":
            guard let lane = reply[1]?.string.flatMap({ ConnectionID($0) }) else { throw store.unexpected(.retryDead) }
            return .retried(id, lane)
        case "0": return .missing
        case "2": return .notAJob
        case "3": return .notConnected
        case "4": return .ambiguousCalendar
        default: throw store.unexpected(.retryDead)
        }
    }

    /// Drops one. False if it was gone.
    @discardableResult
    package func discard(_ letter: DeadLetter) async throws(StoreError) -> Bool {
        let reply = try await store.send(
            ["XDEL", RedisValue(store.keys.dead), .string(letter.entry)], "discard a dead letter")
        return reply.int == 1
    }

    /// Drops several, at most 1,000, in one command. Returns how many were there.
    package func discard(_ letters: [DeadLetter]) async throws(StoreError) -> Int {
        precondition(letters.count <= 1000, "at most 1,000 dead letters at a time")
        guard !letters.isEmpty else { return 0 }
        let command = RedisCommand(["XDEL", RedisValue(store.keys.dead)] + letters.map { .string($0.entry) })
        return try await store.send(command, "discard dead letters").int ?? 0
    }
}

extension DeadLetter {
    /// From a stream entry: id, then s, t, r, e and their values (includes/deadLetter.lua).
    fileprivate init?(_ reply: RedisReply) {
        guard let entry = reply[0]?.string, let milliseconds = Int(entry.prefix { $0 != "-" }),
            let fields = reply[1]?.array, fields.count >= 8, let target = fields[3].string,
            let record = fields[5].bytes
        else { return nil }
        self.entry = entry
        at = Date(milliseconds: milliseconds)
        error = fields[7].string ?? ""
        let sort = fields[1].string
        let colon = target.firstIndex(of: ":")
        let name = target[..<(colon ?? target.endIndex)]
        let rest = colon.map { String(target[target.index(after: $0)...]) }
        tenant = name.isEmpty ? nil : TenantID(String(name))
        resource = sort == "J" ? rest.map { ResourceID($0) } : nil
        calendar = sort == "C" ? rest.map { CalendarID($0) } : nil
        job = sort == "R" ? nil : JobRecord(encoded: record)
        kept = sort == "R" ? record : nil
        jobID = sort == "R" ? rest.map { JobID($0) } : job?.id
    }
}
