import FleetCore
import FleetStore
import Logging
import Reactor
import Redis
import Synchronization

// One blocking XREAD for the whole gateway, however many calls wait: each entry is handed to whoever waits for its
// (tenant, job). Who waits registers before the job is pushed, so no result can come too early; and the reader goes on
// from the entry that it read last, so a lost connection loses none either.

/// Reads the results stream and tells those who wait for a job.
final class ResultFeed: Sendable {
    struct Key: Hashable, Sendable {
        let tenant: String
        let job: String

        init(_ tenant: TenantID, _ job: JobID) {
            self.tenant = tenant.rawValue
            self.job = job.rawValue
        }

        fileprivate init(tenant: String, job: String) {
            self.tenant = tenant
            self.job = job
        }
    }

    /// Somebody who waits.
    final class Waiter: Sendable {
        fileprivate let key: Key
        private let bell = Bell()
        private let entry = Mutex<ResultEntry?>(nil)

        fileprivate init(_ key: Key) { self.key = key }

        fileprivate func take(_ entry: ResultEntry) {
            self.entry.withLock { $0 = entry }
            bell.ring()
        }

        fileprivate func giveUp() { bell.ring() }

        /// The entry, or nil when the time is up, or the gateway ends.
        func wait(for limit: Duration, on reactor: Reactor) async throws -> ResultEntry? {
            _ = try await bell.wait(for: limit, on: reactor)
            return entry.withLock { $0 }
        }
    }

    private struct State {
        var waiters: [Key: [Waiter]] = [:]
        var isStopping = false
    }

    private static let slice = Duration.seconds(5)

    private let redis: RedisClient
    private let other: RedisClient
    private let stream: String
    private let state = Mutex(State())
    private let begun = Gate()

    /// - Parameters:
    ///   - redis: a client for nothing else: Redis waits on it.
    ///   - other: a client of the same reactor, to end the wait with.
    init(_ redis: RedisClient, unblockedBy other: RedisClient, keys: Keys) {
        self.redis = redis
        self.other = other
        stream = keys.results
    }

    /// Whether it follows the stream.
    var isFollowing: Bool { begun.isOpen && redis.isConnected }

    /// Begins to wait for a job's terminal entry; repeats of its id don't count. End it with `leave`.
    /// - Throws: ``Problem`` 503 if Redis isn't there.
    func enter(_ tenant: TenantID, _ job: JobID) async throws -> Waiter {
        if !begun.isOpen {
            do {
                try await withDeadline(.seconds(2), on: redis.reactor) { [begun] in try await begun.wait() }
            } catch is ReactorError {
                throw Problem.unavailable("the fleet's memory can't be reached just now: try again")
            }
        }
        let waiter = Waiter(Key(tenant, job))
        let isStopping = state.withLock { state in
            state.waiters[waiter.key, default: []].append(waiter)
            return state.isStopping
        }
        if isStopping { waiter.giveUp() }
        return waiter
    }

    func leave(_ waiter: Waiter) {
        state.withLock { state in
            state.waiters[waiter.key]?.removeAll { $0 === waiter }
            if state.waiters[waiter.key]?.isEmpty == true { state.waiters[waiter.key] = nil }
        }
    }

    /// From now on nobody waits any longer: the gateway ends, and their jobs can be asked for at another one.
    func stop() {
        let waiters = state.withLock { state in
            state.isStopping = true
            return state.waiters.values.flatMap(\.self)
        }
        for waiter in waiters { waiter.giveUp() }
    }

    /// Follows the stream until cancelled.
    func run() async {
        var position: String?
        while !Task.isCancelled {
            do throws(RedisError) {
                try await redis.waitUntilConnected(within: .seconds(3600))
                var from: String
                if let position { from = position } else { from = try await end() }
                begun.open()
                while true {
                    let entries = try await next(after: from)
                    for entry in entries {
                        hand(entry)
                        from = entry[0]?.string ?? from
                    }
                    position = from
                }
            } catch {
                if error.kind == .cancelled, Task.isCancelled { return }
                try? await redis.reactor.sleep(for: .milliseconds(50))
            }
        }
    }

    /// The id of the stream's last entry.
    private func end() async throws(RedisError) -> String {
        let last = try await redis.send(["XREVRANGE", RedisValue(stream), "+", "-", "COUNT", "1"])
        return last[0]?[0]?.string ?? "0-0"
    }

    private func next(after position: String) async throws(RedisError) -> [RedisReply] {
        let reply = try await redis.sendBlocking(
            [
                "XREAD", "COUNT", "500", "BLOCK", .integer(Int(Self.slice / .milliseconds(1))), "STREAMS",
                RedisValue(stream), RedisValue(position),
            ], limit: Self.slice + .seconds(5), unblockedBy: other)
        return reply[0]?[1]?.array ?? []
    }

    private func hand(_ entry: RedisReply) {
        let found: [Waiter] = state.withLock { state in
            // With nobody waiting an entry costs nothing but its way here.
            guard !state.waiters.isEmpty, let key = Self.key(of: entry) else { return [] }
            return state.waiters[key] ?? []
        }
        guard !found.isEmpty else { return }
        let entry = ResultEntry(entry[1])
        guard !entry.isDuplicate else { return }
        for waiter in found { waiter.take(entry) }
    }

    private static func key(of entry: RedisReply) -> Key? {
        var tenant: String?
        var job: String?
        for (name, value) in entry[1]?.pairs ?? [] {
            switch name.string {
            case "tenant_id": tenant = value.string
            case "job_id": job = value.string
            default: break
            }
        }
        guard let tenant, let job else { return nil }
        return Key(tenant: tenant, job: job)
    }
}
