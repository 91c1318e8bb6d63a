import ArgumentParser
import FleetCore
import FleetStore
import Foundation

/// Which dead letters.
struct DeadFilterFlags: ParsableArguments {
    enum Spec {
        static let tenant = FlagSpec<String>.text("tenant-id", like: .tenant, "Only this tenant's.")
        static let kind = FlagSpec<DeadFilter.Kind>.choice("kind", nil, "Only those of this kind.")
        static let code = FlagSpec<ErrorCode>.choice("code", nil, "Only those that failed with this code.")
        static let since = FlagSpec<Date>.moment("since", "Only those that ended then or later.")
        static let until = FlagSpec<Date>.moment("until", "Only those that ended before.")
    }

    @Option(Spec.tenant) var tenantID: String?
    @Option(Spec.kind) var kind: String?
    @Option(Spec.code) var code: String?
    @Option(Spec.since) var since: String?
    @Option(Spec.until) var until: String?

    func read(_ reader: inout SettingsReader) -> DeadFilter {
        var filter = DeadFilter(tenant: reader.optional(Spec.tenant, tenantID).map { TenantID($0) })
        filter.kind = reader.optional(Spec.kind, kind)
        filter.code = reader.optional(Spec.code, code)
        filter.since = reader.optional(Spec.since, since)
        filter.until = reader.optional(Spec.until, until)
        if let since = filter.since, let until = filter.until, until <= since {
            reader.reject("--until isn't after --since")
        }
        return filter
    }
}

/// Which dead letters, and whether only to say so: of the verbs that change something.
struct DeadChoice: ParsableArguments {
    enum Spec {
        static let all = FlagSpec<Bool>.toggle("all", "Every one; needed where neither an id nor a filter is given.")
        static let dryRun = FlagSpec<Bool>.toggle("dry-run", "Only list what would be taken.")
        static let limit = FlagSpec<Int>.number("limit", 1000, in: 1...100_000, "At most so many, the oldest first.")
    }

    @Argument(help: "The job's id; without it, those that the filters name.") var jobID: String?
    @OptionGroup var filter: DeadFilterFlags
    @Flag(Spec.all) var all = false
    @Flag(Spec.dryRun) var dryRun = false
    @Option(Spec.limit) var limit: String?
    @OptionGroup var json: JSONFlag
    @OptionGroup var shared: SharedFlags

    struct Values: Sendable {
        var id: JobID?
        var filter: DeadFilter
        var isDryRun: Bool
        var limit: Int
        var asJSON: Bool
        var shared: SharedFlags.Values
    }

    func read() throws(ProgramError) -> Values {
        var reader = SettingsReader()
        let values = Values(
            id: jobID.map { JobID($0) }, filter: filter.read(&reader), isDryRun: reader.isOn(Spec.dryRun, dryRun),
            limit: reader.value(Spec.limit, limit), asJSON: json.read(&reader), shared: shared.read(&reader))
        if values.id == nil, values.filter.isEmpty, !reader.isOn(Spec.all, all) {
            reader.reject("which? a job's id, a filter like --code, or --all")
        }
        try reader.finish()
        return values
    }
}

extension DeadChoice.Values {
    /// Calls `visit` with what was chosen, oldest first, in pieces of at most 200; or prints it, if that was asked for.
    /// - Returns: how many there were.
    func forEach(_ store: Store, _ visit: @Sendable ([DeadLetter]) async throws(StoreError) -> Void) async throws -> Int
    {
        let dead = DeadLetters(store)
        if let id {
            let letter = try await dead.one(id, of: filter.tenant)
            isDryRun ? show([letter]) : try await visit([letter])
            return 1
        }
        var count = 0
        try await dead.forEach(matching: filter) { (letters) throws(StoreError) in
            let piece = Array(letters.prefix(limit - count))
            isDryRun ? show(piece) : try await visit(piece)
            count += piece.count
            return count < limit
        }
        return count
    }

    private func show(_ letters: [DeadLetter]) {
        if asJSON { return letters.forEach { Output.line($0.json()) } }
        Output.text(DeadTable.text(letters))
    }
}

extension FlagSpec where Value == Date {
    /// A time, or how long ago it was.
    static func moment(_ name: String, _ about: String) -> FlagSpec {
        FlagSpec(
            name: name, fallback: nil, shown: nil,
            rule: "a time like 2026-05-16T09:30:00Z, or a duration ago like 2h", about: about
        ) { text in
            Units.duration(text).map { Date(timeIntervalSinceNow: -($0 / .seconds(1))) } ?? RFC3339.date(text)
        }
    }
}
