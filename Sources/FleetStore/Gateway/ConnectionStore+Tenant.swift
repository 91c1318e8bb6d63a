package import FleetCore
import Redis

extension ConnectionStore {
    /// A record that a newer fleet wrote, or a damaged one, has no connection.
    package typealias Found = (id: ConnectionID, connection: Connection?)

    /// Connections of one tenant in the order of their resources, after `resource` (nil: from the first), at most
    /// `limit`. Two round trips; the first reads the names of all of the tenant's connections, some 100 bytes each.
    package func page(
        of tenant: TenantID, after resource: ResourceID? = nil, limit: Int
    ) async throws(StoreError) -> (found: [Found], next: ResourceID?) {
        let sorted = try await resources(of: tenant).filter { id in resource.map { id > $0.rawValue } ?? true }.sorted()
        let piece = sorted.prefix(limit)
        guard let last = piece.last else { return ([], nil) }
        let ids = piece.map { ConnectionID(tenant: tenant, resource: ResourceID($0)) }
        let records = try await store.send(
            RedisCommand(["HMGET", RedisValue(store.keys.connections)] + ids.map { .string($0.description) }),
            "load connections")
        let found = zip(ids, records.array ?? []).compactMap { id, record -> Found? in
            guard let bytes = record.bytes else { return nil }
            return (id, try? StoredConnection(bytes: bytes).decoded())
        }
        return (found, sorted.count > piece.count ? ResourceID(last) : nil)
    }

    /// The tenant's resources that are connected, or that a connect waits for. One round trip.
    func resources(of tenant: TenantID) async throws(StoreError) -> Set<String> {
        let names = try await store.send(
            ["ZRANGE", RedisValue(store.keys.calendars(tenant)), 0, -1], "list a tenant's calendars")
        // A connection stands there under each of its calendar's names; so does a connect that waits.
        var resources: Set<String> = []
        for name in names.array ?? [] {
            guard let text = name.string, let space = text.firstIndex(of: " ") else { continue }
            resources.insert(String(text[text.index(after: space)...]))
        }
        return resources
    }
}
