import ArgumentParser
import Foundation
import GraphSimulator
import Logging
import ServiceLifecycle
import UnixSignals

/// `graph-simulator`: Microsoft Graph's calendars and token endpoint, in memory.
@main
struct GraphSimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph-simulator",
        abstract: "Microsoft Graph's calendar surface and its token endpoint, in memory, for demos and tests.",
        discussion: Help.discussion)

    @Option(help: ArgumentHelp("Address to listen on; port 0 takes any free one.", valueName: "host:port"))
    var listen = "127.0.0.1:0"

    @Flag(help: "Fill three directories with people, rooms and calendars; see GET /control/demo.")
    var demo = false

    @Option(help: "Seed of ids, orders, lifetimes and faults with a probability.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Time at which the simulator's clock starts.", valueName: "time"))
    var clock: String?

    @Option(help: ArgumentHelp("Write each request as a line of JSON to this file.", valueName: "file"))
    var requestLog: String?

    @Option(help: ArgumentHelp("Write each whole exchange, secrets blanked, to this file.", valueName: "file"))
    var exchangeLog: String?

    @Option(
        help: ArgumentHelp("Fault rules to begin with: a JSON list as POST /control/faults takes.", valueName: "file"))
    var faults: String?

    @OptionGroup(title: "Limits") var limits: LimitFlags
    @OptionGroup(title: "Sign-in") var login: LoginFlags
    @OptionGroup(title: "Behaviour") var behaviour: BehaviourFlags

    func run() async throws {
        let (host, port) = try address()
        let simulator = Simulator(options: try options())
        do {
            try simulator.openRequestLog()
            if let faults { try simulator.control("POST", "/control/faults", JSON(parsing: contents(of: faults))) }
        } catch {
            throw Failure.exit(78, "graph-simulator: \(error)")
        }
        let server = GraphSimulatorServer(simulator: simulator, host: host, port: port)
        var logger = Logger(label: "graph-simulator")
        logger.logLevel = .critical
        let group = ServiceGroup(
            configuration: .init(
                services: [ServerService(server: server)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        )
        do {
            try await group.run()
        } catch {
            throw Failure.exit(69, "graph-simulator: can't listen on \(listen): \(error)")
        }
    }

    private func address() throws -> (host: String, port: Int) {
        guard let colon = listen.lastIndex(of: ":"), let port = Int(listen[listen.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw ValidationError("--listen is HOST:PORT, such as 127.0.0.1:8081") }
        let host = listen[..<colon].filter { $0 != "[" && $0 != "]" }
        return (host.isEmpty ? "127.0.0.1" : String(host), port)
    }

    private func options() throws -> SimulatorOptions {
        var options = SimulatorOptions()
        options.seed = seed
        if let clock {
            guard Instant(iso: clock) != nil else {
                throw ValidationError("--clock is a time such as 2026-05-01T08:00:00Z")
            }
            options.start = clock
        }
        options.requestLogFile = requestLog
        options.exchangeLogFile = exchangeLog
        options.hasDemoData = demo
        limits.apply(to: &options)
        login.apply(to: &options)
        behaviour.apply(to: &options)
        return options
    }

    private func contents(of path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}

/// Runs the server as a service, so that SIGTERM and SIGINT end it in good order with exit 0.
private struct ServerService: Service {
    let server: GraphSimulatorServer

    func run() async throws {
        try await server.run { url in
            // Not print: a pipe would keep the line back until its buffer is full.
            FileHandle.standardOutput.write(Data("graph-simulator listening on \(url)\n".utf8))
        }
    }
}

/// Ends the program with a line on standard error.
private enum Failure {
    static func exit(_ code: Int32, _ message: String) -> ExitCode {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        return ExitCode(code)
    }
}
