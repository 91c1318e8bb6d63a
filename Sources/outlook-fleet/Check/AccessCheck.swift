import Foundation
import Redis

// What an ACL refuses shows first in the middle of a script, after writes that nothing takes back. So `check` tries
// every command that the scripts and the programs use, on a key of its own in the namespace that is dropped at the end.
// A test compares the list with the scripts.

/// Whether this user may do what a fleet does.
struct AccessCheck: Sendable {
    let namespace: String

    /// Each command once, in a form that does no harm on a key that isn't there; `KEY` stands for that key.
    static let probes: [[String]] = [
        ["EVAL", "return 1", "0"], ["EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "0"],
        ["SCRIPT", "LOAD", "return 1"], ["TIME"], ["INFO", "server"], ["SELECT", "DB"], ["CLIENT", "ID"],
        ["EXISTS", "KEY"], ["EXPIRE", "KEY", "60"], ["PEXPIRE", "KEY", "60000"], ["PEXPIREAT", "KEY", "1"],
        ["TYPE", "KEY"], ["RENAME", "KEY", "KEY"],
        ["SCAN", "0", "COUNT", "1"],
        ["GET", "KEY"], ["SET", "KEY", "1", "XX"], ["UNLINK", "KEY"],
        ["HSET", "KEY", "f", "1"], ["HDEL", "KEY", "f"], ["HSETNX", "KEY", "f", "1"], ["HINCRBY", "KEY", "f", "0"],
        ["HGET", "KEY", "f"], ["HMGET", "KEY", "f"], ["HLEN", "KEY"], ["HEXISTS", "KEY", "f"], ["HKEYS", "KEY"],
        ["HVALS", "KEY"], ["HGETALL", "KEY"], ["HSTRLEN", "KEY", "f"], ["HRANDFIELD", "KEY", "1"],
        ["HSCAN", "KEY", "0"],
        ["UNLINK", "KEY"],
        ["LPUSH", "KEY", "1"], ["RPUSH", "KEY", "1"], ["LLEN", "KEY"], ["LRANGE", "KEY", "0", "0"],
        ["LSET", "KEY", "0", "1"],
        ["LINDEX", "KEY", "0"], ["LREM", "KEY", "0", "9"], ["LTRIM", "KEY", "0", "1"], ["LPOS", "KEY", "9"],
        ["LMOVE", "KEY", "KEY", "LEFT", "RIGHT"], ["BLMOVE", "KEY", "KEY", "LEFT", "RIGHT", "0.01"], ["LPOP", "KEY"],
        ["RPOP", "KEY"], ["UNLINK", "KEY"],
        ["SADD", "KEY", "1"], ["SCARD", "KEY"], ["SMEMBERS", "KEY"], ["SISMEMBER", "KEY", "1"],
        ["SMISMEMBER", "KEY", "1"],
        ["SRANDMEMBER", "KEY"], ["SREM", "KEY", "1"], ["UNLINK", "KEY"],
        ["ZADD", "KEY", "1", "m"], ["ZCARD", "KEY"], ["ZSCORE", "KEY", "m"], ["ZMSCORE", "KEY", "m"],
        ["ZRANGE", "KEY", "0", "0"], ["ZRANGEBYSCORE", "KEY", "0", "1"], ["ZRANGEBYLEX", "KEY", "-", "+"],
        ["ZSCAN", "KEY", "0"], ["ZCOUNT", "KEY", "0", "1"], ["ZINCRBY", "KEY", "0", "m"], ["ZPOPMIN", "KEY"],
        ["ZREM", "KEY", "m"], ["ZREMRANGEBYSCORE", "KEY", "0", "1"], ["UNLINK", "KEY"],
        ["XADD", "KEY", "*", "f", "1"], ["XLEN", "KEY"], ["XRANGE", "KEY", "-", "+"], ["XREVRANGE", "KEY", "+", "-"],
        ["XREAD", "STREAMS", "KEY", "0"], ["XINFO", "STREAM", "KEY"], ["XTRIM", "KEY", "MAXLEN", "0"],
        ["XDEL", "KEY", "1-1"], ["XGROUP", "CREATE", "KEY", "g", "0"], ["XINFO", "GROUPS", "KEY"],
        ["XINFO", "CONSUMERS", "KEY", "g"], ["XPENDING", "KEY", "g"],
        ["XREADGROUP", "GROUP", "g", "c", "STREAMS", "KEY", ">"], ["XACK", "KEY", "g", "1-1"],
        ["XAUTOCLAIM", "KEY", "g", "c", "0", "0"], ["UNLINK", "KEY"],
    ]

    func run(_ redis: RedisClient) async throws(RedisError) -> CheckReport {
        var report = CheckReport()
        let key = "\(namespace):check:\(UInt64.random(in: .min ... .max))"
        let commands = Self.probes.map { words in
            RedisCommand(
                words.map { word in
                    switch word {
                    case "KEY": RedisValue(key)
                    case "DB": .integer(redis.configuration.url.database)
                    default: RedisValue(word)
                    }
                })
        }
        let replies = try await redis.sendAll(commands)
        let missing = zip(Self.probes, replies).compactMap { words, reply in
            reply.error?.kind == .noPermission ? Self.name(words) : nil
        }
        let names = Set(missing).sorted()
        if names.isEmpty {
            report.add(.ok, "redis rights", "all that a fleet needs")
        } else if Set(names) == ["info"] {
            report.add(.warning, "redis rights", "INFO is refused: what it tells isn't checked; give this user +info")
        } else if names.count > 20 {
            report.add(
                .unfit, "redis rights",
                "\(names.count) commands are refused, or the keys: "
                    + "give this user ~\(namespace):* and +@all -@dangerous +info"
            )
        } else {
            report.add(
                .unfit, "redis rights",
                "refused: \(names.joined(separator: " ")): give this user +\(names.joined(separator: " +"))")
        }
        return report
    }

    /// As an ACL spells it.
    private static func name(_ words: [String]) -> String {
        let first = words[0].lowercased()
        return ["script", "client", "xinfo", "xgroup"].contains(first) ? "\(first)|\(words[1].lowercased())" : first
    }
}
