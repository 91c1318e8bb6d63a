import FleetStore
import Logging
import Reactor
import Telemetry

/// Brings the public streams back to their length, now and then, and says aloud which reader is too slow. Every worker
/// does it, at its own moments; twice is as good as once.
struct StreamKeeper: Sendable {
    /// Between two looks, in the mean; jittered by a half. A stream at full load grows by less than its length in it.
    static let interval = Duration.seconds(10)
    /// Steps in one go: the rest is somebody's next turn.
    private static let stepsAtMost = 50

    let tools: WorkerTools

    /// Trims until the task is cancelled. Trouble with Redis is said aloud, and the next turn tries again.
    func run() async {
        let care = StreamCare(tools.hastyStore)
        var book = ReaderBook()
        while true {
            let wait = Self.interval * (0.5 + tools.random())
            guard (try? await tools.reactor.sleep(for: wait)) != nil else { return }
            do {
                for _ in 0..<Self.stepsAtMost {
                    let report = try await care.trim()
                    tools.outages.succeeded(.streams, wrote: false)
                    for note in book.noticed(report) { say(note) }
                    if !report.isMore { break }
                }
            } catch {
                tools.outages.failed(.streams, error)
            }
        }
    }

    private func say(_ note: ReaderBook.Note) {
        let fields: LogFields = [.stream: .text(note.stream), .group: .text(note.group)]
        switch note.matter {
        case .holds: tools.log.event(.notice, "a slow consumer group holds a stream beyond its length", fields)
        case .loses:
            tools.log.event(
                .warning, "a consumer group is too slow: entries that it had not read are gone", fields)
        case .dead:
            tools.log.event(
                .notice, "a silent consumer group holds nothing back: entries that it had not read are gone", fields)
        }
    }
}

/// What was said about which group, so that each matter is said once while it lasts.
struct ReaderBook {
    enum Matter: Hashable { case holds, loses, dead }
    struct Note: Hashable {
        let stream: String
        let group: String
        let matter: Matter
    }

    private var known: Set<Note> = []

    /// What is new.
    mutating func noticed(_ report: StreamCare.Report) -> [Note] {
        var now: Set<Note> = []
        for (stream, outcome) in [("results", report.results), ("changes", report.changes)] {
            if let group = outcome.heldBy { now.insert(Note(stream: stream, group: group, matter: .holds)) }
            for group in outcome.losers { now.insert(Note(stream: stream, group: group, matter: .loses)) }
            for group in outcome.dead { now.insert(Note(stream: stream, group: group, matter: .dead)) }
        }
        defer { known = now }
        return now.subtracting(known).sorted { ($0.stream, $0.group) < ($1.stream, $1.group) }
    }
}
