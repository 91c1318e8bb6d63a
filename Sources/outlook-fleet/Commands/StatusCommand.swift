import ArgumentParser
import FleetCore
import FleetStore
import Foundation

/// `status`: the fleet at one moment.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what waits, what runs, and who runs it.",
        discussion: """
            Numbers of one moment, by Redis's clock; beyond 1,000 long lines the jobs behind are estimated. Of tenants \
            and workers the first hundreds are told.
            """)

    @OptionGroup var json: JSONFlag
    @OptionGroup var shared: SharedFlags

    func run() async throws {
        var reader = SettingsReader()
        let asJSON = json.read(&reader)
        let shared = shared.read(&reader)
        try reader.finish()
        let status = try await Wiring.withStore(shared) { store in try await store.statusWithBudgets() }
        asJSON ? Output.line(status.json) : Output.text(StatusTables(status: status).text)
    }
}

/// A status as tables.
struct StatusTables {
    let status: FleetStatus

    var text: String {
        let tables = [jobs.text, data.text, tenants, workers, groups]
        return tables.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private var jobs: Table {
        var jobs = Table("JOBS", "", "")
        jobs.add("waiting", "\(status.waiting)", "\(status.untaken) not taken in, \(status.behind) behind others")
        jobs.add("running", "\(status.running)", "under a lease")
        jobs.add("parked", "\(status.parked)", "until a time: backoff, not_before, a budget")
        jobs.add("dead", "\(status.dead)", "ended in failure; outlook-fleet dead list")
        if status.newer > 0 { jobs.add("newer", "\(status.newer)", "of a version that no worker here knows") }
        return jobs
    }

    private var data: Table {
        var data = Table("DATA", "", "")
        data.add("connections", "\(status.connections)", "outlook-fleet connections")
        data.add("results", Self.shown(status.results.length), "entries in the stream")
        data.add("changes", Self.shown(status.changes.length), "entries in the stream")
        if let budgets = status.budgets {
            let limits = budgets.limits
            data.add(
                "graph calls", "\(budgets.appUsed)",
                "of \(limits.app); a tenant \(limits.tenant), a mailbox \(limits.mailbox), "
                    + "\(limits.mailboxConcurrency) at once")
        }
        return data
    }

    private var tenants: String {
        guard !status.tenants.isEmpty else { return "" }
        var table = Table("TENANT", "RUN", "READY", "PARKED", "USED", "LIMIT", "WAITS FOR", "UNTIL")
        for tenant in status.tenants {
            let setting = status.budgets?.tenants[tenant.tenant]
            let (why, until) = status.waiting(tenant)
            table.add(
                tenant.tenant.rawValue, "\(tenant.running)", "\(tenant.ready)", "\(tenant.parked)",
                setting.map { "\($0.used)" }, setting?.limit.description, why, until)
        }
        return table.text
    }

    private var workers: String {
        guard !status.workers.isEmpty else { return "no worker is registered\n" }
        var table = Table("WORKER", "JOBS", "SLOTS", "JOBS/S", "VERSION", "LEASE ENDS")
        for worker in status.workers {
            table.add(
                worker.name, "\(worker.leases)", worker.report.map { "\($0.slots)" },
                worker.report.map { Figures.rate($0.jobsPerSecond) }, worker.report?.version,
                worker.leaseEnd(at: status.now))
        }
        let more = status.workerCount - status.workers.count
        return table.text + (more > 0 ? "and \(more) more\n" : "")
    }

    private var groups: String {
        var table = Table("GROUP", "STREAM", "CONSUMERS", "PENDING", "BEHIND", "ASKED")
        for (name, stream) in [("results", status.results), ("changes", status.changes)] {
            for group in stream.groups {
                table.add(
                    group.name, name, "\(group.consumers)", "\(group.pending)", Figures.length(group.behind),
                    group.idle.map { Figures.length($0) + " ago" } ?? "never")
            }
        }
        return table.isEmpty ? "" : table.text
    }

    private static func shown(_ length: Int?) -> String { length.map(String.init) ?? "another type!" }
}
