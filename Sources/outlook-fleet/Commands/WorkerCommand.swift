import ArgumentParser
import FleetStore

/// `worker`: claims and runs jobs.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Claim and run jobs until SIGTERM or SIGINT, then drain and exit 0.",
        discussion: """
            Needs a sealing keys file. While Redis is away it waits; a second signal during the drain hands back at \
            once what is still under way.
            """)

    @OptionGroup(title: "Redis") var shared: SharedFlags
    @OptionGroup(title: "Keys") var keys: KeysFlag
    @OptionGroup(title: "Graph") var graph: GraphFlags
    @OptionGroup(title: "Work") var work: WorkerFlags
    @OptionGroup(title: "Budgets") var budgets: BudgetFlags
    @OptionGroup(title: "Being seen") var endpoints: EndpointFlags
    @OptionGroup(title: "Logs") var logs: LogFlags

    func run() async throws {
        var reader = SettingsReader()
        let settings = WorkerSettings(
            shared: shared.read(&reader), keysFile: keys.read(&reader), graph: graph.read(&reader),
            work: work.read(&reader), budgets: budgets.read(&reader), endpoints: endpoints.read(&reader),
            logs: logs.read(&reader))
        try reader.finish()
        try await WorkerProcess.run(settings)
    }
}

/// Everything that a worker is told by its flags and variables.
struct WorkerSettings: Sendable {
    var shared: SharedFlags.Values
    var keysFile: String?
    var graph: GraphFlags.Values
    var work: WorkerFlags.Values
    var budgets: BudgetFlags.Values
    var endpoints: EndpointFlags.Values
    var logs: LogFlags.Values
}
