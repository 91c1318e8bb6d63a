/// Which troubles with Redis are going on, so that each is logged twice: when it begins and, with its length, when it
/// ends.
///
/// Some troubles are the server's (away, loading, read-only): any part meets them, and the first success of any part
/// ends them. Others are one part's (a full Redis refuses what needs memory but lets pops through; a foreign type under
/// one of our keys breaks the scripts that use it): only a success of that part ends them.
struct OutageBook {
    /// The parts of a worker that talk to Redis.
    enum Part: String, Sendable, CaseIterable {
        case intake, claim, renew, reap, ack, budgets, wakeUp = "wake_up", run, realtime, streams
        case putAside = "put_aside"
    }

    enum Trouble: Hashable, Sendable {
        /// Not reachable, or it doesn't answer in time.
        case away
        /// It reads its data back into memory after a restart.
        case loading
        /// A replica, or a primary that lost its replicas.
        case readOnly
        /// It wants another user or password, or a right is missing.
        case refused
        /// `maxmemory` is reached.
        case full
        /// A key of ours holds a foreign type.
        case wrongType
        /// Another error of a script: a bug of ours or of the server.
        case script

        var isServerWide: Bool {
            switch self {
            case .away, .loading, .readOnly, .refused: true
            case .full, .wrongType, .script: false
            }
        }
    }

    /// A line to write.
    enum Note: Equatable {
        case began(Trouble, Part)
        case ended(Trouble, Part, after: Duration, failures: Int)
    }

    private struct Key: Hashable {
        var trouble: Trouble
        /// nil for the server's own troubles.
        var part: Part?
    }

    private struct Entry {
        var began: ContinuousClock.Instant
        var failures: Int
    }

    private var open: [Key: Entry] = [:]

    /// Troubles that go on.
    var isQuiet: Bool { open.isEmpty }

    /// Names for `/readyz`: `redis away`, `redis full (intake)`.
    static func name(_ trouble: Trouble, _ part: Part) -> String {
        trouble.isServerWide ? "redis \(trouble)" : "redis \(trouble) (\(part.rawValue))"
    }

    /// A request of `part` met `trouble`.
    mutating func failed(_ part: Part, _ trouble: Trouble, at now: ContinuousClock.Instant) -> [Note] {
        let key = Key(trouble: trouble, part: trouble.isServerWide ? nil : part)
        if open[key] != nil {
            open[key]?.failures += 1
            return []
        }
        // Loading follows being away, read-only a fail-over: one trouble of the server replaces another.
        var notes: [Note] = []
        if trouble.isServerWide { notes = end(at: now, part) { $0.trouble.isServerWide } }
        open[key] = Entry(began: now, failures: 1)
        notes.append(.began(trouble, part))
        return notes
    }

    /// A request of `part` did what it should. One that `wrote` nothing says nothing about a server that takes no
    /// writes.
    mutating func succeeded(_ part: Part, wrote: Bool = true, at now: ContinuousClock.Instant) -> [Note] {
        guard !open.isEmpty else { return [] }
        return end(at: now, part) { ($0.part == nil || $0.part == part) && (wrote || $0.trouble != .readOnly) }
    }

    private mutating func end(
        at now: ContinuousClock.Instant, _ part: Part, where ends: (Key) -> Bool
    ) -> [Note] {
        let over = open.filter { ends($0.key) }
        for key in over.keys { open[key] = nil }
        return over.map { key, entry in
            .ended(
                key.trouble, key.part ?? part, after: entry.began.duration(to: now), failures: entry.failures)
        }
    }
}
