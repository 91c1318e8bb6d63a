import Logging
import Reactor
import Synchronization
import Telemetry

/// Hears from every part how its talk with Redis went; says aloud what begins and ends, and keeps the health in step.
final class OutageMonitor: Sendable {
    private let book = Mutex(OutageBook())
    private let log: Logger
    private let health: WorkerHealth

    init(log: Logger, health: WorkerHealth) {
        self.log = log
        self.health = health
    }

    /// A request of `part` was answered as it should be.
    func succeeded(_ part: OutageBook.Part, wrote: Bool = true) {
        let now = ContinuousClock.now
        health.talked(at: now)
        report(book.withLock { $0.succeeded(part, wrote: wrote, at: now) })
    }

    /// A request of `part` failed. `error` and `hint` go into the log line if a trouble begins with it.
    func failed(_ part: OutageBook.Part, _ trouble: OutageBook.Trouble, error: String) {
        let now = ContinuousClock.now
        health.talked(at: now)
        report(book.withLock { $0.failed(part, trouble, at: now) }, error: error)
    }

    private func report(_ notes: [OutageBook.Note], error: String = "") {
        for note in notes {
            switch note {
            case .began(let trouble, let part):
                health.begins(trouble: OutageBook.name(trouble, part))
                var fields: LogFields = [.component: .text(part.rawValue), .error: .text(error)]
                fields[.hint] = Self.hint(trouble).map { .text($0) }
                log.event(Self.level(trouble, .warning), Self.beginning(of: trouble), fields)
            case .ended(let trouble, let part, let length, let failures):
                health.ends(trouble: OutageBook.name(trouble, part))
                log.event(
                    Self.level(trouble, .notice), "work with Redis goes on",
                    [
                        .component: .text(part.rawValue), .reason: .text("\(trouble)"), .seconds: .seconds(length),
                        .failures: .number(failures),
                    ])
            }
        }
    }

    /// The client that keeps the connection says itself when Redis is away.
    private static func level(_ trouble: OutageBook.Trouble, _ level: Logger.Level) -> Logger.Level {
        trouble == .away ? .debug : level
    }

    private static func beginning(of trouble: OutageBook.Trouble) -> StaticString {
        switch trouble {
        case .away: "Redis is away; jobs wait and are kept"
        case .loading: "Redis is loading its data; jobs wait"
        case .readOnly: "Redis refuses writes; jobs wait"
        case .refused: "Redis refuses this worker; jobs wait"
        case .full: "Redis is full; payloads wait in their lists"
        case .wrongType: "a key of this namespace holds a foreign type; what needs it waits"
        case .script: "a script fails in Redis; what needs it waits"
        }
    }

    private static func hint(_ trouble: OutageBook.Trouble) -> String? {
        switch trouble {
        case .away, .loading: nil
        case .readOnly: "point --redis at the primary, and see that it can write its data to disk"
        case .refused: "check user, password and rights of --redis"
        case .full: "raise maxmemory, or let consumers and --results-maxlen shorten the streams"
        case .wrongType: "run `outlook-fleet check`; move the foreign key away or choose another --namespace"
        case .script: "run `outlook-fleet check`; if it finds nothing, report this"
        }
    }
}
