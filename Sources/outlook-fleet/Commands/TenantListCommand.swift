import ArgumentParser
import FleetCore
import FleetStore
import Foundation

/// `tenant list`: who waits, why, and until when.
struct TenantListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show every tenant: its state, its jobs, its budget.",
        discussion: """
            States: active; budget, when its Graph requests are used up: none of its jobs is begun until the time \
            shown; paused, by an operator. Goes through all jobs of the fleet: for operators, not for requests.
            """)

    @OptionGroup var json: JSONFlag
    @OptionGroup var shared: SharedFlags

    func run() async throws {
        var reader = SettingsReader()
        let asJSON = json.read(&reader)
        let shared = shared.read(&reader)
        try reader.finish()
        let tenants = try await Wiring.withStore(shared) { store in try await TenantControl(store).list() }
        if asJSON { return Output.line("[" + tenants.map { $0.json() }.joined(separator: ",\n ") + "]") }
        guard !tenants.isEmpty else { return Output.note("no tenants") }
        var table = Table("TENANT", "STATE", "UNTIL", "WAITING", "RUNNING", "CONNECTIONS", "USED", "LIMIT")
        for tenant in tenants {
            table.add(
                tenant.tenant.rawValue, tenant.state, tenant.until.map(RFC3339.string), "\(tenant.waiting)",
                "\(tenant.running)", "\(tenant.connections)", "\(tenant.used)",
                tenant.limit.description + (tenant.hasOwnLimit ? " (own)" : ""))
        }
        Output.text(table.text)
    }
}

extension TenantStatus {
    fileprivate var state: String { hold?.rawValue ?? "active" }

    fileprivate func json() -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("tenant_id", tenant.rawValue)
        writer.member("state", state)
        writer.optional("until", until)
        writer.member("waiting", waiting)
        writer.member("running", running)
        writer.member("connections", connections)
        writer.member("used", used)
        writer.member("limit", limit.description)
        writer.member("own_limit", hasOwnLimit)
        writer.endObject()
        return writer.text
    }
}
