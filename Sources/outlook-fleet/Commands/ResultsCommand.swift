import ArgumentParser
import FleetStore
import Redis

/// `results`: the two public streams as JSON lines.
struct ResultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results", abstract: "Print the results or changes stream as JSON lines.",
        discussion: """
            Prints what the stream holds and ends; with --follow it goes on until it is interrupted. With --group it \
            reads as a member of a consumer group: an entry is acknowledged once its line is written, what this \
            consumer had not acknowledged before comes first, then what dead consumers left lying, and a new group \
            begins behind --from. Entries can repeat: drop those of a (tenant_id, job_id) whose fence isn't higher.
            """)
    enum Spec {
        static let changes = FlagSpec<Bool>.toggle("changes", "The changes stream instead of the results stream.")
        static let follow = FlagSpec<Bool>.toggle("follow", "Go on with new entries as they come.")
        static let group = FlagSpec<String>.text("group", "Read as this consumer group.")
        static let consumer = FlagSpec<String>.text(
            "consumer", "This consumer's name in the group; else the host's name.")
        static let takeOver = FlagSpec<Duration>.duration(
            "take-over", .seconds(300), in: .seconds(1) ... .seconds(30 * 86_400),
            "Take over what another consumer of the group was given and hasn't acknowledged for so long.")
        static let from = FlagSpec<String>.text(
            "from", default: "0", rule: "an entry's id, 0 for the beginning or $ for the end", "Begin after this entry."
        ) { text in
            text == "$" || text.split(separator: "-", omittingEmptySubsequences: false).allSatisfy { UInt64($0) != nil }
        }
        static let count = FlagSpec<Int>(
            name: "count", fallback: nil, shown: nil, rule: "a number from 1 to 1000000000",
            about: "End after so many entries."
        ) { text in Int(text).flatMap { (1...1_000_000_000).contains($0) ? $0 : nil } }
    }

    @Flag(Spec.changes) var changes = false
    @Flag(Spec.follow) var follow = false
    @Option(Spec.group) var group: String?
    @Option(Spec.consumer) var consumer: String?
    @Option(Spec.takeOver) var takeOver: String?
    @Option(Spec.from) var from: String?
    @Option(Spec.count) var count: String?
    @OptionGroup var shared: SharedFlags

    func run() async throws {
        var reader = SettingsReader()
        let isChanges = reader.isOn(Spec.changes, changes)
        let follows = reader.isOn(Spec.follow, follow)
        let group = reader.optional(Spec.group, group)
        let consumer = reader.optional(Spec.consumer, consumer)
        let takeOver = reader.value(Spec.takeOver, takeOver)
        let from = reader.value(Spec.from, from)
        let count = reader.optional(Spec.count, count)
        let shared = shared.read(&reader)
        if consumer != nil, group == nil { reader.reject("--consumer is missing its --group") }
        try reader.finish()

        let keys = Keys(namespace: shared.namespace)
        let source: StreamSource =
            if let group {
                .group(name: group, consumer: consumer ?? HostName.short, from: from, takeOver: takeOver)
            } else {
                .plain(after: from)
            }
        let printer = StreamPrinter(
            stream: isChanges ? keys.changes : keys.results, follows: follows, limit: count ?? .max, source: source)
        try await Wiring.withRedis(shared) { redis in try await printer.run(redis) }
    }
}
