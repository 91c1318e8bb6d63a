import ArgumentParser
import FleetStore
import Redis

/// `check`: is everything fit to run?
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say whether configuration, Redis, keys and Graph are fit to run.",
        discussion: """
            Takes the worker's flags and variables, changes nothing. Exit codes: 0 fit (warnings too), 78 something is \
            unfit, 69 nothing is unfit but something is away.
            """)

    @OptionGroup var json: JSONFlag
    @OptionGroup var keys: KeysFlag
    @OptionGroup(title: "Redis") var shared: SharedFlags
    @OptionGroup(title: "Graph") var graph: GraphFlags
    // Only read: so that a worker's whole command line can be checked as it is.
    @OptionGroup(title: "Work") var work: WorkerFlags
    @OptionGroup(title: "Budgets") var budgets: BudgetFlags
    @OptionGroup(title: "Being seen") var endpoints: EndpointFlags
    @OptionGroup(title: "Logs") var logs: LogFlags

    func run() async throws {
        var reader = SettingsReader()
        let asJSON = json.read(&reader)
        let keysFile = keys.read(&reader)
        let shared = shared.read(&reader)
        let graph = graph.read(&reader)
        _ = (work.read(&reader), budgets.read(&reader), endpoints.read(&reader), logs.read(&reader))
        try reader.finish()

        var report = CheckReport()
        Self.keys(keysFile, &report)
        report.add(await Self.redis(shared))
        report.add(try await Wiring.withReactor { reactor in await GraphCheck(flags: graph).run(on: reactor) })
        asJSON ? Output.line(report.json) : Output.text(report.table)
        if report.status != .done { throw CommandEnd(status: report.status) }
    }

    private static func keys(_ path: String?, _ report: inout CheckReport) {
        guard let path else {
            return report.add(
                .unfit, "sealing keys", "no --sealing-keys-file: `outlook-fleet keys new` makes a line for it")
        }
        do throws(SealingKeys.Fault) {
            _ = try SealingKeys(file: path)
            report.add(.ok, "sealing keys", path)
        } catch {
            report.add(.unfit, "sealing keys", error.description)
        }
    }

    private static func redis(_ shared: SharedFlags.Values) async -> CheckReport {
        var report = CheckReport()
        do {
            let found = try await Wiring.withRedis(shared) { redis in
                try await RedisCheck(namespace: shared.namespace).run(redis)
            }
            report.add(.ok, "redis", "\(shared.redis) answers")
            report.add(found)
        } catch {
            let error = error as? ProgramError ?? ProgramError(.internal, "\(error)")
            report.add(error.status == .unavailable ? .away : .unfit, "redis", error.message)
        }
        return report
    }
}
