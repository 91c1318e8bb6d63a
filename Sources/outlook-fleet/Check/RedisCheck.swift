import Foundation
import Reactor
import Redis

/// Whether a Redis is fit to hold the fleet's state. Reads only; a right that is missing costs an item, not the check.
struct RedisCheck: Sendable {
    /// Older ones lack commands that the scripts use.
    static let oldestVersion = [7, 0]
    /// Leases and times go by Redis's clock, tokens and windows by ours.
    static let clockTolerance = 2.0
    /// Round trip above which a fleet is slow whatever it does.
    static let slowRoundTrip = Duration.milliseconds(50)

    let namespace: String

    func run(_ redis: RedisClient) async throws(RedisError) -> CheckReport {
        var report = CheckReport()
        let server = try await info("server", redis)
        version(server, &report)
        cluster(server, &report)
        role(try await info("replication", redis), &report)
        memory(try await info("memory", redis), &report)
        await persistence(try await info("persistence", redis), redis, &report)
        try await clock(redis, &report)
        return report
    }

    /// A cluster with an untagged namespace: the one thing that a worker refuses at its start.
    static func refusal(_ server: [String: String], namespace: String) -> String? {
        guard server["redis_mode"] == "cluster" else { return nil }
        let tag = namespace.firstIndex(of: "{").flatMap { open -> Substring? in
            let rest = namespace[namespace.index(after: open)...]
            return rest.firstIndex(of: "}").map { rest[..<$0] }
        }
        guard tag?.isEmpty ?? true else { return nil }
        return "this is a Redis Cluster: --namespace needs a hash tag, like {\(namespace)}"
    }

    /// A section of INFO.
    static func info(_ section: String, _ redis: RedisClient) async throws(RedisError) -> [String: String] {
        let text = try await redis.send(["INFO", RedisValue(section)]).string ?? ""
        let lines = text.split(whereSeparator: \.isNewline).compactMap { line -> (String, String)? in
            let parts = line.split(separator: ":", maxSplits: 1)
            return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        }
        return Dictionary(lines) { $1 }
    }

    private func info(_ section: String, _ redis: RedisClient) async throws(RedisError) -> [String: String] {
        try await Self.info(section, redis)
    }

    private func version(_ server: [String: String], _ report: inout CheckReport) {
        let isValkey = server["server_name"] == "valkey"
        guard let text = isValkey ? server["valkey_version"] : server["redis_version"] else {
            return report.add(.warning, "redis version", "INFO tells none")
        }
        let parts = text.split(separator: ".").prefix(2).map { Int($0) ?? 0 }
        let name = isValkey ? "Valkey" : "Redis"
        let isOld = parts.lexicographicallyPrecedes(Self.oldestVersion)
        report.add(isOld ? .unfit : .ok, "redis version", "\(name) \(text)\(isOld ? ": 7.0 or newer is needed" : "")")
    }

    private func cluster(_ server: [String: String], _ report: inout CheckReport) {
        if let refusal = Self.refusal(server, namespace: namespace) {
            report.add(.unfit, "redis cluster", refusal)
        } else if server["redis_mode"] == "cluster" {
            report.add(.ok, "redis cluster", "all keys are on one node by the tag in \(namespace)")
        }
    }

    private func role(_ replication: [String: String], _ report: inout CheckReport) {
        if replication["role"] == "slave" {
            report.add(.unfit, "redis role", "a replica, which takes no writes: point --redis at the primary")
        } else {
            report.add(.ok, "redis role", "primary")
        }
    }

    private func memory(_ memory: [String: String], _ report: inout CheckReport) {
        let policy = memory["maxmemory_policy"] ?? "unknown"
        if policy != "noeviction" {
            report.add(
                .unfit, "redis memory", "maxmemory-policy \(policy) throws jobs away when it is full: set noeviction")
        } else if memory["maxmemory"] == "0" {
            report.add(.warning, "redis memory", "no limit: set maxmemory below the machine's")
        } else {
            report.add(.ok, "redis memory", "limit \(memory["maxmemory_human"] ?? "set"), noeviction")
        }
    }

    private func persistence(
        _ persistence: [String: String], _ redis: RedisClient, _ report: inout CheckReport
    ) async {
        if persistence["aof_enabled"] == "1" {
            let isWell = persistence["aof_last_write_status"] != "err"
            return report.add(
                isWell ? .ok : .unfit, "redis persistence",
                isWell ? "append-only file" : "the append-only file can't be written: see Redis's log")
        }
        let reply = try? await redis.send(["CONFIG", "GET", "save"])
        let hasSnapshots = reply.map { $0[1]?.string?.isEmpty == false }
        switch hasSnapshots {
        case true?:
            report.add(.warning, "redis persistence", "snapshots only: a crash loses minutes; set appendonly yes")
        case false?:
            report.add(.warning, "redis persistence", "none: a restart loses every job; set appendonly yes")
        case nil:
            report.add(
                .warning, "redis persistence", "no append-only file; CONFIG GET isn't allowed, so no more is known")
        }
    }

    private func clock(_ redis: RedisClient, _ report: inout CheckReport) async throws(RedisError) {
        let asked = redis.reactor.now
        let reply = try await redis.send(["TIME"])
        let roundTrip = asked.duration(to: redis.reactor.now)
        guard let seconds = reply[0]?.int, let microseconds = reply[1]?.int else { return }
        let difference = Double(seconds) + Double(microseconds) / 1e6 - Date().timeIntervalSince1970
        let isOff = abs(difference) > Self.clockTolerance
        let shown = "\(Int((difference * 1000).rounded())) ms"
        report.add(
            isOff ? .warning : .ok, "redis clock",
            isOff ? "\(shown) from this machine's: run NTP on both" : "\(shown) from this machine's")
        let isSlow = roundTrip > Self.slowRoundTrip
        let milliseconds = (roundTrip / .milliseconds(1) * 100).rounded() / 100
        report.add(
            isSlow ? .warning : .ok, "redis round trip",
            "\(milliseconds) ms\(isSlow ? ": put workers next to Redis" : "")")
    }
}
