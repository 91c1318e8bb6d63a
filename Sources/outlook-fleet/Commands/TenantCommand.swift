import ArgumentParser

/// `tenant`: what concerns one tenant.
struct TenantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant", abstract: "Make keys for tenants.", subcommands: [TenantKeyCommand.self])

    func run() throws { throw ProgramError(.usage, "tenant what? key (try --help)") }
}
