import Redis

/// Where a stream is read from.
enum StreamSource: Sendable {
    case plain(after: String)
    case group(name: String, consumer: String, from: String)
}

/// Prints a stream, entry by entry.
struct StreamPrinter: Sendable {
    let stream: String
    let follows: Bool
    let limit: Int
    let source: StreamSource

    /// Entries of one read: a screenful of kilobytes, whatever the stream's length.
    private static let batch = 500
    private static let slice = Duration.seconds(5)

    func run(_ redis: RedisClient) async throws(RedisError) {
        switch source {
        case .plain(let after): try await readPlain(after: after, redis)
        case .group(let name, let consumer, let from):
            try await makeGroup(name, from: from, redis)
            try await readGroup(name, consumer, redis)
        }
    }

    private func readPlain(after: String, _ redis: RedisClient) async throws(RedisError) {
        var position = after == "$" ? try await ResultWaiter.end(of: stream, redis) : after
        var printed = 0
        while printed < limit {
            let entries = try await read(["XREAD"], from: position, left: limit - printed, redis)
            for entry in entries { Output.line(entry.json) }
            printed += entries.count
            position = entries.last?.id ?? position
            if entries.isEmpty && !follows { return }
        }
    }

    /// First what this consumer was given and didn't acknowledge (it may have died before), then new entries.
    private func readGroup(_ name: String, _ consumer: String, _ redis: RedisClient) async throws(RedisError) {
        let command: [RedisValue] = ["XREADGROUP", "GROUP", RedisValue(name), RedisValue(consumer)]
        var printed = 0
        var position = "0"
        while printed < limit {
            let entries = try await read(command, from: position, left: limit - printed, redis)
            // An entry that was trimmed before it was acknowledged has no fields: only its acknowledgement is left.
            let readable = entries.filter { !$0.fields.isEmpty }
            for entry in readable { Output.line(entry.json) }
            printed += readable.count
            if !entries.isEmpty {
                let ids = entries.map { RedisValue($0.id) }
                try await redis.send(RedisCommand(["XACK", RedisValue(stream), RedisValue(name)] + ids))
            }
            if position != ">" {
                position = entries.last?.id ?? ">"
            } else if entries.isEmpty && !follows {
                return
            }
        }
    }

    private func makeGroup(_ name: String, from: String, _ redis: RedisClient) async throws(RedisError) {
        do {
            try await redis.send(
                ["XGROUP", "CREATE", RedisValue(stream), RedisValue(name), RedisValue(from), "MKSTREAM"])
        } catch {
            guard error.code == "BUSYGROUP" else { throw error }
        }
    }

    private func read(
        _ command: [RedisValue], from position: String, left: Int, _ redis: RedisClient
    ) async throws(RedisError) -> [StreamEntry] {
        var command = command + ["COUNT", .integer(min(left, Self.batch))]
        if follows { command += ["BLOCK", .integer(Int(Self.slice / .milliseconds(1)))] }
        command += ["STREAMS", RedisValue(stream), RedisValue(position)]
        let reply = try await redis.sendBlocking(RedisCommand(command), limit: Self.slice + .seconds(5))
        return StreamEntry.read(reply)
    }
}
