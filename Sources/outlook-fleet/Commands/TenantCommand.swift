import ArgumentParser

/// `tenant`: what concerns one tenant.
struct TenantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant", abstract: "List, pause, resume and limit tenants, make keys for them.",
        subcommands: [
            TenantListCommand.self, TenantPauseCommand.self, TenantResumeCommand.self, TenantLimitCommand.self,
            TenantKeyCommand.self,
        ])

    func run() throws {
        let names = Self.configuration.subcommands.map { $0._commandName }.joined(separator: ", ")
        throw ProgramError(.usage, "tenant what? \(names) (try --help)")
    }
}
