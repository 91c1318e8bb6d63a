import ArgumentParser
import FleetCore
import FleetStore

/// `cancel`: ends a job that waits.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel a waiting job: it ends as failed with code cancelled.",
        discussion: """
            A job that runs is left alone, and a payload that no worker has taken in yet isn't found: exit 1. Looks \
            through the tenant's lines: for operators.
            """)

    @Argument(help: "The job's id.") var jobID: String
    @Option(JobFlags.Spec.tenant) var tenantID: String?
    @OptionGroup var json: JSONFlag
    @OptionGroup var shared: SharedFlags

    func run() async throws {
        var reader = SettingsReader()
        let tenant = TenantID(reader.required(JobFlags.Spec.tenant, tenantID, placeholder: ""))
        let asJSON = json.read(&reader)
        let shared = shared.read(&reader)
        try reader.finish()
        let id = JobID(jobID)
        let outcome = try await Wiring.withStore(shared) { store in
            try await WaitingJobs(store).cancel(id, tenant: tenant)
        }
        let shown = Table.printable(jobID)
        if asJSON { Output.line(outcome.json(id, tenant)) }
        switch outcome {
        case .cancelled where asJSON: return
        case .cancelled(let connection): Output.note("cancelled \(shown), which waited for \(connection)")
        case .running(let connection):
            throw ProgramError(.jobFailed, "\(shown) runs already, for \(connection): wait for its result")
        case .notFound:
            throw ProgramError(.jobFailed, "no job \(shown) of tenant \(tenant) waits: it may have ended")
        }
    }
}

extension WaitingJobs.CancelOutcome {
    fileprivate func json(_ job: JobID, _ tenant: TenantID) -> String {
        let (word, connection): (String, ConnectionID?) =
            switch self {
            case .cancelled(let connection): ("cancelled", connection)
            case .running(let connection): ("running", connection)
            case .notFound: ("not_found", nil)
            }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("job_id", job.rawValue)
        writer.member("tenant_id", tenant.rawValue)
        writer.optional("resource_id", connection?.resource.rawValue)
        writer.member("outcome", word)
        writer.endObject()
        return writer.text
    }
}
