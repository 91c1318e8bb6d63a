import Synchronization
import TestSupport

// MARK: - What a producer does and a consumer sees

extension Fleet {
    /// The types that end a job.
    static let terminalTypes: Set<String> = [
        "connect.succeeded", "sync.succeeded", "disconnect.succeeded", "connect.failed", "sync.failed",
        "disconnect.failed", "job.rejected", "job.duplicate",
    ]

    func key(_ name: String) -> String { "\(Fleet.namespace):\(name)" }

    /// LPUSHes a payload, with an id of its own unless it has one, and returns that id.
    @discardableResult
    func push(_ payload: JSON, to list: String = "jobs") throws -> String {
        var payload = payload
        let id = payload["id"].string ?? nextID("job")
        payload["id"] = .string(id)
        try probe.call("LPUSH", key(list), payload.text)
        state.withLock { $0.pushed.append(id) }
        return id
    }

    /// The ids of all payloads that were pushed, in order.
    var pushedIDs: [String] { state.withLock { $0.pushed } }

    /// A name that this fleet hasn't used.
    func nextID(_ stem: String) -> String {
        state.withLock { state in
            state.counter += 1
            return "\(stem)-\(state.counter)"
        }
    }

    func results() throws -> [StreamEntry] { StreamEntry.all(in: try probe.call("XRANGE", key("results"), "-", "+")) }

    /// The changes after a position of ``changesMark()``; all of them without.
    func changes(since mark: String? = nil) throws -> [StreamEntry] {
        StreamEntry.all(in: try probe.call("XRANGE", key("changes"), mark.map { "(\($0)" } ?? "-", "+"))
    }

    /// Where `outlook:changes` ends now.
    func changesMark() throws -> String {
        let last = StreamEntry.all(in: try probe.call("XREVRANGE", key("changes"), "+", "-", "COUNT", "1"))
        return last.first?.id ?? "0-0"
    }

    /// Waits for a job's terminal entry.
    func result(of job: String, within limit: Duration = .seconds(30)) async throws -> StreamEntry {
        try await results(of: [job], within: limit)[0]
    }

    /// Waits for the terminal entries of several jobs, and returns them in the order of the ids.
    func results(of jobs: [String], within limit: Duration = .seconds(60)) async throws -> [StreamEntry] {
        var found: [String: StreamEntry] = [:]
        var position = "-"
        try await eventually("the results of \(jobs.count) jobs, \(jobs.first ?? "") and on", within: limit) {
            let entries = StreamEntry.all(in: try probe.call("XRANGE", key("results"), position, "+"))
            for entry in entries { found[entry.jobID] = entry }
            if let last = entries.last { position = "(\(last.id)" }
            return jobs.allSatisfy { found[$0] != nil }
        }
        return jobs.compactMap { found[$0] }
    }

    /// Pushes a payload and waits for its terminal entry.
    @discardableResult
    func run(_ payload: JSON, within limit: Duration = .seconds(30)) async throws -> StreamEntry {
        try await result(of: try push(payload), within: limit)
    }

    /// The mirror of a connection: event_id to event.
    func mirror(tenant: String, resource: String) throws -> [String: JSON] {
        let pairs = try probe.call("HGETALL", key("events:\(tenant):\(resource)")).pairs
        return pairs.mapValues { JSON(text: $0) ?? .null }
    }
}

// MARK: - Payloads without an id of ours

extension Fleet {
    /// Waits for the next entry of the results after a position of `XRANGE`, and moves the position past it.
    func nextResult(after position: inout String, within limit: Duration = .seconds(30)) async throws -> StreamEntry {
        let from = position
        let entry = try await eventually("a result after \(from)", within: limit) {
            StreamEntry.all(in: try probe.call("XRANGE", key("results"), from, "+", "COUNT", "1")).first
        }
        position = "(\(entry.id)"
        return entry
    }
}
