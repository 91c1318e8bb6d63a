import FleetCore
import FleetStore
import Foundation

/// Reads what the dashboard shows. Each read is bounded, whatever the fleet's size.
struct DashboardReader: Sendable {
    /// Rows shown of connections, and rows looked at to find those in trouble.
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
            pushed: status.ingress.values.reduce(0) { $0 + ($1 ?? 0) } + status.reading,
            waiting: status.ready + status.behind, running: status.running, parked: status.parked, dead: status.dead,
            connections: status.connections)
        frame.workers = status.workers.map { .init(name: $0.name, running: $0.leases, deadline: $0.deadline) }
        frame.tenants = try await tenants(status.tenants)
        frame.tenantsTotal = frame.tenants.count
        frame.connections = try await connections()
        frame.letters = try await letters()
        frame.changes = try await changes()
        return frame
    }

    // MARK: Lists

    private func tenants(_ loads: [TenantLoad]) async throws(StoreError) -> [DashboardFrame.Tenant] {
        let settings = try await TenantControl(store).settings(of: loads.map(\.tenant))
        return zip(loads, settings).map { load, setting in
            let state = setting.hold.map { $0 == .paused ? "paused" : "throttled" } ?? "active"
            let used = setting.limit.count > 0 ? Double(setting.used) / Double(setting.limit.count) : nil
            return DashboardFrame.Tenant(
                id: load.tenant.rawValue, state: state, waiting: load.ready + load.parked, running: load.running,
                until: setting.hold == nil ? load.nextDue : setting.until,
                reason: setting.hold == .paused
                    ? "its pause"
                    : setting.hold == .budget ? "its budget" : load.reason.map { words($0) }, budgetUsed: used)
        }
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

    private func connections() async throws(StoreError) -> [(id: ConnectionID, connection: Connection?)] {
        var found: [(id: ConnectionID, connection: Connection?)] = []
        var cursor = "0"
        repeat {
            let step = try await ConnectionStore(store).page(after: cursor)
            found += step.connections
            cursor = step.next
        } while cursor != "0" && found.count < Self.connectionsRead
        let sorted = found.sorted { left, right in
            (Self.rank(left.connection), left.id.description) < (Self.rank(right.connection), right.id.description)
        }
        return Array(sorted.prefix(Self.connectionsShown))
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
                at: entry.at, type: entry.fields["type"] ?? "",
                connection: "\(entry.fields["tenant_id"] ?? "")/\(entry.fields["resource_id"] ?? "")",
                title: data?["title"]?.stringValue ?? "")
        }
    }
}
