import ArgumentParser
import FleetCore
import FleetStore
import Foundation

/// `status`: the numbers of the queue at one moment.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what waits, what runs, and who runs it.",
        discussion: "Numbers of one moment, by Redis's clock. Beyond 1,000 long lanes the jobs behind are estimated.")

    @OptionGroup var json: JSONFlag
    @OptionGroup var shared: SharedFlags

    func run() async throws {
        var reader = SettingsReader()
        let asJSON = json.read(&reader)
        let shared = shared.read(&reader)
        try reader.finish()
        let status = try await Wiring.withStore(shared) { store in try await store.status() }
        asJSON ? Output.line(Self.json(status)) : Output.text(Self.tables(status))
    }

    private static func tables(_ status: FleetStatus) -> String {
        var jobs = Table("JOBS", "", "")
        jobs.add("waiting", "\(status.waiting)", "\(status.untaken) not taken in, \(status.behind) behind others")
        jobs.add("running", "\(status.running)", "under a lease")
        jobs.add("parked", "\(status.parked)", "until a time: backoff, not_before")
        jobs.add("dead", "\(status.dead)", "ended in failure; outlook-fleet dead list")
        if status.newer > 0 { jobs.add("newer", "\(status.newer)", "of a version that no worker here knows") }
        var data = Table("DATA", "", "")
        data.add("connections", "\(status.connections)", "outlook-fleet connections")
        data.add("results", shown(status.results), "entries in the stream")
        data.add("changes", shown(status.changes), "entries in the stream")
        var workers = Table("WORKER", "JOBS", "LEASE ENDS")
        for owner in status.owners {
            workers.add(owner.name, "\(owner.leases)", ending(of: owner, at: status))
        }
        let list = status.owners.isEmpty ? "no worker is registered\n" : workers.text
        return [jobs.text, data.text, list].joined(separator: "\n")
    }

    private static func shown(_ length: Int?) -> String { length.map(String.init) ?? "another type!" }

    private static func ending(of owner: FleetStatus.OwnerStatus, at status: FleetStatus) -> String {
        guard let deadline = owner.deadline else { return "being taken back" }
        let seconds = deadline.timeIntervalSince(status.now)
        return seconds < 0 ? "over since \(Int(-seconds)) s" : "in \(Int(seconds)) s"
    }

    static func json(_ status: FleetStatus) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.optional("at", status.now)
        writer.key("jobs")
        writer.beginObject()
        writer.member("waiting", status.waiting)
        writer.member("running", status.running)
        writer.member("parked", status.parked)
        writer.member("untaken", status.untaken)
        writer.member("ready", status.ready)
        writer.member("behind", status.behind)
        writer.member("dead", status.dead)
        writer.member("newer", status.newer)
        writer.endObject()
        writer.key("lists")
        writer.beginObject()
        for list in IngressList.allCases {
            guard let length = status.ingress[list] ?? nil else { continue }
            writer.key(list.rawValue)
            writer.value(length)
        }
        writer.endObject()
        writer.member("connections", status.connections)
        writer.optional("results", status.results)
        writer.optional("changes", status.changes)
        writer.key("workers")
        writer.beginArray()
        for owner in status.owners {
            writer.beginObject()
            writer.member("name", owner.name)
            writer.member("jobs", owner.leases)
            writer.optional("lease_ends_at", owner.deadline)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.text
    }
}

extension FleetStatus {
    /// Payloads on the lists, and those that a worker reads just now.
    var untaken: Int { ingress.values.reduce(0) { $0 + ($1 ?? 0) } + reading }
    /// Jobs that nobody runs and that wait for nothing but a worker.
    var waiting: Int { untaken + ready + behind }
}
