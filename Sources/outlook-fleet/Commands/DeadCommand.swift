import ArgumentParser
import FleetCore
import FleetStore
import Foundation

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
            static let tenant = FlagSpec<String>.text("tenant-id", "Only this tenant's.")
            static let limit = FlagSpec<Int>.number("limit", 50, in: 1...100_000, "At most so many.")
        }

        @Option(Spec.tenant) var tenantID: String?
        @Option(Spec.limit) var limit: String?
        @OptionGroup var json: JSONFlag
        @OptionGroup var shared: SharedFlags

        func run() async throws {
            var reader = SettingsReader()
            let tenant = reader.optional(Spec.tenant, tenantID).map { TenantID($0) }
            let limit = reader.value(Spec.limit, limit)
            let asJSON = json.read(&reader)
            let shared = shared.read(&reader)
            try reader.finish()
            let (letters, next) = try await Wiring.withStore(shared) { store in
                try await DeadLetters(store).list(tenant: tenant, limit: limit)
            }
            if asJSON { return Output.line("[" + letters.map { $0.json() }.joined(separator: ",\n ") + "]") }
            guard !letters.isEmpty else { return Output.note("no dead letters") }
            var table = Table("ENDED", "TENANT", "RESOURCE", "KIND", "JOB ID", "CODE", "MESSAGE")
            for letter in letters {
                table.add(
                    RFC3339.string(letter.at), letter.tenant?.rawValue,
                    letter.resource?.rawValue ?? letter.calendar?.rawValue,
                    letter.job?.kind.rawValue ?? "rejected", letter.jobID?.rawValue,
                    letter.errorMember("code"),
                    letter.errorMember("message").map { String($0.prefix(80)) })
            }
            Output.text(table.text)
            if next != nil { Output.note("there are more: --limit") }
        }
    }

    /// `dead show`
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Everything that is kept of one, as JSON; no token is.")
        @OptionGroup var letter: LetterFlags

        func run() async throws {
            let (shared, id, tenant) = try letter.read()
            let found = try await Wiring.withStore(shared) { store in try await Self.find(store, id, tenant) }
            Output.line(found.json(whole: true))
        }
    }

    /// `dead retry`
    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retry", abstract: "Put its job back in line as a new one, and print the new id.",
            discussion: "The new job has fresh counters, no not_before and no expires_at; its result names the old id.")
        @OptionGroup var letter: LetterFlags

        func run() async throws {
            let (shared, id, tenant) = try letter.read()
            let outcome = try await Wiring.withStore(shared) { store in
                let found = try await Self.find(store, id, tenant)
                return try await DeadLetters(store).retry(found, as: Enqueuing.freshID())
            }
            switch outcome {
            case .retried(let fresh, let connection):
                Output.line(fresh.rawValue)
                Output.note("retried for \(connection)")
            case .missing: throw ProgramError(.jobFailed, "\(id): somebody else has just retried or discarded it")
            case .notAJob: throw ProgramError(.jobFailed, "\(id) never was a valid job: push a corrected payload")
            case .notConnected: throw ProgramError(.jobFailed, "\(id): its calendar fits no connection of the tenant")
            case .ambiguousCalendar:
                throw ProgramError(.jobFailed, "\(id): its calendar fits several connections of the tenant")
            }
        }
    }

    /// `dead discard`
    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "discard", abstract: "Forget one for good.")
        @OptionGroup var letter: LetterFlags

        func run() async throws {
            let (shared, id, tenant) = try letter.read()
            let wasThere = try await Wiring.withStore(shared) { store in
                try await DeadLetters(store).discard(try await Self.find(store, id, tenant))
            }
            Output.note(wasThere ? "discarded \(id)" : "\(id) was gone already")
        }
    }

    /// Which one.
    struct LetterFlags: ParsableArguments {
        enum Spec {
            static let tenant = FlagSpec<String>.text(
                "tenant-id", "The job's tenant; may be left out where no other tenant has a job of this id.")
        }

        @Argument(help: "The job's id.") var jobID: String
        @Option(Spec.tenant) var tenantID: String?
        @OptionGroup var shared: SharedFlags

        func read() throws(ProgramError) -> (SharedFlags.Values, JobID, TenantID?) {
            var reader = SettingsReader()
            let tenant = reader.optional(Spec.tenant, tenantID).map { TenantID($0) }
            let shared = shared.read(&reader)
            try reader.finish()
            return (shared, JobID(jobID), tenant)
        }
    }
}

extension ParsableCommand {
    /// The newest dead letter of a job.
    fileprivate static func find(_ store: Store, _ id: JobID, _ tenant: TenantID?) async throws -> DeadLetter {
        let found = try await DeadLetters(store).find(tenant: tenant, job: id, limit: tenant == nil ? 100 : 1)
        guard let newest = found.first else { throw ProgramError(.jobFailed, "no dead letter of job \(id)") }
        guard Set(found.map(\.tenant)).count == 1 else {
            throw ProgramError(.usage, "several tenants have a job \(id): which --tenant-id?")
        }
        return newest
    }
}

extension DeadLetter {
    /// A member of its error.
    fileprivate func errorMember(_ name: String) -> String? {
        (try? StrictJSON.parse(error))?.objectValue?[name]?.stringValue
    }

    /// As JSON; `whole` adds the payload. Tokens aren't in it: they are kept apart, sealed.
    fileprivate func json(whole: Bool = false) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.optional("job_id", jobID?.rawValue)
        writer.optional("tenant_id", tenant?.rawValue)
        writer.optional("resource_id", resource?.rawValue)
        writer.optional("calendar_id", calendar?.rawValue)
        writer.optional("kind", job?.kind.rawValue)
        writer.member("rejected", kept != nil)
        writer.optional("earlier_attempts", job?.attempts)
        writer.optional("crashes", job?.crashes)
        writer.optional("enqueued_at", job?.enqueuedAt)
        writer.optional("ended_at", at)
        writer.optional("retry_of", job?.retryOf?.rawValue)
        if let error = try? StrictJSON.parse(error) {
            writer.key("error")
            writer.value(error)
        }
        if whole { writePayload(to: &writer) }
        writer.endObject()
        return writer.text
    }

    private func writePayload(to writer: inout JSONWriter) {
        if let kept { writer.member("excerpt", String(decoding: kept, as: UTF8.self)) }
        guard let job, let payload = try? StrictJSON.parse(job.payload) else { return }
        writer.key("payload")
        writer.value(payload)
    }
}
