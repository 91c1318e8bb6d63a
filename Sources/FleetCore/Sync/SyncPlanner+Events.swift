import Foundation

extension SyncPlanner {
    typealias Final = (event: CalendarEvent, details: EventDetails)

    /// Brings the series up to date before any occurrence is joined with one: masters may come last.
    mutating func settleMasters() {
        remaskMasters()
        for (id, entry) in digest.entries {
            switch digest.content(of: entry) {
            case .master(let master):
                let facts = projection.facts(of: master)
                let stored = mirror.masters[id]
                if isOlder(facts.modifiedMilliseconds, than: stored?.modifiedMilliseconds) { continue }
                masters[id] = facts
                if stored != facts { changedMasters.insert(id) }
            case .event? where masters[id] != nil:
                masters[id] = nil
                digest.reset(series: id, after: entry)
            default:
                if digest.isGone(entry) { masters[id] = nil }
            }
        }
        if round.extent != .incremental { dropUnnamedMasters() }
    }

    /// A setting may have become stricter since they were stored.
    private mutating func remaskMasters() {
        guard !context.settings.privateTitles else { return }
        for (id, facts) in mirror.masters where facts.isPrivate && facts.title != EventProjection.maskedTitle {
            masters[id]?.title = EventProjection.maskedTitle
            changedMasters.insert(id)
        }
    }

    /// After a full round only those masters stay that it brought or that an occurrence in it hangs on.
    private mutating func dropUnnamedMasters() {
        var named: Set<EventID> = []
        for entry in digest.entries.values {
            if let item = digest.content(of: entry), let series = RoundDigest.series(of: item) { named.insert(series) }
        }
        for id in mirror.masters.keys where digest.entries[id] == nil && !named.contains(id) { masters[id] = nil }
    }

    /// What the round makes of one id: the event as it is now, or nil when there is none (any more).
    mutating func event(_ id: EventID, _ known: MirrorState.Known?, _ entry: RoundDigest.Entry?) -> Final? {
        if let entry {
            if digest.isUnreadable(entry, series: known?.event.series) { return known.map { unchanged($0) } }
            guard let item = digest.content(of: entry) else { return nil }
            return event(item, id, known)
        }
        guard let known else { return nil }
        return isGoneUnnamed(known) ? nil : unchanged(known)
    }

    private mutating func event(_ item: RemoteItem, _ id: EventID, _ known: MirrorState.Known?) -> Final? {
        // Of what a round names it is known whose it is: an unconfirmed create that came to nothing is nobody's.
        let booking = context.own[id].flatMap { $0.record.state == .live ? $0.booking : nil }
        let outcome: EventProjection.Outcome
        switch item {
        case .event(let event):
            let modified = event.lastModified?.milliseconds
            if let known, isOlder(modified, than: known.details.modifiedMilliseconds) { return unchanged(known) }
            outcome = projection.project(event, booking: booking)
        case .occurrence(let occurrence):
            let master = masters[occurrence.series]
            if master == nil { orphans += 1 }
            outcome = projection.project(occurrence, master: master, known: known, booking: booking)
        case .master(let master):
            let modified = master.lastModified?.milliseconds
            if let known, isOlder(modified, than: known.details.modifiedMilliseconds) { return unchanged(known) }
            return nil
        case .removed, .malformed: return nil
        }
        switch outcome {
        case .event(let event, let details): return (event, details)
        case .setAside(let reason):
            setAside[reason, default: 0] += 1
            return nil
        }
    }

    private func unchanged(_ known: MirrorState.Known) -> Final {
        let series = known.event.series
        let master = series.flatMap { changedMasters.contains($0) ? masters[$0] : nil }
        return projection.again(known, master: master)
    }

    /// Whether the round's silence about a stored event means that it is gone: its series was ended or read anew, or
    /// the round tells everything. Only where the round could have told.
    private func isGoneUnnamed(_ known: MirrorState.Known) -> Bool {
        let isSeriesReset = known.event.series.map { digest.resets[$0] != nil } ?? false
        guard isSeriesReset || round.extent != .incremental else { return false }
        return round.range.covers(start: known.event.start, end: known.event.end)
    }

    /// A version that an earlier round already went past. A full round is believed in everything: it heals.
    func isOlder(_ modified: Int64?, than stored: Int64?) -> Bool {
        guard round.extent == .incremental, let modified, let stored else { return false }
        return modified < stored
    }
}
