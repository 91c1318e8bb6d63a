import ArgumentParser

@main
struct GraphSimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "graph-simulator")
}
