import ArgumentParser
import FleetCore
import FleetStore
import Foundation

/// `tenant pause ID`
struct TenantPauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Begin no job of a tenant until a time, or until `tenant resume`.",
        discussion: """
            Jobs are taken in and keep their order; those that run stop at their next call to Graph and go on later \
            where they were.
            """)
    enum Spec {
        static let end = FlagSpec<Date>.time("until", "When the pause ends by itself; else never.")
    }

    @OptionGroup var target: TenantFlags
    @Option(Spec.end) var until: String?

    func run() async throws {
        var reader = SettingsReader()
        let end = reader.optional(Spec.end, until)
        let values = target.read(&reader)
        try reader.finish()
        let isPaused = try await Wiring.withStore(values.shared) { store in
            try await TenantControl(store).pause(values.tenant, until: end)
        }
        guard isPaused else { throw ProgramError(.usage, "--until: that time is over") }
        values.report(
            "paused", until: end, "paused \(values.tenant)" + (end.map { " until \(RFC3339.string($0))" } ?? ""))
    }
}

/// `tenant resume ID`
struct TenantResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused tenant's jobs run again.")

    @OptionGroup var target: TenantFlags

    func run() async throws {
        var reader = SettingsReader()
        let values = target.read(&reader)
        try reader.finish()
        let wasPaused = try await Wiring.withStore(values.shared) { store in
            try await TenantControl(store).resume(values.tenant)
        }
        values.report("active", wasPaused ? "resumed \(values.tenant)" : "\(values.tenant) was not paused")
    }
}

/// `tenant limit ID RATE`
struct TenantLimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit", abstract: "Give a tenant a rate of its own, at once and in all workers.",
        discussion: "In place of the workers' --tenant-rate; `default` takes it away again.")
    enum Spec {
        static let rate = FlagSpec<Rate>.rate("rate", "1200/60s", "Graph requests in any such window.")
    }

    @OptionGroup var target: TenantFlags
    @Argument(help: "COUNT/DURATION, like 600/60s, or `default`.") var rate: String

    func run() async throws {
        var reader = SettingsReader()
        let own = rate == "default" ? nil : reader.argument(Spec.rate, rate)
        let values = target.read(&reader)
        try reader.finish()
        let limit = own.map { CallRate($0) }
        try await Wiring.withStore(values.shared) { store in
            try await TenantControl(store).limit(values.tenant, limit)
        }
        let text = limit?.description ?? "default"
        values.report(limit: text, "\(values.tenant): \(text)")
    }
}

/// Which tenant, and how to answer.
struct TenantFlags: ParsableArguments {
    @Argument(help: "The tenant's id.") var id: String
    @OptionGroup var json: JSONFlag
    @OptionGroup var shared: SharedFlags

    struct Values: Sendable {
        var tenant: TenantID
        var asJSON: Bool
        var shared: SharedFlags.Values

        /// JSON on standard output if that is wanted, else a line for a person on standard error.
        func report(_ state: String? = nil, until end: Date? = nil, limit: String? = nil, _ note: String) {
            guard asJSON else { return Output.note(note) }
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("tenant_id", tenant.rawValue)
            writer.optional("state", state)
            writer.optional("until", end)
            writer.optional("limit", limit)
            writer.endObject()
            Output.line(writer.text)
        }
    }

    func read(_ reader: inout SettingsReader) -> Values {
        reader.check(id, TextRule.tenant, "the tenant's id")
        return Values(tenant: TenantID(id), asJSON: json.read(&reader), shared: shared.read(&reader))
    }
}
