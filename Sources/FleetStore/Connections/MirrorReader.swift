package import FleetCore
import Redis

/// The synchronised events of a connection, as consumers see them, and the private notes beside them.
package struct MirrorReader: Sendable {
    /// Which of a connection's hashes.
    package enum Part: Sendable, Equatable {
        /// `outlook:events:*`: event id to JSON.
        case events
        /// Private: event id to note.
        case companions
        /// The mirror in the making.
        case freshEvents
    }

    let store: Store

    /// The mirrors in `store`.
    package init(_ store: Store) { self.store = store }

    /// Number of entries.
    package func count(_ connection: ConnectionID, _ part: Part = .events) async throws(StoreError) -> Int {
        try await store.send(["HLEN", key(connection, part)], "count events").int ?? 0
    }

    /// One entry.
    package func value(
        _ connection: ConnectionID, _ event: EventID, _ part: Part = .events
    ) async throws(StoreError) -> String? {
        try await store.send(["HGET", key(connection, part), RedisValue(event.rawValue)], "read an event").string
    }

    /// These entries, nil for those that aren't there, in order. In commands of 500.
    package func values(
        _ connection: ConnectionID, _ events: [EventID], _ part: Part = .events
    ) async throws(StoreError) -> [String?] {
        var values: [String?] = []
        values.reserveCapacity(events.count)
        var rest = events[...]
        while !rest.isEmpty {
            let piece = rest.prefix(500)
            rest = rest.dropFirst(500)
            let command = RedisCommand(["HMGET", key(connection, part)] + piece.map { .string($0.rawValue) })
            let reply = try await store.send(command, "read events")
            values += (reply.array ?? []).map(\.string)
        }
        return values
    }

    /// Everything at once; of up to some thousands. Use `forEach` where it may be more.
    package func all(
        _ connection: ConnectionID, _ part: Part = .events
    ) async throws(StoreError) -> [EventID: String] {
        var found: [EventID: String] = [:]
        try await forEach(connection, part) { (piece) throws(StoreError) in
            for (id, value) in piece { found[id] = value }
        }
        return found
    }

    /// Calls `visit` with all entries in pieces of about `step`, in no order. An entry that stays as it is comes at
    /// least once; one that is written or deleted meanwhile may come or not.
    package func forEach(
        _ connection: ConnectionID, _ part: Part = .events, step: Int = 500,
        _ visit: ([(id: EventID, value: String)]) async throws(StoreError) -> Void
    ) async throws(StoreError) {
        let key = key(connection, part)
        var cursor = "0"
        repeat {
            let reply = try await store.send(["HSCAN", key, .string(cursor), "COUNT", .integer(step)], "read events")
            cursor = reply[0]?.string ?? "0"
            let piece = (reply[1]?.pairs ?? []).compactMap { key, value -> (id: EventID, value: String)? in
                guard let id = key.string, let value = value.string else { return nil }
                return (EventID(id), value)
            }
            if !piece.isEmpty { try await visit(piece) }
        } while cursor != "0"
    }

    private func key(_ connection: ConnectionID, _ part: Part) -> RedisValue {
        switch part {
        case .events: .string(store.keys.events(connection))
        case .companions: .string(store.keys.companions(connection))
        case .freshEvents: .string(store.keys.freshEvents(connection))
        }
    }
}
