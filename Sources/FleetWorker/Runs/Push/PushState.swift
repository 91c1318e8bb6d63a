import FleetCore
import FleetStore
import Foundation
import Graph

/// What a push knows of its bookings, and what it has come to so far; published at the end in one step.
struct PushState: Sendable {
    /// As they are, or will be once the end is published.
    var records: [BookingID: BookingRecord] = [:]
    /// What was begun and not published, by an earlier run or by this one.
    var intents: [BookingID: BookingIntent] = [:]
    /// Events in calendars that the connection has left.
    private(set) var former: [BookingID: [EventID]] = [:]
    /// By position in the job.
    var outcomes: [Int: BookingOutcome] = [:]
    /// In the order in which it happened.
    private(set) var changes: [Change] = []
    /// What was written or noticed, for the mirror.
    private(set) var items: [RemoteItem] = []
    private var touched: Set<BookingID> = []
    private var ended: Set<BookingID> = []
    private var lost: Set<EventID> = []
    private var tidied: Set<BookingID> = []
    /// Of outcomes that were told.
    private var published: Set<Int> = []
    /// What the job will end with: others than the one that met it are still told.
    var trouble: GraphError?

    /// What to keep of it.
    var writes: BookingWrites {
        var writes = BookingWrites()
        for booking in touched.sorted(by: { $0.rawValue < $1.rawValue }) {
            if let record = records[booking] { writes.put(booking, record) }
        }
        let live = Set(records.values.compactMap { $0.state == .live ? $0.event : nil })
        for event in lost.subtracting(live) { writes.lose(event) }
        for booking in ended { writes.end(booking) }
        for booking in tidied { writes.leave(booking, former[booking] ?? []) }
        return writes
    }

    /// By position: those that nobody was told yet.
    var freshOutcomes: [(Int, BookingOutcome)] {
        outcomes.filter { !published.contains($0.key) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// By position: those that were told, by this attempt or an earlier one.
    var toldOutcomes: [Int: BookingOutcome] { outcomes.filter { published.contains($0.key) } }

    /// What earlier attempts of the job have told.
    mutating func found(outcomes: [Int: BookingOutcome]) {
        self.outcomes = outcomes
        published = Set(outcomes.keys)
    }

    /// What was read of events in calendars that the connection has left.
    mutating func found(former: [BookingID: [EventID]]) { self.former = former }

    /// What is left of a booking's there now.
    mutating func leave(_ booking: BookingID, _ events: [EventID]) {
        former[booking] = events
        tidied.insert(booking)
    }

    mutating func put(_ booking: BookingID, _ record: BookingRecord) {
        if let before = records[booking]?.event, before != record.event { lost.insert(before) }
        records[booking] = record
        touched.insert(booking)
    }

    /// Nothing of it is under way any more.
    mutating func settle(_ booking: BookingID) {
        guard intents.removeValue(forKey: booking) != nil else { return }
        ended.insert(booking)
    }

    mutating func begin(_ booking: BookingID, _ intent: BookingIntent) {
        intents[booking] = intent
        ended.remove(booking)
    }

    mutating func tell(_ change: Change) { changes.append(change) }

    mutating func remove(_ event: EventID) { items.append(.removed(event)) }

    /// What becomes of a master's occurrences the next round tells: it must not take the master for known.
    mutating func show(_ event: FreshEvent) {
        var shown = event
        if event.kind == .master { shown.event.changeKey = nil }
        items.append(shown.item)
    }

    /// Whether something is to be kept of it.
    func isTouched(_ booking: BookingID) -> Bool {
        touched.contains(booking) || ended.contains(booking) || tidied.contains(booking)
    }

    /// Everything so far was published.
    mutating func wasPublished() {
        changes = []
        items = []
        touched = []
        ended = []
        lost = []
        tidied = []
        published = Set(outcomes.keys)
    }

    /// The events that `items` are about.
    var shownEvents: [EventID] {
        Set(items.compactMap(\.id)).sorted { $0.rawValue < $1.rawValue }
    }

    /// Bookings of obstacles that have an event by now.
    func conflicts(_ obstacles: Set<Obstacle>) -> [EventID] {
        let ids = obstacles.compactMap { obstacle -> EventID? in
            switch obstacle {
            case .event(let id): id
            case .booking(let booking): records[booking]?.event
            }
        }
        return ids.sorted { $0.rawValue < $1.rawValue }
    }
}
