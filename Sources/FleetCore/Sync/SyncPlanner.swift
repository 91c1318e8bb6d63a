import Foundation

/// The making of one plan; see ``SyncPlan`` for the rules.
struct SyncPlanner {
    let round: SyncRound
    let mirror: MirrorState
    let context: SyncPlan.Context
    let window: SyncWindow
    let projection: EventProjection
    var digest: RoundDigest
    /// The series as they are after the round.
    var masters: [EventID: MasterFacts]
    var changedMasters: Set<EventID> = []
    var result = SyncPlan()
    /// Why items that could be read were left out all the same, and how many.
    var setAside: [String: Int] = [:]
    /// Occurrences of which no master is known.
    var orphans = 0

    init(_ round: SyncRound, _ mirror: MirrorState, _ context: SyncPlan.Context) {
        self.round = round
        self.mirror = mirror
        self.context = context
        window = SyncWindow(now: context.now, settings: context.settings)
        projection = EventProjection(settings: context.settings, zone: context.zone)
        digest = RoundDigest(round)
        masters = mirror.masters
    }

    mutating func plan() -> SyncPlan {
        settleMasters()
        for (id, known) in mirror.events { settle(id, known, digest.entries[id]) }
        for (id, entry) in digest.entries where mirror.events[id] == nil { settle(id, nil, entry) }
        for id in mirror.masters.keys where mirror.events[id] == nil && digest.entries[id] == nil {
            settle(id, nil, nil)
        }
        for id in mirror.unreadable where mirror.events[id] == nil && digest.entries[id] == nil {
            settle(id, nil, nil)
        }
        if let suspicion = suspicion() {
            var nothing = SyncPlan()
            nothing.suspicion = suspicion
            return nothing
        }
        result.isResync = round.extent == .full
        result.setAside = setAside.values.reduce(0, +) + digest.malformed.values.reduce(0, +)
        result.warnings = warnings()
        result.steps.sort(by: Self.isPublishedBefore)
        return result
    }

    /// Puts one id where it belongs, and notes the step if that is a difference.
    private mutating func settle(_ id: EventID, _ known: MirrorState.Known?, _ entry: RoundDigest.Entry?) {
        var final = event(id, known, entry)
        let own = context.own[id].map { ownNews($0, id, final, entry) } ?? OwnNews()
        // What a person called off, and what stays of it in the calendar all the same, is anybody's.
        if own.change == .bookingCancelledInOutlook { final?.event.booking = nil }
        let isShown = final.map { window.shows($0.event) } ?? false
        if isShown { result.shown += 1 }
        let write: MirrorStep.Write
        if let final, isShown || final.event.start >= window.end {
            write = .event(final.event, final.details, isShown: isShown)
        } else {
            // Gone, or past: time never brings it back.
            write = masters[id].map { .master($0) } ?? .removal
        }
        let stored: MirrorStep.Write =
            known.map { .event($0.event, $0.details, isShown: $0.isShown) }
            ?? mirror.masters[id].map { .master($0) } ?? .removal
        let before = known.flatMap { $0.isShown ? $0.event : nil }
        guard write != stored || mirror.unreadable.contains(id) || own.change != nil || own.note != nil else { return }
        let change = own.isSilent ? own.change : change(from: before, to: isShown ? final?.event : nil)
        count(change)
        let closing = closing(own, isShown)
        count(closing)
        result.steps.append(
            MirrorStep(
                id: id, write: write, change: change, before: before, news: own.event, closing: closing, note: own.note)
        )
    }

    private func change(from before: CalendarEvent?, to after: CalendarEvent?) -> Change.Kind? {
        guard round.extent != .first else { return nil }
        switch (before, after) {
        case (nil, nil): return nil
        case (nil, _?): return .eventCreated
        case (let before?, nil): return window.shows(before) ? .eventDeleted : nil
        case (let before?, let after?): return before.differs(from: after) ? .eventUpdated : nil
        }
    }

    /// What is told of the event behind its booking's news.
    private func closing(_ own: OwnNews, _ isShown: Bool) -> Change.Kind? {
        if own.isOfMaster { return .eventDeleted }
        return own.change == .bookingCancelledInOutlook && isShown ? .eventCreated : nil
    }

    private mutating func count(_ change: Change.Kind?) {
        switch change {
        case .eventCreated: result.created += 1
        case .eventUpdated: result.updated += 1
        case .eventDeleted: result.deleted += 1
        default: break
        }
    }

    private static func isPublishedBefore(_ left: MirrorStep, _ right: MirrorStep) -> Bool {
        if left.rank != right.rank { return left.rank < right.rank }
        if left.start != right.start { return left.start < right.start }
        return left.id.rawValue < right.id.rawValue
    }
}

extension CalendarEvent {
    /// Whether something that a consumer could see differs. Not `last_modified`: Outlook touches events for reasons of
    /// its own, and a replay with a new time is no news.
    func differs(from other: CalendarEvent) -> Bool {
        var (left, right) = (self, other)
        left.lastModified = nil
        right.lastModified = nil
        return left != right
    }
}

extension MirrorStep {
    fileprivate var rank: Int {
        switch change {
        case .eventDeleted, .bookingCancelledInOutlook: 0
        case .eventUpdated, .bookingMoved, .bookingEditedInOutlook: 1
        case .eventCreated: 2
        default: 3
        }
    }

    fileprivate var start: Date {
        if case .event(let event, _, _) = write, change != .eventDeleted { return event.start }
        return before?.start ?? .distantPast
    }
}
