import ArgumentParser
import FleetCore

/// `enqueue`: the producer for people and scripts. Pushes to the general list, where the order of a connection's jobs
/// is that of the pushes.
struct EnqueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enqueue", abstract: "Push a job and print its id.",
        usage: """
            outlook-fleet enqueue connect|sync|disconnect <options>
            outlook-fleet enqueue [connect|sync|disconnect] - <options>   (payload on standard input)
            """,
        subcommands: [EnqueueConnect.self, EnqueueSync.self, EnqueueDisconnect.self, EnqueuePayload.self],
        defaultSubcommand: EnqueuePayload.self)
}

/// `enqueue sync`
struct EnqueueSync: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Synchronise a connection now.",
        discussion: "Bookings come with a payload on standard input (`-`).")
    enum Spec {
        static let full = FlagSpec<Bool>.toggle("full", "Drop the delta token first: read the whole calendar again.")
    }

    @OptionGroup var job: JobFlags
    @Option(ConnectionFlag.resource) var resourceID: String?
    @Option(ConnectionFlag.calendar) var calendarID: String?
    @Flag(Spec.full) var full = false
    @OptionGroup var push: PushFlags

    func run() async throws {
        var reader = SettingsReader()
        let push = push.read(&reader)
        guard !push.readsInput else {
            let isGiven = job.isGiven || resourceID != nil || calendarID != nil || full
            return try await Enqueuing.pushInput(push, kind: .sync, flagsGiven: isGiven, reader)
        }
        let selector = ConnectionSelector(resourceID, calendarID, &reader)
        let request = SyncRequest(connection: selector, full: reader.isOn(Spec.full, full))
        try await Enqueuing.push(job.job(.sync(request), &reader), push, reader)
    }
}

/// `enqueue disconnect`
struct EnqueueDisconnect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disconnect", abstract: "End a connection: tokens, mirror and mapping go.")
    enum Spec {
        static let removeEvents = FlagSpec<Bool>.toggle(
            "remove-events", "Also delete from Outlook the events that this connection pushed.")
    }

    @OptionGroup var job: JobFlags
    @Option(ConnectionFlag.resource) var resourceID: String?
    @Option(ConnectionFlag.calendar) var calendarID: String?
    @Flag(Spec.removeEvents) var removeEvents = false
    @OptionGroup var push: PushFlags

    func run() async throws {
        var reader = SettingsReader()
        let push = push.read(&reader)
        guard !push.readsInput else {
            let isGiven = job.isGiven || resourceID != nil || calendarID != nil || removeEvents
            return try await Enqueuing.pushInput(push, kind: .disconnect, flagsGiven: isGiven, reader)
        }
        let selector = ConnectionSelector(resourceID, calendarID, &reader)
        let request = DisconnectRequest(
            connection: selector, removeEvents: reader.isOn(Spec.removeEvents, removeEvents))
        try await Enqueuing.push(job.job(.disconnect(request), &reader), push, reader)
    }
}

/// `enqueue -`, and the place where a bare `enqueue` ends up.
struct EnqueuePayload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payload", abstract: "A payload of any kind on standard input.", shouldDisplay: false)

    @OptionGroup var push: PushFlags

    func run() async throws {
        guard push.payload != nil else {
            throw ProgramError(.usage, "enqueue what? connect, sync, disconnect, or - for a payload on standard input")
        }
        var reader = SettingsReader()
        try await Enqueuing.pushInput(push.read(&reader), kind: nil, flagsGiven: false, reader)
    }
}

extension ConnectionSelector {
    /// From the two flags, of which one is required; the resource wins.
    fileprivate init(_ resource: String?, _ calendar: String?, _ reader: inout SettingsReader) {
        let resource = reader.optional(ConnectionFlag.resource, resource)
        let calendar = reader.optional(ConnectionFlag.calendar, calendar)
        if resource == nil && calendar == nil { reader.reject("--resource-id or --calendar-id is missing") }
        self = resource.map { .resource(ResourceID($0)) } ?? .calendar(CalendarID(calendar ?? ""))
    }
}
