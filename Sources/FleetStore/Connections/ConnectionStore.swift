package import FleetCore
import Redis

/// Connections as they are stored; written by runs only (`RunCommit`).
package struct ConnectionStore: Sendable {
    let store: Store

    /// The connections in `store`.
    package init(_ store: Store) { self.store = store }

    /// One connection; nil if the resource isn't connected. One command.
    package func load(_ id: ConnectionID) async throws(StoreError) -> Connection? {
        let reply = try await store.send(
            ["HGET", RedisValue(store.keys.connections), RedisValue(id.description)], "load a connection")
        return try reply.bytes.map { bytes throws(StoreError) in try StoredConnection(bytes: bytes).decoded() }
    }

    /// Calls `visit` with the connections of a tenant, or with all, in no order, in steps of about `step`. Those that
    /// change meanwhile may come twice or not at all; records that can't be read come as their id alone.
    ///
    /// Goes through all connections of the fleet either way: for operators, not for requests.
    package func forEach(
        tenant: TenantID? = nil, step: Int = 500,
        _ visit: ([(id: ConnectionID, connection: Connection?)]) async throws(StoreError) -> Void
    ) async throws(StoreError) {
        var cursor = "0"
        repeat {
            let page = try await page(after: cursor, tenant: tenant, step: step)
            if !page.connections.isEmpty { try await visit(page.connections) }
            cursor = page.next
        } while cursor != "0"
    }

    /// One step of ``forEach(tenant:step:_:)``: the connections after `cursor` (`0`: from the beginning) and where to
    /// go on; `0` again: that was all.
    package func page(
        after cursor: String, tenant: TenantID? = nil, step: Int = 500
    ) async throws(StoreError) -> (connections: [(id: ConnectionID, connection: Connection?)], next: String) {
        var command: RedisCommand = [
            "HSCAN", RedisValue(store.keys.connections), .string(cursor), "COUNT", .integer(step),
        ]
        // A tenant's id holds no character that a pattern would read.
        if let tenant { command.arguments += ["MATCH", .string("\(tenant.rawValue):*")] }
        let reply = try await store.send(command, "list connections")
        let found = (reply[1]?.pairs ?? []).compactMap { key, value -> (id: ConnectionID, connection: Connection?)? in
            guard let id = key.string.flatMap({ ConnectionID($0) }), let bytes = value.bytes else { return nil }
            return (id, try? StoredConnection(bytes: bytes).decoded())
        }
        return (found, reply[0]?.string ?? "0")
    }

    /// The resources of a tenant that a calendar id means, at most `limit`. `primary` means those connected with it.
    package func resources(
        of calendar: CalendarID, tenant: TenantID, limit: Int = 2
    ) async throws(StoreError) -> [ResourceID] {
        let beginning = calendar.rawValue + " "
        let reply = try await store.send(
            [
                "ZRANGEBYLEX", RedisValue(store.keys.calendars(tenant)), .string("[" + beginning),
                .string("(" + calendar.rawValue + "!"), "LIMIT", 0, .integer(limit),
            ], "look up a calendar")
        return (reply.array ?? []).compactMap { member in
            member.string.map { ResourceID(String($0.dropFirst(beginning.count))) }
        }
    }
}
