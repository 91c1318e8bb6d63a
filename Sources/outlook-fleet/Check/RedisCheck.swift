import Foundation
import Reactor
import Redis

/// Whether a Redis is fit to hold the fleet's state. A right that is missing costs an item, not the check.
struct RedisCheck: Sendable {
    /// Older ones lack commands that the scripts use.
    static let oldestVersion = [7, 0]
    /// Leases and times go by Redis's clock, tokens and windows by ours.
    static let clockTolerance = 2.0
    /// Round trip above which a fleet is slow whatever it does.
    static let slowRoundTrip = Duration.milliseconds(50)
    /// Per cent of the memory, from which on somebody should look: a backlog of an hour must still fit.
    static let fullShare = 80

    let namespace: String

    func run(_ redis: RedisClient) async throws(RedisError) -> CheckReport {
        var report = CheckReport()
        report.add(try await AccessCheck(namespace: namespace).run(redis))
        do throws(RedisError) {
            let server = try await Self.info("server", redis)
            version(server, &report)
            cluster(server, &report)
            role(try await Self.info("replication", redis), &report)
            let memory = try await Self.info("memory", redis)
            policy(memory, &report)
            headRoom(memory, &report)
            let saved = try await Self.info("persistence", redis)
            await persistence(saved, redis, &report)
            if saved["aof_enabled"] == "1" { await replay(server, redis, &report) }
        } catch  where error.kind == .noPermission {
            report.add(.warning, "redis info", "refused: version, memory and persistence aren't checked")
        }
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

    private func policy(_ memory: [String: String], _ report: inout CheckReport) {
        let policy = memory["maxmemory_policy"] ?? "unknown"
        if policy != "noeviction" {
            report.add(
                .unfit, "redis eviction",
                "maxmemory-policy \(policy) throws jobs away when memory is full: set noeviction")
        } else {
            report.add(
                .ok, "redis eviction", "noeviction: when memory is full, producers are refused and nothing is lost")
        }
    }

    /// Of the limit, or of the machine where there is none.
    private func headRoom(_ memory: [String: String], _ report: inout CheckReport) {
        guard let used = memory["used_memory"].flatMap({ Double($0) }) else { return }
        let limit = memory["maxmemory"].flatMap { Double($0) } ?? 0
        let machine = memory["total_system_memory"].flatMap { Double($0) } ?? 0
        let whole = limit > 0 ? limit : machine
        guard whole > 0 else { return report.add(.warning, "redis memory", "INFO doesn't tell how much there is") }
        let share = Int((used / whole * 100).rounded())
        let text = "\(Self.megabytes(used)) of \(Self.megabytes(whole)) used (\(share) %)"
        if share >= Self.fullShare {
            report.add(
                .warning, "redis memory",
                "\(text): raise maxmemory, or keep less with --results-maxlen and --changes-maxlen")
        } else if limit == 0 {
            report.add(.warning, "redis memory", "\(text), no limit: set maxmemory below the machine's")
        } else {
            report.add(.ok, "redis memory", text)
        }
    }

    private static func megabytes(_ bytes: Double) -> String {
        let megabytes = bytes / 1_048_576
        return megabytes < 10 ? "\((megabytes * 10).rounded() / 10) MiB" : "\(Figures.count(Int(megabytes))) MiB"
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

    /// Redis 7.0 replays the append-only file as the user `default`, and where that one may not run a command of a
    /// transaction or a script, what it wrote is gone after a restart without a word.
    private func replay(_ server: [String: String], _ redis: RedisClient, _ report: inout CheckReport) async {
        guard let version = server["redis_version"], version.hasPrefix("7.0.") else { return }
        // Most users of a fleet may not look, and shouldn't.
        guard let reply = try? await redis.send(["ACL", "GETUSER", "default"]), let pairs = reply.pairs else { return }
        let rights = Dictionary(pairs.map { ($0.key.string ?? "", $0.value.string ?? "") }) { $1 }
        guard let commands = rights["commands"], let keys = rights["keys"] else { return }
        if commands == "+@all", keys == "~*" {
            report.add(
                .ok, "redis replay", "the user default, as whom Redis 7.0 reads its append-only file, may do all")
        } else {
            report.add(
                .unfit, "redis replay",
                "Redis 7.0 reads its append-only file as the user default, whose rights are \(commands) \(keys): "
                    + "after a restart jobs are missing; set `user default off resetpass ~* &* +@all`")
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
