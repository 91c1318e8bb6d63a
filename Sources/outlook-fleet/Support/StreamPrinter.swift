import FleetStore
import Reactor
import Redis

// The order of a group's reading decides what a death costs. Each entry is printed, then acknowledged: whoever dies in
// between prints it again. First comes what this consumer left lying before, then, now and then, what dead consumers
// left lying, then what is new. Entries that were trimmed while they were pending are acknowledged unprinted.

/// Where a stream is read from.
enum StreamSource: Sendable {
    case plain(after: String)
    case group(name: String, consumer: String, from: String, takeOver: Duration)
}

/// Prints a stream, entry by entry.
struct StreamPrinter: Sendable {
    let stream: String
    let follows: Bool
    let limit: Int
    let source: StreamSource

    /// One read waits so long; the server then sees that we are still there.
    private static let slice = Duration.seconds(5)

    func run(_ redis: RedisClient) async throws {
        switch source {
        case .plain(let after): try await readPlain(StreamReader(stream, redis), after: after)
        case .group(let name, let consumer, let from, let takeOver):
            let group = StreamGroup(name, consumer: consumer, of: stream, redis)
            try await readGroup(group, from: from, takeOver: takeOver, redis)
        }
    }

    private var wait: Duration? { follows ? Self.slice : nil }

    private func readPlain(_ reader: StreamReader, after: String) async throws {
        var position = after == "$" ? try await reader.end() : after
        var left = limit
        while left > 0 {
            let entries = try await surviving(reader.redis) {
                try await reader.read(after: position, count: left, waiting: wait)
            }
            for entry in entries ?? [] { Output.line(entry.json) }
            left -= entries?.count ?? 0
            position = entries?.last?.id ?? position
            if entries?.isEmpty == true && !follows { return }
        }
    }

    /// What is left to read before what is new.
    private enum Place {
        /// What this consumer hasn't acknowledged, behind this entry.
        case own(String)
        /// What others have left lying, from here on.
        case abandoned(String)
        case new
    }

    // With Swift 6.3 the optimiser crashes at this one, which waits for Redis anyway.
    @_optimize(none) private func readGroup(
        _ group: StreamGroup, from: String, takeOver: Duration, _ redis: RedisClient
    ) async throws {
        try await group.create(behind: from)
        var place = Place.own("0")
        var left = limit
        var looked = redis.reactor.now
        while left > 0 {
            let asked = (place, left)
            let batch = try await surviving(redis) {
                try await read(group, asked.0, count: asked.1, from: from, takeOver: takeOver)
            }
            guard let batch else {
                // What was on its way when the connection broke is pending now.
                place = .own("0")
                continue
            }
            for entry in batch.entries { Output.line(entry.json) }
            left -= batch.entries.count
            let ids = batch.entries.map(\.id) + batch.trimmed
            try await acknowledge(ids, group, redis)
            switch place {
            case .own: place = batch.next.map { .own($0) } ?? .abandoned("0-0")
            case .abandoned:
                looked = redis.reactor.now
                place = batch.next.map { .abandoned($0) } ?? .new
            case .new:
                if ids.isEmpty && !follows { return }
                if looked.duration(to: redis.reactor.now) > min(takeOver, .seconds(30)) { place = .abandoned("0-0") }
            }
        }
    }

    @inline(never) private func read(
        _ group: StreamGroup, _ place: Place, count: Int, from: String, takeOver: Duration
    ) async throws(RedisError) -> StreamGroup.Batch {
        do {
            switch place {
            case .own(let position): return try await group.unacknowledged(behind: position, count: count)
            case .abandoned(let position): return try await group.takeOver(idle: takeOver, from: position, count: count)
            case .new: return try await group.next(count: count, waiting: wait)
            }
        } catch  where error.code == "NOGROUP" && follows {
            Output.note("outlook-fleet: the group \(group.name) was gone, a new one begins behind \(from)")
            try await group.create(behind: from)
            return .empty
        }
    }

    /// They are printed: an acknowledgement that was lost is sent again.
    private func acknowledge(_ ids: [String], _ group: StreamGroup, _ redis: RedisClient) async throws {
        var isDone = false
        while !isDone {
            let done: Void? = try await surviving(redis) {
                try await group.acknowledge(ids)
            }
            isDone = done != nil
        }
    }

    /// What the body brings; nil when Redis was away and whoever follows should try again. Says so once an outage.
    @inline(never) private func surviving<Value: Sendable>(
        _ redis: RedisClient, _ body: () async throws -> Value
    ) async throws -> Value? {
        do {
            return try await body()
        } catch let error as RedisError {
            let meaning = ProgramError(redis: error, at: redis.configuration.url)
            guard follows, meaning.status == .unavailable else { throw error }
            Output.note("outlook-fleet: \(meaning.message); going on when it is back")
            try await redis.waitUntilConnected(within: .seconds(86_400))
            return nil
        }
    }
}
