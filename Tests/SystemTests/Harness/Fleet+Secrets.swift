import Foundation
import Synchronization
import Testing

// MARK: - No secret anywhere

extension Fleet {
    /// Looks for every secret of this fleet in all values and names in Redis, and in the logs of all its workers.
    func expectNoSecretAnywhere(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let secrets = state.withLock { $0.secrets } + [Fleet.clientSecret]
        let dump = try wholeRedis()
        let logs = workers.map { $0.log.joined(separator: "\n") }.joined(separator: "\n")
        for secret in secrets where !secret.isEmpty {
            let needle = Data(secret.utf8)
            for (key, bytes) in dump where bytes.firstRange(of: needle) != nil {
                Issue.record("a secret stands in Redis, under \(key)", sourceLocation: sourceLocation)
            }
            #expect(!logs.contains(secret), "a secret stands in a log", sourceLocation: sourceLocation)
        }
    }

    /// Every key with all bytes that it holds.
    func wholeRedis() throws -> [(key: String, bytes: Data)] {
        let keys = try probe.call("KEYS", "*").strings
        return try keys.map { key in
            var bytes = Data(key.utf8)
            collect(try read(key), into: &bytes)
            return (key, bytes)
        }
    }

    private func read(_ key: String) throws -> Reply {
        switch try probe.call("TYPE", key).string {
        case "string": try probe.call("GET", key)
        case "list": try probe.call("LRANGE", key, "0", "-1")
        case "set": try probe.call("SMEMBERS", key)
        case "zset": try probe.call("ZRANGE", key, "0", "-1")
        case "hash": try probe.call("HGETALL", key)
        case "stream": try probe.call("XRANGE", key, "-", "+")
        default: .null
        }
    }

    private func collect(_ reply: Reply, into bytes: inout Data) {
        switch reply {
        case .bulk(let more):
            bytes.append(0)
            bytes.append(contentsOf: more)
        case .status(let text): bytes.append(contentsOf: text.utf8)
        case .array(let replies): for reply in replies { collect(reply, into: &bytes) }
        default: break
        }
    }
}
