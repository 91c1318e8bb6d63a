import ArgumentParser
import FleetCore
import FleetStore

/// `keys`: sealing keys.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make sealing keys, and rotate them.", subcommands: [New.self, Rotate.self])

    func run() throws {
        throw ProgramError(
            .usage, "keys: new makes a key, rotate seals anew: (umask 077; outlook-fleet keys new > sealing.keys)")
    }

    /// `keys new`
    struct New: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new", abstract: "Print a fresh sealing key, a line for the keys file.",
            discussion: """
                The first line of a keys file seals, all lines unseal.

                    (umask 077; outlook-fleet keys new > sealing.keys)
                """)

        @OptionGroup var shared: SharedFlags

        func run() throws {
            try shared.check()
            Output.line(SealingKeys.newLine())
        }
    }

    /// `keys rotate`
    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate", abstract: "Seal everything anew under the first key of the keys file.",
            discussion: """
                While workers run: 1. put the new line below the others in every keys file and start every worker and \
                gateway anew, so that all can open it; 2. put it on top and start them anew, so that it seals; 3. keys \
                rotate; 4. once it says that nothing is left, take the old lines away. It can be run again at any time.

                Dead letters can't be sealed anew: their key's line stays until they are discarded, or 30 days old. \
                Exit 75 while something is left, 78 where a key is missing.
                """)

        @OptionGroup var keys: KeysFlag
        @OptionGroup var json: JSONFlag
        @OptionGroup var shared: SharedFlags

        func run() async throws {
            var reader = SettingsReader()
            let path = keys.read(&reader)
            let asJSON = json.read(&reader)
            let shared = shared.read(&reader)
            try reader.finish()
            let sealer = Sealer(try Wiring.sealingKeys(path))
            let outcome = try await Wiring.withStore(shared) { store in
                let progress = try await KeyRotation(store, sealer: sealer).run()
                return Outcome(progress: progress, untaken: try await store.status(tenants: 1).untaken)
            }
            asJSON ? Output.line(outcome.json) : outcome.tell()
            if outcome.progress.unreadable > 0 { throw CommandEnd(status: .configuration) }
            if !outcome.isComplete { throw CommandEnd(status: .tryAgain) }
        }
    }
}

/// What a rotation came to.
private struct Outcome: Sendable {
    let progress: KeyRotation.Progress
    /// Payloads that no worker has taken in: those that the gateway pushed carry sealed tokens.
    let untaken: Int

    /// Whether the other keys are needed no more.
    var isComplete: Bool { progress.unreadable == 0 && progress.deadLetters == 0 && untaken == 0 }

    func tell() {
        Output.text("sealed anew: \(progress.credentials) credentials, \(progress.jobs) waiting jobs\n")
        if progress.unreadable > 0 {
            Output.note("\(progress.unreadable) secrets are under a key that the file lacks: put its line back")
        }
        if progress.deadLetters > 0 {
            Output.note(
                "\(progress.deadLetters) dead letters keep their key: leave its line until they are 30 days old, or "
                    + "discard them (outlook-fleet dead discard --kind connect)")
        }
        if untaken > 0 { Output.note("\(untaken) payloads aren't taken in yet: run this again when they are") }
        if isComplete { Output.note("nothing is left under another key: the other lines may go") }
    }

    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("credentials", progress.credentials)
        writer.member("jobs", progress.jobs)
        writer.member("unreadable", progress.unreadable)
        writer.member("dead_letters", progress.deadLetters)
        writer.member("untaken", untaken)
        writer.member("complete", isComplete)
        writer.endObject()
        return writer.text
    }
}
