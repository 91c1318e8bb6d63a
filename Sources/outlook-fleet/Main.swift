import ArgumentParser
import Glibc

/// The program's entry: parse, run, and say in one line what went wrong.
@main
enum Main {
    static func main() async {
        // A reader that goes away shows as EPIPE where it is written, not as a death by signal.
        signal(SIGPIPE, SIG_IGN)
        exit(await run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }

    /// Runs one command line; the number goes to the shell.
    static func run(_ arguments: [String]) async -> ProgramStatus {
        do {
            var command = try OutlookFleet.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return .done
        } catch {
            return report(error)
        }
    }

    /// One line on standard error, or the help that was asked for on standard output.
    private static func report(_ error: any Error) -> ProgramStatus {
        if let error = error as? ProgramError {
            Output.note("outlook-fleet: \(error.message)")
            return error.status
        }
        if let end = error as? CommandEnd { return end.status }
        if OutlookFleet.exitCode(for: error).isSuccess {
            Output.text(OutlookFleet.fullMessage(for: error) + "\n")
            return .done
        }
        if OutlookFleet.exitCode(for: error) == .validationFailure {
            Output.note("outlook-fleet: \(firstLine(OutlookFleet.message(for: error))) (try --help)")
            return .usage
        }
        Output.note("outlook-fleet: an error that nobody expected, please report it: \(error)")
        return .internal
    }

    private static func firstLine(_ text: String) -> String {
        var line = String(text.split(separator: "\n").first ?? "")
        if line.hasSuffix(".") { line.removeLast() }
        return line
    }
}

/// Ends a command with a number and without a word: its output has said everything.
struct CommandEnd: Error {
    var status: ProgramStatus
}

/// The root of all commands.
struct OutlookFleet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outlook-fleet",
        abstract: "Synchronises fleets of Outlook calendars: jobs on Redis lists, leased workers, Microsoft Graph.",
        discussion: """
            Every flag can also be given as an environment variable, OUTLOOK_FLEET_ and its name in capitals \
            (OUTLOOK_FLEET_DRAIN_TIMEOUT); the flag wins.

            Exit codes: 0 done, 1 the job failed, 64 wrong usage, 69 a service is unreachable, 70 internal error, \
            75 try again, 78 wrong configuration.
            """,
        version: Version.text,
        subcommands: [
            WorkerCommand.self, EnqueueCommand.self, EventsCommand.self, ConnectionsCommand.self, ResultsCommand.self,
            StatusCommand.self, TopCommand.self, CancelCommand.self, DeadCommand.self, KeysCommand.self,
            SchemaCommand.self, CheckCommand.self, GatewayCommand.self, TenantCommand.self,
        ])

    func run() throws {
        let names = Self.configuration.subcommands.map { $0._commandName }.joined(separator: ", ")
        throw ProgramError(.usage, "which command? \(names) (try --help)")
    }
}
