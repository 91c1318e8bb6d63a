import FleetCore
import Foundation

/// A connection as tests hold it: two hashes of strings, as Redis would, and a consumer who follows the changes.
struct MirrorBench {
    var shown: [String: String] = [:]
    var companions: [String: String] = [:]
    var settings = ConnectionSettings()
    var zone = MailboxZone(named: "Europe/Berlin")!
    /// 2026-06-01T12:00:00Z.
    var now = Date(timeIntervalSince1970: 1_780_315_200)
    var range: RoundRange
    /// Events of bookings; their records follow what plans note.
    var own: [EventID: OwnEvent] = [:]
    /// What a consumer holds who applied every change, and began with the hash after `calendar.connected`.
    var consumer: [EventID: CalendarEvent] = [:]
    /// Changes of the last run: `event.created a`.
    var changes: [String] = []
    var last = SyncPlan(
        rolling: MirrorState(), range: RoundRange(start: .distantPast, end: .distantFuture),
        .init(
            settings: ConnectionSettings(), zone: .utc, now: .distantPast))

    init() { range = RoundRange.planned(now: now, settings: settings) }

    var context: SyncPlan.Context {
        SyncPlan.Context(settings: settings, zone: zone, now: now, own: own)
    }

    func state() throws -> MirrorState {
        try MirrorState(shown: shown.map { ($0, $1) }, companions: companions.map { ($0, $1) })
    }

    /// Plans a round, commits it, and lets the consumer follow.
    mutating func run(
        _ items: [RemoteItem], _ extent: SyncRound.Extent = .incremental,
        masters: [EventID: SyncRound.FetchedMaster] = [:], series: [EventID: SyncRound.SeriesReading] = [:],
        isSecondRead: Bool = false
    ) throws {
        if extent != .incremental { range = RoundRange.planned(now: now, settings: settings) }
        // By way of the form in which pages wait.
        let staged = items.map { RemoteItem(staged: $0.staged(privateTitles: settings.privateTitles)) ?? $0 }
        try commit(
            SyncRound(
                extent: extent, range: range, items: staged, masters: masters, series: series,
                isSecondRead: isSecondRead))
    }

    /// Plans a round and commits it, or only its first steps, as if the worker had died then.
    mutating func commit(_ round: SyncRound, steps: Int? = nil) throws {
        last = SyncPlan(round, try state(), context)
        changes = []
        for step in last.steps.prefix(steps ?? last.steps.count) { apply(step) }
        if round.extent == .first {
            consumer = Dictionary(uniqueKeysWithValues: try state().shownEvents.map { ($0.id, $0) })
        }
    }

    private mutating func apply(_ step: MirrorStep) {
        switch step.publicField {
        case .set(let json): shown[step.id.rawValue] = json
        case .remove: shown[step.id.rawValue] = nil
        }
        switch step.privateField {
        case .set(let json): companions[step.id.rawValue] = json
        case .remove: companions[step.id.rawValue] = nil
        }
        if let note = step.note {
            if let lost = note.lost { own[lost] = nil }
            if let event = note.record.event { own[event] = OwnEvent(booking: note.booking, record: note.record) }
        }
        let connection = ConnectionID(tenant: TenantID("t"), resource: ResourceID("r"))
        for change in step.entries(connection: connection, calendar: CalendarID("c"), job: nil, at: now) {
            guard case .event(let event) = change.body else { continue }
            changes.append("\(change.kind.rawValue) \(step.id)")
            let isOver = [.eventDeleted, .bookingCancelledInOutlook].contains(change.kind)
            let isSeen = SyncWindow(now: now, settings: settings).shows(event)
            consumer[step.id] = isOver || !isSeen ? nil : event
        }
    }

    /// The events of the public hash by id.
    func events() throws -> [String: CalendarEvent] {
        Dictionary(uniqueKeysWithValues: try state().shownEvents.map { ($0.id.rawValue, $0) })
    }
}

/// Days and hours around the bench's now.
func at(_ day: Double, _ hour: Double = 0) -> Date {
    Date(timeIntervalSince1970: 1_780_315_200 + day * 86_400 + hour * 3600)
}

func single(
    _ id: String, day: Double = 1, hours: Double = 1, title: String = "Meeting", modified: Double? = 1,
    _ change: (inout RemoteEvent) -> Void = { _ in }
) -> RemoteItem {
    var event = RemoteEvent(
        id: EventID(id), time: .timed(start: at(day), end: at(day, hours)), title: title,
        lastModified: modified.map { at(0, $0 - 1000) }, changeKey: "key-\(id)-\(modified ?? 0)")
    change(&event)
    return .event(event)
}

func master(
    _ id: String, title: String = "Series", modified: Double = 1, _ change: (inout RemoteEvent) -> Void = { _ in }
) -> RemoteItem {
    .master(masterEvent(id, title: title, modified: modified, change))
}

func masterEvent(
    _ id: String, title: String = "Series", modified: Double = 1, _ change: (inout RemoteEvent) -> Void = { _ in }
) -> RemoteEvent {
    var event = RemoteEvent(
        id: EventID(id), time: .timed(start: at(-1000), end: at(-1000, 1)), title: title, showAs: .busy,
        lastModified: at(0, modified - 1000), changeKey: "key-\(id)-\(modified)")
    change(&event)
    return event
}

func occurrence(_ id: String, of series: String, day: Double, hours: Double = 1) -> RemoteItem {
    .occurrence(
        RemoteOccurrence(
            id: EventID(id), series: EventID(series), time: .timed(start: at(day), end: at(day, hours))))
}

func exception(
    _ id: String, of series: String, day: Double, modified: Double = 2, _ change: (inout RemoteEvent) -> Void = { _ in }
) -> RemoteItem {
    single(id, day: day, title: "Moved", modified: modified) {
        $0.series = EventID(series)
        $0.isException = true
        change(&$0)
    }
}
