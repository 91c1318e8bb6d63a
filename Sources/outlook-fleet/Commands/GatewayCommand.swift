import ArgumentParser

/// `gateway`: the HTTP producer.
struct GatewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Serve the REST API, consents, Graph's notifications and the dashboard until SIGTERM or SIGINT.",
        discussion: """
            Needs a file of tenant keys and the workers' sealing keys. Any number of gateways may stand side by side. \
            SIGHUP reads the tenant keys again.
            """)

    @OptionGroup(title: "Redis") var shared: SharedFlags
    @OptionGroup(title: "Gateway") var gateway: GatewayFlags
    @OptionGroup(title: "Keys") var keys: KeysFlag
    @OptionGroup(title: "Graph") var graph: GraphFlags
    @OptionGroup(title: "Logs") var logs: LogFlags

    func run() async throws {
        var reader = SettingsReader()
        let settings = GatewaySettings(
            shared: shared.read(&reader), gateway: gateway.read(&reader), keysFile: keys.read(&reader),
            graph: graph.read(&reader), logs: logs.read(&reader))
        try reader.finish()
        try await GatewayProcess.run(settings)
    }
}

/// Everything that a gateway is told by its flags and variables.
struct GatewaySettings: Sendable {
    var shared: SharedFlags.Values
    var gateway: GatewayFlags.Values
    var keysFile: String?
    var graph: GraphFlags.Values
    var logs: LogFlags.Values
}
