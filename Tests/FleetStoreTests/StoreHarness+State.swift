import FleetCore
import FleetStore
import Foundation
import Redis
import Testing

// Whole states: every key of the namespace as lines of text, so that a test shows what a call changed and what it left
// alone.
//
//     due zset: lnacme:room-1=T           a time (or a fence, which is one) reads T
//     head hash: acme:room-1=[sync a 0/0/0 -]     kind, id, attempts/crashes/deferrals, why it waits
extension StoreHarness {
    /// All keys but those named by their beginning. Sorted; a list keeps its order.
    func state(without skipped: [String] = ["c:", "id:", "iddays", "intake", "fence", "owners"]) async throws
        -> [String]
    {
        let reply = try await redis.send(["KEYS", .string(keys.prefix + "*")])
        var lines: [String] = []
        for key in (reply.array ?? []).compactMap(\.string) {
            let name = String(key.dropFirst(keys.prefix.count))
            guard !skipped.contains(where: { name.hasPrefix($0) }) else { continue }
            lines.append("\(name) \(try await content(RedisValue(key)))")
        }
        return lines.sorted()
    }

    private func content(_ key: RedisValue) async throws -> String {
        let type = try await redis.send(["TYPE", key]).string ?? ""
        switch type {
        case "string": return "string: \(Self.plain(try await redis.send(["GET", key])))"
        case "list":
            let items = try await redis.send(["LRANGE", key, 0, -1]).array ?? []
            return "list: \(items.map(Self.plain).joined(separator: " "))"
        case "set":
            let items = try await redis.send(["SMEMBERS", key]).array ?? []
            return "set: \(items.map(Self.plain).sorted().joined(separator: " "))"
        case "hash":
            let pairs = try await redis.send(["HGETALL", key]).pairs ?? []
            return
                "hash: \(pairs.map { "\(Self.plain($0.key))=\(Self.plain($0.value))" }.sorted().joined(separator: " "))"
        case "zset":
            let pairs = try await redis.send(["ZRANGE", key, 0, -1, "WITHSCORES"]).pairs ?? []
            return "zset: \(pairs.map { "\(Self.plain($0.key))=\(Self.plain($0.value))" }.joined(separator: " "))"
        case "stream":
            let entries = try await stream(String(decoding: keyBytes(key), as: UTF8.self))
            let texts = entries.map { $0["type"] ?? Self.deadText($0) }
            return "stream: \(texts.joined(separator: " "))"
        default: throw Unexpected("a key of type \(type)")
        }
    }

    private func keyBytes(_ key: RedisValue) -> [UInt8] {
        if case .string(let text) = key { Array(text.utf8) } else { [] }
    }

    private static func deadText(_ fields: [String: String]) -> String {
        "\(fields["s"] ?? "?")(\(fields["t"] ?? "?"))"
    }

    private static func plain(_ reply: RedisReply) -> String {
        guard let bytes = reply.bytes else { return "?" }
        if let record = JobRecord(encoded: bytes) {
            let reason = Character(Unicode.Scalar(bytes[5]))
            let counts = "\(record.attempts)/\(record.crashes)/\(record.deferrals)"
            let kind = record.origin == .timer ? "timer" : record.kind.rawValue
            return "[\(kind) \(record.id) \(counts) \(reason)]".idsHidden
        }
        let text = String(decoding: bytes, as: UTF8.self).replacing("\n", with: "/")
        // Times and fences: 13 digits, and not part of a longer number.
        return text.idsHidden
    }

    /// Expects exactly these keys with these contents.
    func expectState(
        _ expected: [String], without skipped: [String] = ["c:", "id:", "iddays", "intake", "fence", "owners"],
        _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await state(without: skipped)
        #expect(found == expected.sorted(), comment, sourceLocation: sourceLocation)
    }
}

extension String {
    /// With times, fences and the numbers in our own ids hidden.
    var idsHidden: String { replacing(#/1[0-9]{12}(?![0-9])/#, with: "T") }
}
