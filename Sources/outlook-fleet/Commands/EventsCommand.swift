import ArgumentParser
import FleetCore
import FleetStore
import Foundation

/// `events`: what the mirror holds of one connection.
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Show the synchronised events of a connection.",
        discussion: "Reads the public hash <namespace>:events:<tenant>:<resource>; times are UTC.")
    enum Spec {
        static let from = FlagSpec<Date>.time("from", "Only events that end after this time.")
        static let to = FlagSpec<Date>.time("to", "Only events that begin before this time.")
    }

    @Option(JobFlags.Spec.tenant) var tenantID: String?
    @Option(ConnectionFlag.resource) var resourceID: String?
    @Option(Spec.from) var from: String?
    @Option(Spec.to) var to: String?
    @OptionGroup var json: JSONFlag
    @OptionGroup var shared: SharedFlags

    func run() async throws {
        var reader = SettingsReader()
        let connection = ConnectionID(
            tenant: TenantID(reader.required(JobFlags.Spec.tenant, tenantID, placeholder: "")),
            resource: ResourceID(reader.required(ConnectionFlag.resource, resourceID, placeholder: "")))
        let from = reader.optional(Spec.from, from)
        let to = reader.optional(Spec.to, to)
        if let from, let to, to <= from { reader.reject("--to isn't after --from") }
        let asJSON = json.read(&reader)
        let shared = shared.read(&reader)
        try reader.finish()

        let events = try await Wiring.withStore(shared) { store in
            try await MirrorReader(store).all(connection)
        }.values.compactMap { CalendarEvent(json: $0) }.filter { event in
            (from.map { event.end > $0 } ?? true) && (to.map { event.start < $0 } ?? true)
        }.sorted { ($0.start, $0.id.rawValue) < ($1.start, $1.id.rawValue) }
        asJSON ? printJSON(events) : printTable(events, connection)
    }

    private func printJSON(_ events: [CalendarEvent]) {
        Output.line("[" + events.map { $0.json() }.joined(separator: ",\n ") + "]")
    }

    private func printTable(_ events: [CalendarEvent], _ connection: ConnectionID) {
        guard !events.isEmpty else {
            return Output.note("no events (is \(connection) connected? outlook-fleet connections shows)")
        }
        var table = Table("START", "END", "BLOCKS", "SHOW AS", "TYPE", "TITLE", "EVENT ID")
        for event in events {
            let isCancelled = event.status == .cancelled
            table.add(
                event.allDay?.start.description ?? RFC3339.string(event.start),
                event.allDay?.end.description ?? RFC3339.string(event.end), event.blocks ? "yes" : "no",
                isCancelled ? "cancelled" : event.showAs.rawValue, event.kind.rawValue, String(event.title.prefix(60)),
                event.id.rawValue)
        }
        Output.text(table.text)
    }
}
