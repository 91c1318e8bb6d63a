import FleetCore
import Redis

// Sealing everything under the first key of the file, while workers run:
//
//   1. a new line on top of the keys file everywhere, workers restarted: from then on it seals, and all unseal
//   2. this: what rests under an older key is read, unsealed, sealed and put back, if it is still the same
//   3. the old line may go once this finds nothing more under it
//
//   cred:ID          the tokens of a credential        `.credential`
//   head, rest:LANE, later:LANE   connects that wait   `.job`
//   newer:VERSION    payloads that wait for a newer worker, sealed whole  `.newer`
//   dead             their dead letters: a stream's entries can't be changed, so these are counted. They go by age
//                    (30 days), or are discarded, or keep the old line in the file
//
// Steps are bounded and say where they stopped. Beginning anew costs a look at everything and changes nothing twice, so
// an interrupted rotation is simply run again. Payloads that no worker has taken in yet aren't looked at: what the
// gateway sealed into them needs its key until then.

/// Seals everything anew under the key that seals now.
package struct KeyRotation: Sendable {
    /// What was found and done.
    package struct Progress: Sendable, Equatable {
        /// Credentials sealed anew.
        package var credentials = 0
        /// Waiting jobs whose tokens were sealed anew.
        package var jobs = 0
        /// Dead letters under an older key.
        package var deadLetters = 0
        /// Secrets that no key of the file opens: they stay as they are.
        package var unreadable = 0

        /// Nothing yet.
        package init() {}

        /// Both together.
        package static func + (left: Progress, right: Progress) -> Progress {
            var sum = left
            sum.credentials += right.credentials
            sum.jobs += right.jobs
            sum.deadLetters += right.deadLetters
            sum.unreadable += right.unreadable
            return sum
        }
    }

    /// Where a rotation stands.
    package struct Position: Sendable, Equatable {
        enum Part: Sendable, CaseIterable { case credentials, heads, lines, dead }

        var part = Part.credentials
        var cursor = "0"

        /// At the beginning.
        package init() {}

        /// The next part; nil after the last.
        fileprivate func next() -> Position? {
            guard let index = Part.allCases.firstIndex(of: part), index + 1 < Part.allCases.count else { return nil }
            var position = Position()
            position.part = Part.allCases[index + 1]
            if position.part == .dead { position.cursor = "-" }
            return position
        }
    }

    private static let piece = 200

    let store: Store
    let sealer: Sealer

    /// A rotation in `store` to the first of the sealer's keys.
    package init(_ store: Store, sealer: Sealer) {
        self.store = store
        self.sealer = sealer
    }

    /// Runs from the beginning to the end; `visit` hears of each step.
    package func run(_ visit: (Progress) -> Void = { _ in }) async throws(StoreError) -> Progress {
        var total = Progress()
        var position: Position? = Position()
        while let current = position {
            let (progress, next) = try await step(from: current)
            total = total + progress
            visit(total)
            position = next
        }
        return total
    }

    /// One step: about 200 keys or entries. Returns where to go on; nil: all was seen.
    package func step(from position: Position) async throws(StoreError) -> (Progress, Position?) {
        var progress = Progress()
        var next = position
        switch position.part {
        case .credentials:
            let keys = try await scan(&next, "cred:*")
            for key in keys { try await credential(key, &progress) }
        case .heads:
            let command: RedisCommand = [
                "HSCAN", RedisValue(store.keys.prefix + "head"), .string(position.cursor), "COUNT",
                .integer(Self.piece),
            ]
            let reply = try await store.send(command, "look for sealed jobs")
            next.cursor = reply[0]?.string ?? "0"
            for (field, value) in reply[1]?.pairs ?? [] {
                guard let lane = field.string, let bytes = value.bytes else { continue }
                try await job(bytes, store.keys.prefix + "head", field: lane, lane: lane, &progress)
            }
        case .lines:
            for key in try await scan(&next, "*") { try await line(key, &progress) }
        case .dead: return try await dead(position)
        }
        return (progress, next.cursor == "0" ? next.next() : next)
    }

    private func scan(_ position: inout Position, _ pattern: String) async throws(StoreError) -> [String] {
        let command: RedisCommand = [
            "SCAN", .string(position.cursor), "MATCH", .string(Self.escaped(store.keys.prefix) + pattern), "COUNT",
            .integer(Self.piece),
        ]
        let reply = try await store.send(command, "look for sealed secrets")
        position.cursor = reply[0]?.string ?? "0"
        return (reply[1]?.array ?? []).compactMap(\.string)
    }

    /// A namespace as a pattern reads it.
    private static func escaped(_ prefix: String) -> String {
        prefix.reduce(into: "") { text, character in
            if "*?[]\\^".contains(character) { text.append("\\") }
            text.append(character)
        }
    }

    // MARK: - One secret

    private func credential(_ key: String, _ progress: inout Progress) async throws(StoreError) {
        let id = String(key.dropFirst((store.keys.prefix + "cred:").count))
        let reply = try await store.send(["HGET", .string(key), "sealed"], "read a credential")
        guard let sealed = reply.string, !sealed.isEmpty else { return }
        guard let fresh = anew(sealed, .credential, id: id, &progress) else { return }
        if try await put(.string(fresh), inPlaceOf: .string(sealed), key, "sealed") { progress.credentials += 1 }
    }

    private func line(_ key: String, _ progress: inout Progress) async throws(StoreError) {
        let name = key.dropFirst(store.keys.prefix.count)
        if name.hasPrefix("rest:") {
            let lane = String(name.dropFirst("rest:".count))
            let records = try await store.send(["LRANGE", .string(key), 0, -1], "look for sealed jobs")
            for record in records.array ?? [] {
                if let bytes = record.bytes { try await job(bytes, key, field: "", lane: lane, &progress) }
            }
        } else if name.hasPrefix("later:") {
            let lane = String(name.dropFirst("later:".count))
            let records = try await store.send(["HGETALL", .string(key)], "look for sealed jobs")
            for (field, value) in records.pairs ?? [] {
                guard let field = field.string, let bytes = value.bytes else { continue }
                try await job(bytes, key, field: field, lane: lane, &progress)
            }
        } else if name.hasPrefix("newer:") {
            let payloads = try await store.send(["LRANGE", .string(key), 0, -1], "look for sealed payloads")
            for payload in payloads.array ?? [] {
                if let bytes = payload.bytes { try await putAside(bytes, key, &progress) }
            }
        }
    }

    private func putAside(_ bytes: [UInt8], _ key: String, _ progress: inout Progress) async throws(StoreError) {
        guard let aside = PutAside(encoded: bytes) else { return }
        let fresh: PutAside?
        do { fresh = try aside.sealedAnew(sealer) } catch {
            progress.unreadable += 1
            return
        }
        guard let fresh else { return }
        if try await put(.bytes(fresh.encoded), inPlaceOf: .bytes(bytes), key, "") { progress.jobs += 1 }
    }

    private func job(
        _ bytes: [UInt8], _ key: String, field: String, lane: String, _ progress: inout Progress
    ) async throws(StoreError) {
        guard var record = JobRecord(encoded: bytes), let sealed = record.sealedTokens,
            let fresh = anew(sealed, .job, id: lane, &progress)
        else { return }
        record.sealedTokens = fresh
        // Why it waits stands in a column that only scripts write.
        var encoded = record.encoded()
        encoded[JobRecord.Column.reason] = bytes[JobRecord.Column.reason]
        if try await put(.bytes(encoded), inPlaceOf: .bytes(bytes), key, field) { progress.jobs += 1 }
    }

    private func dead(_ position: Position) async throws(StoreError) -> (Progress, Position?) {
        var progress = Progress()
        let reply = try await store.send(
            ["XRANGE", RedisValue(store.keys.dead), .string(position.cursor), "+", "COUNT", .integer(Self.piece)],
            "look for sealed dead letters")
        let entries = reply.array ?? []
        for entry in entries {
            // Of rejected payloads (R) nothing secret is kept.
            guard let fields = entry[1]?.array, fields.count >= 6, fields[1].string != "R",
                let sealed = fields[5].bytes.flatMap({ JobRecord(encoded: $0) })?.sealedTokens
            else { continue }
            if sealer.isOutdated(sealed) { progress.deadLetters += 1 }
        }
        guard entries.count == Self.piece, let last = entries.last?[0]?.string else { return (progress, nil) }
        var next = position
        next.cursor = "(" + last
        return (progress, next)
    }

    /// Sealed under the key that seals now; nil if it is, or if it doesn't open.
    private func anew(
        _ sealed: String, _ purpose: Sealer.Purpose, id: String, _ progress: inout Progress
    ) -> String? {
        guard sealer.isOutdated(sealed) else { return nil }
        guard let secret = try? sealer.open(sealed, purpose, id: id) else {
            progress.unreadable += 1
            return nil
        }
        return sealer.seal(secret, purpose, id: id)
    }

    private func put(
        _ fresh: RedisValue, inPlaceOf old: RedisValue, _ key: String, _ field: String
    ) async throws(StoreError) -> Bool {
        try await store.call(.reseal, .these([key])) { _ in [.string(field), old, fresh] }.string == "1"
    }
}
