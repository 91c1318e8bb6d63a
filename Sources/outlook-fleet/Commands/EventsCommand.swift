import ArgumentParser
import FleetCore
import Foundation
import Redis

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
        let asJSON = json.read(&reader)
        let shared = shared.read(&reader)
        try reader.finish()

        let events = try await Wiring.withRedis(shared) { redis in
            try await Self.read(PublicKeys(namespace: shared.namespace).events(connection), redis)
        }.filter { event in
            (from.map { event.end > $0 } ?? true) && (to.map { event.start < $0 } ?? true)
        }.sorted { ($0.start, $0.id.rawValue) < ($1.start, $1.id.rawValue) }
        asJSON ? printJSON(events) : printTable(events, connection)
    }

    /// In pieces, so that a large calendar blocks Redis for no longer than a small one. A hash that changes meanwhile may
    /// show an event twice: the last reading stands.
    private static func read(_ key: String, _ redis: RedisClient) async throws -> [CalendarEvent] {
        var events: [String: CalendarEvent] = [:]
        var cursor = "0"
        repeat {
            let reply = try await redis.send(["HSCAN", RedisValue(key), RedisValue(cursor), "COUNT", "1000"])
            for (id, text) in reply[1]?.pairs ?? [] {
                guard let id = id.string, let json = text.string, let event = CalendarEvent(json: json) else {
                    continue
                }
                events[id] = event
            }
            cursor = reply[0]?.string ?? "0"
        } while cursor != "0"
        return Array(events.values)
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
