import ArgumentParser
import FleetStore
import Glibc
import Reactor
import Redis

/// `top`: the fleet, live.
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Show queues, tenants, workers and streams live in the terminal.",
        discussion: """
            Ctrl-C ends it. Without a terminal it prints one frame and ends; with --json an object a line. RUN, READY \
            and PARKED count lines, each with a job or more. A group's BEHIND is the age of what it hasn't been given.
            """)
    enum Spec {
        static let interval = FlagSpec<Duration>.duration(
            "interval", .seconds(2), in: .milliseconds(200) ... .seconds(3600), "Between two frames.")
        static let count = FlagSpec<Int>(
            name: "count", fallback: nil, shown: nil, rule: "a number from 1 to 1000000",
            about: "End after so many frames."
        ) { text in Int(text).flatMap { (1...1_000_000).contains($0) ? $0 : nil } }
    }

    @Option(Spec.interval) var interval: String?
    @Option(Spec.count) var count: String?
    @OptionGroup var json: JSONFlag
    @OptionGroup var shared: SharedFlags

    func run() async throws {
        var reader = SettingsReader()
        let interval = reader.value(Spec.interval, interval)
        let count = reader.optional(Spec.count, count)
        let asJSON = json.read(&reader)
        let shared = shared.read(&reader)
        try reader.finish()
        let isLive = Output.isTerminal && !asJSON
        let view = TopView(
            interval: interval, limit: count ?? (Output.isTerminal ? .max : 1), asJSON: asJSON, isLive: isLive,
            place: "\(shared.namespace) at \(shared.redis)")
        try await Wiring.withStore(shared) { store in
            // What can't be had at all should be said on the screen that stays.
            let first = try await store.statusWithBudgets()
            if isLive { Screen.open() }
            defer { if isLive { Screen.close() } }
            try await view.run(store, first: first)
        }
    }
}

/// Shows frame after frame.
struct TopView: Sendable {
    let interval: Duration
    let limit: Int
    let asJSON: Bool
    let isLive: Bool
    let place: String

    /// Until the limit, or until SIGINT or SIGTERM: then it returns, so that the terminal is given back.
    func run(_ store: Store, first: FleetStatus) async throws {
        let reactor = store.redis.reactor
        let signals = try UnixSignals.stream([SIGINT, SIGTERM], on: reactor)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                for await _ in signals { return }
            }
            group.addTask { try await frames(store, first, reactor) }
            do {
                try await group.next()
            } catch is CancellationError {
                return
            }
        }
    }

    private func frames(_ store: Store, _ first: FleetStatus, _ reactor: Reactor) async throws {
        var status = first
        var previous: FleetStatus?
        var trouble: String?
        var shown = 0
        while true {
            show(status, previous, trouble)
            shown += 1
            guard shown < limit else { return }
            try await reactor.sleep(for: interval)
            do throws(StoreError) {
                let next = try await store.statusWithBudgets()
                (previous, status, trouble) = (status, next, nil)
            } catch {
                guard isLive, error.isTemporary else { throw error }
                trouble = "Redis is away; this is how it was"
            }
        }
    }

    private func show(_ status: FleetStatus, _ previous: FleetStatus?, _ trouble: String?) {
        if asJSON { return Output.line(status.json) }
        let size = isLive ? Screen.size : (width: 80, height: 60)
        let frame = TopFrame(
            status: status, previous: previous, place: trouble ?? place, width: size.width, height: size.height)
        guard isLive else { return Output.text(frame.lines.map { $0 + "\n" }.joined()) }
        Screen.show(Screen.emphasised(frame.lines), height: size.height)
    }
}
