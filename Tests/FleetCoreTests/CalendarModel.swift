import FleetCore
import Foundation
import TestSupport

/// A calendar as Graph would hold it, small and naive: what people do to it, what its delta rounds say (with the noise
/// that Graph allows), and what a mirror of it should show.
struct CalendarModel {
    struct Series {
        var master: RemoteEvent
        var occurrences: [EventID: RemoteOccurrence] = [:]
        var exceptions: [EventID: RemoteEvent] = [:]
    }

    var random: SeededRandom
    var singles: [EventID: RemoteEvent] = [:]
    var series: [EventID: Series] = [:]
    /// Ids that changed or went since the last round.
    var touched: Set<EventID> = []
    var gone: Set<EventID> = []
    /// Series whose occurrences weren't sent again though one was deleted: only the master tells.
    private var clock = 0.0
    private var serial = 0

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    // MARK: - What people do

    mutating func edit(around now: Date) {
        clock += 1
        switch Int.random(in: 0..<12, using: &random) {
        case 0, 1, 2: addSingle(around: now)
        case 3, 4: changeSingle(around: now)
        case 5: removeSingle()
        case 6: addSeries(around: now)
        case 7: renameSeries()
        case 8: deleteOccurrence()
        case 9: moveOccurrence(around: now)
        case 10: if random.isOne(in: 3) { removeSeries() }
        default: cutSeries()
        }
    }

    private mutating func nextID(_ prefix: String) -> EventID {
        serial += 1
        return EventID("\(prefix)\(serial)")
    }

    private mutating func time(around now: Date) -> RemoteTime {
        let day =
            (now.timeIntervalSince1970 / 86_400).rounded(.down) + Double(Int.random(in: -45...410, using: &random))
        if random.isOne(in: 6) {
            let date = CalendarDate(daysSinceEpoch: Int(day))
            return .allDay(
                start: date, end: CalendarDate(daysSinceEpoch: Int(day) + Int.random(in: 1...3, using: &random)))
        }
        let start = Date(timeIntervalSince1970: day * 86_400 + Double(Int.random(in: 0..<96, using: &random)) * 900)
        return .timed(start: start, end: start.addingTimeInterval(Double(Int.random(in: 0...8, using: &random)) * 900))
    }

    private mutating func dressed(_ plain: RemoteEvent) -> RemoteEvent {
        var event = plain
        event.title = ["Stand-up", "Review", "", "Ärztin 😀", "1:1"].randomElement(using: &random)!
        event.showAs = ShowAs.allCases.randomElement(using: &random)!
        event.isPrivate = random.isOne(in: 4)
        event.location = random.isOne(in: 3) ? "Room \(Int.random(in: 1...3, using: &random))" : nil
        event.isCancelled = random.isOne(in: 10)
        event.response = random.isOne(in: 8) ? .declined : .accepted
        return stamped(event)
    }

    private func stamped(_ plain: RemoteEvent) -> RemoteEvent {
        var event = plain
        event.lastModified = Date(timeIntervalSince1970: 1_700_000_000.25 + clock)
        event.changeKey = "key\(clock)"
        return event
    }

    private mutating func addSingle(around now: Date) {
        var event = RemoteEvent(id: nextID("s"), time: time(around: now))
        event = dressed(event)
        singles[event.id] = event
        touched.insert(event.id)
    }

    private mutating func changeSingle(around now: Date) {
        guard let id = singles.keys.sorted(by: { $0.rawValue < $1.rawValue }).randomElement(using: &random) else {
            return
        }
        if random.isOne(in: 2) { singles[id]!.time = time(around: now) }
        singles[id] = dressed(singles[id]!)
        touched.insert(id)
    }

    private mutating func removeSingle() {
        guard let id = singles.keys.sorted(by: { $0.rawValue < $1.rawValue }).randomElement(using: &random) else {
            return
        }
        singles[id] = nil
        gone.insert(id)
    }

    private mutating func addSeries(around now: Date) {
        var master = RemoteEvent(id: nextID("m"), time: .timed(start: now, end: now.addingTimeInterval(3600)))
        master = dressed(master)
        var new = Series(master: master)
        let first = Double(Int.random(in: -60...400, using: &random))
        for week in 0..<Int.random(in: 1...8, using: &random) {
            let start = now.addingTimeInterval((first + Double(week) * 7) * 86_400)
            let id = nextID("o")
            new.occurrences[id] = RemoteOccurrence(
                id: id, series: master.id, time: .timed(start: start, end: start.addingTimeInterval(3600)))
        }
        series[master.id] = new
        touched.insert(master.id)
        touched.formUnion(new.occurrences.keys)
    }

    private mutating func anySeries() -> EventID? {
        series.keys.sorted { $0.rawValue < $1.rawValue }.randomElement(using: &random)
    }

    private mutating func renameSeries() {
        guard let id = anySeries() else { return }
        series[id]!.master = dressed(series[id]!.master)
        touched.insert(id)
        // Graph sends the occurrences again, hundreds at once, or not.
        if random.isOne(in: 2) { touched.formUnion(series[id]!.occurrences.keys) }
    }

    private mutating func anyOccurrence(of id: EventID) -> EventID? {
        series[id]!.occurrences.keys.sorted { $0.rawValue < $1.rawValue }.randomElement(using: &random)
    }

    private mutating func deleteOccurrence() {
        guard let id = anySeries(), let occurrence = anyOccurrence(of: id) else { return }
        series[id]!.occurrences[occurrence] = nil
        series[id]!.master = stamped(series[id]!.master)
        touched.insert(id)
        touched.remove(occurrence)
    }

    private mutating func moveOccurrence(around now: Date) {
        guard let id = anySeries(), let occurrence = anyOccurrence(of: id) else { return }
        series[id]!.occurrences[occurrence] = nil
        var event = RemoteEvent(id: occurrence, series: id, isException: true, time: time(around: now))
        event = dressed(event)
        series[id]!.exceptions[occurrence] = event
        touched.insert(occurrence)
    }

    private mutating func removeSeries() {
        guard let id = anySeries(), let old = series.removeValue(forKey: id) else { return }
        // Occurrences leave no tombstone.
        touched.subtract(old.occurrences.keys)
        touched.subtract(old.exceptions.keys)
        touched.remove(id)
        gone.insert(id)
    }

    private mutating func cutSeries() {
        guard let id = anySeries() else { return }
        let late = series[id]!.occurrences.keys.sorted { $0.rawValue < $1.rawValue }.suffix(2)
        for occurrence in late {
            series[id]!.occurrences[occurrence] = nil
            touched.remove(occurrence)
        }
        series[id]!.master = stamped(series[id]!.master)
        touched.insert(id)
    }
}
