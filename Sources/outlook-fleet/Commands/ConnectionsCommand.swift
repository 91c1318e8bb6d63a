import ArgumentParser
import FleetCore
import FleetStore

/// `connections`: which resource is mapped to which calendar, and how its synchronisation stands.
struct ConnectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connections", abstract: "Show the connections of all tenants or of one.",
        discussion: "Goes through all connections of the fleet: for operators, not for requests.")
    enum Spec {
        static let tenant = FlagSpec<String>.text("tenant-id", like: .tenant, "Only this tenant's.")
    }

    @Option(Spec.tenant) var tenantID: String?
    @OptionGroup var json: JSONFlag
    @OptionGroup var shared: SharedFlags

    /// A record that a newer fleet wrote, or a damaged one, has no connection.
    private typealias Found = (id: ConnectionID, connection: Connection?)

    func run() async throws {
        var reader = SettingsReader()
        let tenant = reader.optional(Spec.tenant, tenantID).map { TenantID($0) }
        let asJSON = json.read(&reader)
        let shared = shared.read(&reader)
        try reader.finish()

        let found = try await Wiring.withStore(shared) { store in
            var found: [String: Found] = [:]
            try await ConnectionStore(store).forEach(tenant: tenant) { (piece) throws(StoreError) in
                for item in piece { found[item.id.description] = item }
            }
            return found.sorted { $0.key < $1.key }.map(\.value)
        }
        asJSON ? Self.printJSON(found) : Self.printTable(found)
    }

    private static func printTable(_ found: [Found]) {
        guard !found.isEmpty else { return Output.note("no connections") }
        var table = Table(
            "TENANT", "RESOURCE", "STATE", "FREQUENCY", "LAST SYNC", "NEXT SYNC", "CALENDAR", "LAST ERROR")
        for (id, connection) in found {
            guard let connection else {
                table.add(id.tenant.rawValue, id.resource.rawValue, "unreadable", nil, nil, nil, nil, nil)
                continue
            }
            table.add(
                id.tenant.rawValue, id.resource.rawValue, connection.state.rawValue,
                connection.settings.frequency.description, connection.lastSyncAt.map(RFC3339.string),
                connection.nextSyncAt.map(RFC3339.string), connection.calendarName,
                connection.lastError?.code.rawValue)
        }
        Output.text(table.text)
    }

    private static func printJSON(_ found: [Found]) {
        let lines = found.map { id, connection -> String in
            var writer = JSONWriter()
            Connection.write(connection, of: id, tenant: true, to: &writer)
            return writer.text
        }
        Output.line("[" + lines.joined(separator: ",\n ") + "]")
    }
}
