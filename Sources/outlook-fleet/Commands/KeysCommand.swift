import ArgumentParser
import FleetStore

/// `keys`: sealing keys.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make sealing keys.", subcommands: [New.self])

    func run() throws {
        throw ProgramError(
            .usage, "keys: new makes a key: outlook-fleet keys new > sealing.keys && chmod 600 sealing.keys")
    }

    /// `keys new`
    struct New: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new", abstract: "Print a fresh sealing key, a line for the keys file.",
            discussion: """
                The first line of a keys file seals, all lines unseal. To rotate, put the new line first and keep the \
                old ones until nothing is sealed with them any more.

                    (umask 077; outlook-fleet keys new > sealing.keys)
                """)

        func run() {
            Output.line(SealingKeys.newLine())
        }
    }
}
