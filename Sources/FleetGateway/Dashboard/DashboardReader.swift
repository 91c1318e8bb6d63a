import FleetCore
import FleetStore
import Foundation

/// Reads what the dashboard shows. Each read is bounded, whatever the fleet's size.
struct DashboardReader: Sendable {
    /// Rows shown of connections, and rows looked at to find those in trouble.
    static let tenantsShown = 60
    static let connectionsShown = 100
    static let connectionsRead = 2000
    static let lettersShown = 20
    static let changesShown = 25

    let store: Store

    /// One reading of the results stream: one round trip.
    func results() async throws(StoreError) -> RateMeter.Reading {
        let glance = try await store.glance(at: store.keys.results, newest: RateMeter.sampled)
        let newest = glance.newest.map { entry in
            let seen = entry.fields["enqueued_at"].flatMap { RFC3339.date($0) }
            let finished = entry.fields["finished_at"].flatMap { RFC3339.date($0) }
            return RateMeter.Ended(
                at: entry.at, failed: entry.fields["error"] != nil,
                milliseconds: seen.flatMap { seen in finished.map { $0.timeIntervalSince(seen) * 1000 } })
        }
        return RateMeter.Reading(entries: glance.added, newest: newest, now: glance.now)
    }

    /// Everything but the samples.
    func frame() async throws(StoreError) -> DashboardFrame {
        let status = try await store.status()
        var frame = DashboardFrame(at: status.now)
        frame.queue = DashboardFrame.Queue(
            lists: IngressList.allCases.map { (store.keys.ingress($0), (status.ingress[$0] ?? nil) ?? 0) }
                + (status.reading > 0 ? [("being read", status.reading)] : []),
            ready: status.ready, behind: status.behind, running: status.running, parked: status.parked,
            dead: status.dead, connections: status.connections)
        frame.streams = [(store.keys.results, status.results), (store.keys.changes, status.changes)].map {
            name, stream in
            .init(
                name: name, length: stream.length ?? 0,
                groups: stream.groups.map { .init(name: $0.name, pending: $0.pending, behind: $0.behind) })
        }
        frame.workers = status.workers.map { worker in
            .init(
                name: worker.name, version: worker.report?.version ?? "", running: worker.leases,
                slots: worker.report?.slots, jobsPerSecond: worker.report?.jobsPerSecond, deadline: worker.deadline)
        }
        let found = try await connections()
        frame.connections = Array(found.prefix(Self.connectionsShown))
        frame.reconnects = found.count { $0.connection?.state == .reconnectRequired }
        frame.failing = found.count { $0.connection?.state == .active && $0.connection?.lastError != nil }
        (frame.tenants, frame.tenantsTotal) = try await tenants(status.tenants, found)
        frame.letters = try await letters()
        frame.changes = try await changes()
        return frame
    }

    // MARK: Lists

    private typealias Found = (id: ConnectionID, connection: Connection?)

    /// Tenants with work or with a connection: those that need somebody first, then those that wait for longest.
    private func tenants(
        _ loads: [TenantLoad], _ found: [Found]
    ) async throws(StoreError) -> (shown: [DashboardFrame.Tenant], total: Int) {
        let connections = Dictionary(grouping: found) { $0.id.tenant }
        let loads = Dictionary(loads.map { ($0.tenant, $0) }) { first, _ in first }
        let all = Set(connections.keys).union(loads.keys).map { id -> (id: TenantID, row: DashboardFrame.Tenant) in
            var row = DashboardFrame.Tenant(id: id.rawValue, state: "active")
            let theirs = connections[id] ?? []
            row.connections = theirs.count
            row.reconnects = theirs.count { $0.connection?.state == .reconnectRequired }
            if let load = loads[id] {
                row.waiting = load.ready + load.parked
                row.running = load.running
                row.since = load.waitingSince
                row.until = load.heldUntil ?? load.nextDue
                row.reason = load.reason.map { words($0) }
            }
            return (id, row)
        }
        func rank(_ row: DashboardFrame.Tenant) -> (Int, Double, String) {
            let needsSomebody = row.reconnects > 0 || loads[TenantID(row.id)]?.heldUntil != nil
            return (needsSomebody ? 0 : 1, row.since?.timeIntervalSince1970 ?? .infinity, row.id)
        }
        let shown = all.sorted { rank($0.row) < rank($1.row) }.prefix(Self.tenantsShown)
        let settings = try await TenantControl(store).settings(of: shown.map(\.id))
        let rows = zip(shown, settings).map { pair, setting in
            var row = pair.row
            if let hold = setting.hold {
                row.state = hold == .paused ? "paused" : "throttled"
                row.reason = hold == .paused ? "its pause" : "its budget"
                row.until = setting.until
            }
            row.budgetUsed = setting.limit.count > 0 ? Double(setting.used) / Double(setting.limit.count) : nil
            return row
        }
        return (rows, all.count)
    }

    private func words(_ reason: WaitReason) -> String {
        switch reason {
        case .backoff: "another try"
        case .tenantBudget: "its budget"
        case .mailboxBudget: "a mailbox's budget"
        case .notBefore: "a time of its own"
        case .other: "a time"
        }
    }

    /// Those that need a person first.
    private func connections() async throws(StoreError) -> [Found] {
        var found: [Found] = []
        var cursor = "0"
        repeat {
            let step = try await ConnectionStore(store).page(after: cursor)
            found += step.connections
            cursor = step.next
        } while cursor != "0" && found.count < Self.connectionsRead
        return found.sorted { left, right in
            (Self.rank(left.connection), left.id.description) < (Self.rank(right.connection), right.id.description)
        }
    }

    /// Those that need a person come first.
    private static func rank(_ connection: Connection?) -> Int {
        guard let connection else { return 0 }
        if connection.state == .reconnectRequired { return 1 }
        return connection.lastError == nil ? 3 : 2
    }

    private func letters() async throws(StoreError) -> [DashboardFrame.Letter] {
        let list = try await DeadLetters(store).list(limit: Self.lettersShown, steps: 1)
        return list.letters.map { letter in
            let error = (try? StrictJSON.parse(letter.error))?.objectValue
            return DashboardFrame.Letter(
                entry: letter.entry, at: letter.at, tenant: letter.tenant?.rawValue ?? "",
                job: letter.jobID?.rawValue ?? "", kind: letter.job?.kind.rawValue ?? "rejected payload",
                code: error?["code"]?.stringValue ?? "", message: error?["message"]?.stringValue ?? "",
                canRetry: letter.job != nil)
        }
    }

    private func changes() async throws(StoreError) -> [DashboardFrame.ChangeLine] {
        try await store.glance(at: store.keys.changes, newest: Self.changesShown).newest.map { entry in
            let data = entry.fields["data"].flatMap { try? StrictJSON.parse($0) }?.objectValue
            return DashboardFrame.ChangeLine(
                entry: entry.id, at: entry.at, type: entry.fields["type"] ?? "",
                connection: "\(entry.fields["tenant_id"] ?? "")/\(entry.fields["resource_id"] ?? "")",
                title: data?["title"]?.stringValue ?? "")
        }
    }
}
