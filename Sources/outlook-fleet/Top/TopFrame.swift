import FleetCore
import FleetStore
import Foundation

/// One picture of the fleet, as lines of a given width. Pure: what is shown comes from two statuses and a size.
struct TopFrame {
    let status: FleetStatus
    /// The one before: rates are what changed since.
    let previous: FleetStatus?
    /// Where this is: `outlook at redis://127.0.0.1:6379/0`.
    let place: String
    let width: Int
    let height: Int

    var lines: [String] {
        var lines = [title, ""] + summary
        let rest = max(9, height - lines.count)
        // Groups and workers are few; tenants get what is left.
        let groups = section(groupTable, height: min(6, rest / 4))
        let workers = section(workerTable, height: max(5, (rest - groups.count) / 3))
        let tenants = section(tenantTable, height: rest - groups.count - workers.count)
        lines += tenants.isEmpty ? ["", "no tenant runs or waits for anything"] : tenants
        lines += workers.isEmpty ? ["", "no worker is registered"] : workers
        lines += groups
        return lines.map { String($0.prefix(width)) }
    }

    private var title: String {
        let clock = status.now.formatted(.iso8601.time(includingFractionalSeconds: false)) + "Z"
        let left = FrameTable.fit("outlook-fleet · \(place)", max(10, width - clock.count - 2))
        return left + "  " + clock
    }

    private var summary: [String] {
        var jobs = "jobs     waiting \(count(status.waiting)) · running \(count(status.running))"
        jobs += " · parked \(count(status.parked)) · dead \(count(status.dead))"
        var flow = "flow     \(Figures.rate(status.jobsPerSecond)) jobs/s"
        flow += rate(\.results).map { " · \($0) results/s" } ?? ""
        flow += rate(\.changes).map { " · \($0) changes/s" } ?? ""
        flow += " · untaken \(count(status.untaken)) · behind \(count(status.behind))"
        var data = "data     connections \(count(status.connections)) · due \(count(status.due))"
        data += " · results \(shown(status.results.length)) · changes \(shown(status.changes.length))"
        var lines = [jobs, flow, data]
        if let budgets = status.budgets {
            let limits = budgets.limits
            lines.append(
                "budgets  app \(count(budgets.appUsed)) of \(limits.app) · tenant \(limits.tenant)"
                    + " · mailbox \(limits.mailbox), \(limits.mailboxConcurrency) at once")
        }
        if status.newer > 0 { lines.append("newer    \(count(status.newer)) waiting for a worker of a newer version") }
        if status.isSampled { lines.append("         (a long list was looked at in part)") }
        return lines
    }

    private var tenantTable: FrameTable {
        var table = FrameTable("TENANT", "RUN", "READY", "PARKED", "BUDGET", "WAITS FOR", "UNTIL")
        for tenant in status.tenants {
            let (why, until) = status.waiting(tenant)
            let budget = status.budgets?.tenants[tenant.tenant].map { "\($0.used) of \($0.limit)" }
            table.add(
                tenant.tenant.rawValue, count(tenant.running), count(tenant.ready), count(tenant.parked), budget ?? "",
                why, until)
        }
        return table
    }

    private var workerTable: FrameTable {
        var table = FrameTable("WORKER", "JOBS", "SLOTS", "JOBS/S", "UP", "VERSION", "LEASE")
        for worker in status.workers {
            let report = worker.report
            table.add(
                worker.name, count(worker.leases), report.map { count($0.slots) } ?? "",
                report.map { Figures.rate($0.jobsPerSecond) } ?? "",
                report.map { Figures.length(status.now.timeIntervalSince($0.startedAt)) } ?? "", report?.version ?? "",
                worker.leaseEnd(at: status.now))
        }
        return table
    }

    private var groupTable: FrameTable {
        var table = FrameTable("GROUP", "STREAM", "CONSUMERS", "PENDING", "BEHIND", "ASKED")
        for (name, stream) in [("results", status.results), ("changes", status.changes)] {
            for group in stream.groups {
                table.add(
                    group.name, name, count(group.consumers), count(group.pending), Figures.length(group.behind),
                    group.idle.map { Figures.length($0) + " ago" } ?? "never")
            }
        }
        return table
    }

    private func section(_ table: FrameTable, height: Int) -> [String] {
        let lines = table.lines(width: width, height: height - 1)
        return lines.isEmpty ? [] : [""] + lines
    }

    private func count(_ number: Int) -> String { Figures.count(number) }

    private func shown(_ length: Int?) -> String { length.map(Figures.count) ?? "another type!" }

    /// Entries that a stream got in a second since the frame before.
    private func rate(_ stream: KeyPath<FleetStatus, StreamStatus>) -> String? {
        guard let previous else { return nil }
        let seconds = status.now.timeIntervalSince(previous.now)
        let entries = status[keyPath: stream].added - previous[keyPath: stream].added
        return seconds > 0 && entries >= 0 ? Figures.rate(Double(entries) / seconds) : nil
    }
}
