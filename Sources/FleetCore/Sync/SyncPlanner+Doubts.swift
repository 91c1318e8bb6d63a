extension SyncPlanner {
    /// Fewer deletions than this are never suspicious.
    private static let fewDeletions = 10

    /// Others have lost whole calendars to one wrong answer: a full read that comes back empty, or without most of what
    /// is known, must be confirmed by a second one. Tombstones of an incremental round are explicit and need no such
    /// doubt.
    func suspicion() -> String? {
        guard round.extent == .full, !round.isSecondRead else { return nil }
        let before = mirror.events.values.reduce(0) { $0 + ($1.isShown && window.shows($1.event) ? 1 : 0) }
        guard before > 0 else { return nil }
        let isEmpty = !digest.entries.values.contains { digest.content(of: $0) != nil }
        if isEmpty { return "a full read came back empty, \(before) events are known" }
        guard result.deleted >= Self.fewDeletions, result.deleted * 2 > before else { return nil }
        return "a full read would delete \(result.deleted) of \(before) events"
    }

    func warnings() -> [String] {
        var reasons = digest.malformed
        for (reason, count) in setAside { reasons[reason, default: 0] += count }
        var warnings = reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5).map { reason, count in
            "\(count) \(count == 1 ? "event was" : "events were") left out: \(reason)"
        }
        if orphans > 0 {
            warnings.append(
                "\(orphans) \(orphans == 1 ? "occurrence" : "occurrences") came without a series and block meanwhile")
        }
        if !mirror.unreadable.isEmpty {
            warnings.append("\(mirror.unreadable.count) stored values could not be read and were replaced")
        }
        return warnings
    }
}
