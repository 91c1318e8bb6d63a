import FleetCore
import Foundation
import TestSupport

extension CalendarModel {
    // MARK: - What Graph says

    private func covers(_ time: RemoteTime, _ range: RoundRange) -> Bool {
        let (start, end) = instants(time, zone: .utc)
        return start < range.end && end > range.start || (start == end && start >= range.start && start < range.end)
    }

    private func instants(_ time: RemoteTime, zone: MailboxZone) -> (Date, Date) {
        switch time {
        case .timed(let start, let end): (start, end)
        case .allDay(let start, let end): (zone.midnight(of: start), zone.midnight(of: end))
        case .midnights(_, _, let start, let end): (start, end)
        }
    }

    private func item(_ id: EventID) -> (RemoteItem, RemoteTime)? {
        if let event = singles[id] { return (.event(event), event.time) }
        if let found = series[id] { return (.master(found.master), found.master.time) }
        for found in series.values {
            if let occurrence = found.occurrences[id] { return (.occurrence(occurrence), occurrence.time) }
            if let event = found.exceptions[id] { return (.event(event), event.time) }
        }
        return nil
    }

    private var everything: [EventID] {
        let members = series.values.flatMap { [$0.master.id] + $0.occurrences.keys + $0.exceptions.keys }
        return (Array(singles.keys) + members).sorted { $0.rawValue < $1.rawValue }
    }

    private func isMaster(_ id: EventID) -> Bool { series[id] != nil }

    /// A full round: everything in the range, in any order. Some masters don't come.
    mutating func fullRound(_ range: RoundRange) -> [RemoteItem] {
        touched = []
        gone = []
        var items: [RemoteItem] = []
        for id in everything {
            guard let (item, time) = item(id) else { continue }
            if isMaster(id) ? !random.isOne(in: 4) : covers(time, range) { items.append(item) }
        }
        return noisy(items)
    }

    /// What changed since the last round; outside the range everything looks removed.
    mutating func incrementalRound(_ range: RoundRange) -> [RemoteItem] {
        var items: [RemoteItem] = []
        for id in touched.subtracting(gone).sorted(by: { $0.rawValue < $1.rawValue }) {
            guard let (item, time) = item(id) else { continue }
            items.append(isMaster(id) || covers(time, range) ? item : .removed(id))
        }
        items += gone.sorted { $0.rawValue < $1.rawValue }.map { .removed($0) }
        touched = []
        gone = []
        return noisy(items)
    }

    /// Repeats, older versions, replays of what is known, removals of what nobody knows, an item removed and then
    /// there: all of it is allowed.
    private mutating func noisy(_ items: [RemoteItem]) -> [RemoteItem] {
        var result: [RemoteItem] = []
        for item in items.shuffled(using: &random) {
            if random.isOne(in: 8), case .event(var old) = item {
                result.append(.removed(old.id))
                result.append(item)
                old.title = "stale"
                old.lastModified = old.lastModified!.addingTimeInterval(-0.5)
                result.append(.event(old))
            } else {
                result.append(item)
            }
            if random.isOne(in: 10) { result.append(item) }
            if random.isOne(in: 10) { result.append(.removed(EventID("unknown\(result.count)"))) }
            if random.isOne(in: 30) { result.append(.malformed(id: nil, reason: "no id")) }
        }
        return result
    }

    /// Answers what a round needs.
    func answer(_ needs: SyncNeeds, _ round: inout SyncRound) {
        for id in needs.masters { round.masters[id] = series[id].map { .found($0.master) } ?? .gone }
        for id in needs.series {
            guard let found = series[id] else {
                round.series[id] = .gone
                continue
            }
            let occurrences = found.occurrences.values.filter { covers($0.time, round.range) }
            let exceptions = found.exceptions.values.filter { covers($0.time, round.range) }
            round.series[id] = .instances(
                occurrences.sorted { $0.id.rawValue < $1.id.rawValue }.map { .occurrence($0) }
                    + exceptions.sorted { $0.id.rawValue < $1.id.rawValue }.map { .event($0) })
        }
    }

    // MARK: - What a mirror should show

    func expected(_ bench: MirrorBench) -> [EventID: CalendarEvent] {
        let window = SyncWindow(now: bench.now, settings: bench.settings)
        var events: [EventID: CalendarEvent] = [:]
        func show(_ id: EventID, _ time: RemoteTime, from source: RemoteEvent, _ kind: CalendarEvent.Kind) {
            let (start, end) = instants(time, zone: bench.zone)
            guard window.overlaps(start: start, end: end) else { return }
            let isHidden = source.isPrivate && !bench.settings.privateTitles
            var blocks = source.showAs != .free && source.showAs != .workingElsewhere
            if source.showAs == .tentative { blocks = bench.settings.tentativeBlocks }
            if source.isCancelled || source.response == .declined { blocks = false }
            var days: CalendarEvent.Days?
            if case .allDay(let first, let last) = time { days = .init(start: first, end: last) }
            events[id] = CalendarEvent(
                id: id, start: start, end: end, title: isHidden ? "Private" : source.title, allDay: days,
                status: source.isCancelled ? .cancelled : .confirmed, showAs: source.showAs, blocks: blocks, kind: kind,
                series: kind == .single ? nil : series.first { $0.value.holds(id) }?.key,
                location: source.isPrivate ? nil : source.location, isPrivate: source.isPrivate)
        }
        for event in singles.values { show(event.id, event.time, from: event, .single) }
        for found in series.values {
            for occurrence in found.occurrences.values {
                show(occurrence.id, occurrence.time, from: found.master, .occurrence)
            }
            for event in found.exceptions.values { show(event.id, event.time, from: event, .exception) }
        }
        return events
    }
}

extension CalendarModel.Series {
    func holds(_ id: EventID) -> Bool { occurrences[id] != nil || exceptions[id] != nil }
}
