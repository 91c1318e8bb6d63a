import ArgumentParser
import FleetCore
import FleetStore

/// `dead`: jobs that ended in failure, for 30 days.
struct DeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead", abstract: "List, show, retry and discard jobs that ended in failure.",
        discussion: "Jobs that ended in *.failed or job.rejected are kept for 30 days, about 100,000 of them.",
        subcommands: [List.self, Show.self, Retry.self, Discard.self])

    func run() throws {
        throw ProgramError(.usage, "dead: list, show, retry or discard? (try --help)")
    }

    /// `dead list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "The newest ones first.")
        enum Spec {
            static let limit = FlagSpec<Int>.number("limit", 50, in: 1...100_000, "At most so many.")
        }

        @OptionGroup var filter: DeadFilterFlags
        @Option(Spec.limit) var limit: String?
        @OptionGroup var json: JSONFlag
        @OptionGroup var shared: SharedFlags

        func run() async throws {
            var reader = SettingsReader()
            let filter = filter.read(&reader)
            let limit = reader.value(Spec.limit, limit)
            let asJSON = json.read(&reader)
            let shared = shared.read(&reader)
            try reader.finish()
            let (letters, next) = try await Wiring.withStore(shared) { store in
                try await DeadLetters(store).list(matching: filter, limit: limit)
            }
            if asJSON { return Output.line("[" + letters.map { $0.json() }.joined(separator: ",\n ") + "]") }
            guard !letters.isEmpty else { return Output.note("no dead letters") }
            Output.text(DeadTable.text(letters))
            if next != nil { Output.note("there are more: --limit") }
        }
    }

    /// `dead show`
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Everything that is kept of one, as JSON; no token is.")
        enum Spec {
            static let tenant = FlagSpec<String>.text(
                "tenant-id", like: .tenant,
                "The job's tenant; may be left out where no other tenant has a job of this id.")
        }

        @Argument(help: "The job's id.") var jobID: String
        @Option(Spec.tenant) var tenantID: String?
        @OptionGroup var shared: SharedFlags

        func run() async throws {
            var reader = SettingsReader()
            let tenant = reader.optional(Spec.tenant, tenantID).map { TenantID($0) }
            let shared = shared.read(&reader)
            try reader.finish()
            let id = JobID(jobID)
            let found = try await Wiring.withStore(shared) { store in try await DeadLetters(store).one(id, of: tenant) }
            Output.line(found.json(whole: true))
        }
    }
}

extension DeadLetters {
    /// The newest dead letter of a job.
    func one(_ id: JobID, of tenant: TenantID?) async throws -> DeadLetter {
        let found = try await find(tenant: tenant, job: id, limit: tenant == nil ? 100 : 1)
        guard let newest = found.first else { throw ProgramError(.jobFailed, "no dead letter of job \(id)") }
        guard Set(found.map(\.tenant)).count == 1 else {
            throw ProgramError(.usage, "several tenants have a job \(id): which --tenant-id?")
        }
        return newest
    }
}
