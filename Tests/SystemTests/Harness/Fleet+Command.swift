import TestSupport

/// What a command printed and how it ended.
struct CommandOutcome: Sendable {
    let code: Int32
    let output: String
    let error: String

    /// The lines of standard output.
    var lines: [String] { output.split(separator: "\n").map(String.init) }
}

extension Fleet {
    /// Runs `outlook-fleet` with this fleet's `--redis` and `--namespace`.
    func command(_ arguments: String..., input: String = "", environment: [String: String] = [:]) async throws
        -> CommandOutcome
    {
        try await CommandOutcome.run(
            arguments + redisFlags, input: input, environment: clockEnvironment.merging(environment) { $1 })
    }
}

extension CommandOutcome {
    /// Runs `outlook-fleet` with these arguments and nothing else to its end.
    static func run(_ arguments: [String], input: String = "", environment: [String: String] = [:]) async throws
        -> CommandOutcome
    {
        let child = try ChildProcess(Executables.fleet, arguments, environment: environment)
        child.write(input)
        child.closeInput()
        let exit = try await child.waitForExit(within: .seconds(60))
        guard case .code(let code) = exit else { throw TestSupportError("ended by \(exit)\n\(child.transcript)") }
        return CommandOutcome(
            code: code, output: child.lines(.standardOutput).joined(separator: "\n"),
            error: child.lines(.standardError).joined(separator: "\n"))
    }
}
