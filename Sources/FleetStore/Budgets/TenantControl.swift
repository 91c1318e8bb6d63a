package import FleetCore
package import Foundation
import Redis

/// What an operator may do about a tenant while the fleet runs.
package struct TenantControl: Sendable {
    let store: Store

    /// The tenants in `store`.
    package init(_ store: Store) { self.store = store }

    /// Claims no job of the tenant until `end`, or for good; those that run stop at their next call to Graph. Payloads
    /// are taken in and wait in their order.
    ///
    /// - Returns: false if `end` is over by Redis's clock: nothing was changed.
    package func pause(_ tenant: TenantID, until end: Date?) async throws(StoreError) -> Bool {
        let reply = try await store.call(.pauseTenant, .these(store.keys.tenantControl)) { _ in
            [.string(tenant.rawValue), end.map { .integer($0.milliseconds) } ?? ""]
        }
        guard let answer = reply.array else { throw store.unexpected(.pauseTenant) }
        return !answer.isEmpty
    }

    /// Ends a pause.
    ///
    /// - Returns: whether the tenant was paused.
    package func resume(_ tenant: TenantID) async throws(StoreError) -> Bool {
        try await store.call(.resumeTenant, .these(store.keys.tenantControl)) { _ in [.string(tenant.rawValue)] }
            .string == "1"
    }

    /// Gives the tenant a limit of its own, nil: the fleet's again. It holds from the next call to Graph on.
    package func limit(_ tenant: TenantID, _ rate: CallRate?) async throws(StoreError) {
        _ = try await store.call(.limitTenant, .these(store.keys.tenantControl)) { _ in
            [.string(tenant.rawValue)]
                + (rate.map { [.integer($0.count), .integer($0.window.milliseconds)] } ?? ["-", "-"])
        }
    }
}

/// A tenant as an operator sees it.
package struct TenantStatus: Sendable, Equatable {
    /// Why its jobs don't run.
    package enum Hold: String, Sendable {
        /// An operator paused it.
        case paused
        /// Its budget is used up.
        case budget
    }

    /// Who.
    package let tenant: TenantID
    /// Why its jobs don't run; nil: they do.
    package let hold: Hold?
    /// When that ends; nil with a pause for good.
    package let until: Date?
    /// Connections that it has.
    package let connections: Int
    /// Jobs that wait: for their turn or for a time.
    package let waiting: Int
    /// Jobs that run.
    package let running: Int
    /// Units of its budget in the last window.
    package let used: Int
    /// Its budget.
    package let limit: CallRate
    /// Whether that is its own and not the fleet's.
    package let hasOwnLimit: Bool
}

extension TenantControl {
    /// Every tenant that has a connection, a job or a setting, by name. Walks over all lanes in steps that Redis
    /// doesn't feel: for people, not for loops.
    package func list() async throws(StoreError) -> [TenantStatus] {
        let keys = store.keys
        let heads = try await count(keys.prefix + "head", summing: false)
        let behind = try await count(keys.prefix + "more", summing: true)
        let connections = try await count(keys.connections, summing: false)
        var running: [TenantID: Int] = [:]
        for owner in try await owners() {
            running.merge(try await count(keys.prefix + "w:" + owner, summing: false), uniquingKeysWith: +)
        }
        let set = try await store.send(["HKEYS", .string(keys.prefix + "tenants")], "list tenants")
        let named = (set.array ?? []).compactMap(\.string).map { TenantID($0) }
        let all = Set(heads.keys).union(connections.keys).union(named).sorted { $0.rawValue < $1.rawValue }
        var report: [TenantStatus] = []
        for start in stride(from: 0, to: all.count, by: 500) {
            let part = Array(all[start..<min(start + 500, all.count)])
            let settings = try await self.settings(of: part)
            for (tenant, setting) in zip(part, settings) {
                let lanes = heads[tenant] ?? 0
                let active = running[tenant] ?? 0
                report.append(
                    TenantStatus(
                        tenant: tenant, hold: setting.hold, until: setting.until,
                        connections: connections[tenant] ?? 0,
                        waiting: max(0, lanes + (behind[tenant] ?? 0) - active), running: active, used: setting.used,
                        limit: setting.limit, hasOwnLimit: setting.hasOwnLimit))
            }
        }
        return report
    }

    private func owners() async throws(StoreError) -> [String] {
        let reply = try await store.send(["ZRANGE", .string(store.keys.prefix + "owners"), 0, -1], "list tenants")
        return (reply.array ?? []).compactMap(\.string)
    }

    private func count(_ key: String, summing: Bool) async throws(StoreError) -> [TenantID: Int] {
        var counts: [TenantID: Int] = [:]
        var cursor = "0"
        repeat {
            let reply = try await store.call(.countTenants, .these([key])) { _ in
                [.string(cursor), summing ? "1" : "0"]
            }
            guard let parts = reply.array, let next = parts.first?.string else { throw store.unexpected(.countTenants) }
            for index in stride(from: 1, to: parts.count - 1, by: 2) {
                guard let name = parts[index].string, let number = parts[index + 1].int else { continue }
                counts[TenantID(name), default: 0] += number
            }
            cursor = next
        } while cursor != "0"
        return counts
    }
}
