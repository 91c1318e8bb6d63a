import ArgumentParser
import FleetCore
import Foundation

/// Fields that every job has.
struct JobFlags: ParsableArguments {
    enum Spec {
        static let tenant = FlagSpec<String>.text("tenant-id", like: .tenant, "The tenant.")
        static let id = FlagSpec<String>.text(
            "id", "The job's id; without it one is made up. A second job with it won't run.")
        static let notBefore = FlagSpec<Date>.time("not-before", "Don't run before this time.")
        static let expiresAt = FlagSpec<Date>.time("expires-at", "Fail with `expired` if not begun by this time.")
        static let priority = FlagSpec<JobPriority>.choice("priority", nil, "Orders connections among each other.")
        static let maxAttempts = FlagSpec<Int>(
            name: "max-attempts", fallback: nil, shown: nil, rule: "a number from 1 to 100",
            about: "Attempts of this job; else the worker's."
        ) { text in Int(text).flatMap { (1...100).contains($0) ? $0 : nil } }
        static let traceparent = FlagSpec<String>.text("traceparent", "W3C trace context, handed on to Graph.")
    }

    @Option(Spec.tenant) var tenantID: String?
    @Option(Spec.id) var id: String?
    @Option(Spec.notBefore) var notBefore: String?
    @Option(Spec.expiresAt) var expiresAt: String?
    @Option(Spec.priority) var priority: String?
    @Option(Spec.maxAttempts) var maxAttempts: String?
    @Option(Spec.traceparent) var traceparent: String?

    /// Whether any of them stands on the command line.
    var isGiven: Bool {
        [tenantID, id, notBefore, expiresAt, priority, maxAttempts, traceparent].contains { $0 != nil }
    }

    /// The job around a request.
    func job(_ request: Job.Request, _ reader: inout SettingsReader) -> Job {
        Job(
            tenant: TenantID(reader.required(Spec.tenant, tenantID, placeholder: "")),
            id: reader.optional(Spec.id, id).map { JobID($0) }, request: request,
            notBefore: reader.optional(Spec.notBefore, notBefore),
            expiresAt: reader.optional(Spec.expiresAt, expiresAt),
            priority: reader.optional(Spec.priority, priority) ?? .normal,
            maximumAttempts: reader.optional(Spec.maxAttempts, maxAttempts),
            traceparent: reader.optional(Spec.traceparent, traceparent))
    }
}

/// How a job is pushed, and whether its end is waited for.
struct PushFlags: ParsableArguments {
    enum Spec {
        static let wait = FlagSpec<Duration>(
            name: "wait", fallback: nil, shown: nil, rule: "a duration from 1ms to 24h, like 30s",
            about: "Wait for the result and print it; exit 0 succeeded, 1 failed, 75 none in time."
        ) { text in
            Units.duration(text).flatMap { (.milliseconds(1) ... .seconds(86_400)).contains($0) ? $0 : nil }
        }
    }

    @OptionGroup var shared: SharedFlags
    @Option(Spec.wait) var wait: String?
    @Argument(help: "`-`: the payload comes on standard input, instead of the flags.") var payload: String?

    struct Values: Sendable {
        var shared: SharedFlags.Values
        var wait: Duration?
        var readsInput: Bool
    }

    func read(_ reader: inout SettingsReader) -> Values {
        if let payload, payload != "-" { reader.reject("'\(payload)': only - is taken, for standard input") }
        return Values(
            shared: shared.read(&reader), wait: reader.optional(Spec.wait, wait), readsInput: payload == "-")
    }
}

/// Which connection a job or a question is about.
enum ConnectionFlag {
    static let resource = FlagSpec<String>.text(
        "resource-id", like: .resource, "The resource: a room, a doctor, a teacher.")
    static let calendar = FlagSpec<String>.text(
        "calendar-id", like: .calendar, "Outlook's id of the calendar, or `primary`.")
}

extension FlagSpec where Value == Date {
    static func time(_ name: String, _ about: String) -> FlagSpec {
        FlagSpec(
            name: name, fallback: nil, shown: nil, rule: "a time like 2026-05-16T09:30:00Z", about: about
        ) { RFC3339.date($0) }
    }
}
