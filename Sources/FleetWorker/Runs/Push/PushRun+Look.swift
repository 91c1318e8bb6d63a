import FleetCore
import Foundation
import Graph

/// What a look saw.
struct Sight: Sendable {
    /// What is in the calendar around the bookings.
    var fresh: [FreshEvent] = []
    /// What is known of each booking that was looked for.
    var known: [BookingID: BookingDesk.Known] = [:]
    /// Bookings that no request of this wave names, left open by an earlier run.
    var leftOpen: [BookingID] = []
    /// Events that this look told of, or will: a plan must not.
    var opened: [EventID: OwnEvent] = [:]
    /// Created for bookings whose own event came back meanwhile: a person had moved it to another calendar.
    var successors: [BookingID: EventID] = [:]
}

extension PushRun {
    /// Looks for the bookings of a wave, and tells what people did to their events.
    ///
    /// - Parameters:
    ///   - named: the events that the round of pages names: others haven't changed. Nil: nobody knows.
    ///   - settling: also looks what became of what an earlier run began.
    mutating func look(at wave: [Int], named: Set<EventID>?, settling: Bool) async throws -> Sight {
        let requests = wave.map { self.requests[$0] }
        var sight = Sight()
        var sought = Sought()
        for request in requests { seek(request, named, &sought) }
        if settling {
            let asked = Set(requests.map(\.id))
            sight.leftOpen = state.intents.keys.filter { !asked.contains($0) }.sorted { $0.rawValue < $1.rawValue }
            for booking in sight.leftOpen { seekLeftOpen(booking, &sought) }
        }
        sight.fresh = try await probe.events(in: ReadRanges.covering(sought.spans))
        var (found, calledOff) = try await find(sought, in: sight.fresh)
        for (booking, event) in try await findByMark(sought, in: sight.fresh) {
            if let own = found[booking], own.event.id != event.event.id {
                sight.successors[booking] = event.event.id
                sight.opened[event.event.id] = OwnEvent(
                    booking: booking, record: BookingRecord(state: .live, event: event.event.id), isOpen: true)
            } else {
                found[booking] = event
            }
        }
        for request in requests where sought.untouched.contains(request.id) {
            let record = state.records[request.id]
            sight.known[request.id] = BookingDesk.Known(
                record: record, intent: state.intents[request.id], isUntouched: true)
            if request.operation == .cancel, let record, let event = record.event {
                // Whether it is still there the removal says.
                sight.opened[event] = OwnEvent(booking: request.id, record: record, isOpen: true)
            }
        }
        for booking in sought.live.union(sought.byMark).union(sought.former).sorted(by: { $0.rawValue < $1.rawValue }) {
            let before = state.records[booking]
            if let found = found[booking], sight.successors[booking] == nil { noticeReturn(booking, found) }
            if let before, before.state == .live, let event = before.event {
                sight.opened[event] = OwnEvent(booking: booking, record: before, isOpen: true)
            }
            let isAnother = found[booking].map { $0.event.id != before?.event } ?? false
            notice(booking, before?.state == .live && isAnother ? nil : found[booking], calledOff: calledOff[booking])
            if let event = found[booking]?.event.id {
                let record = state.records[booking] ?? BookingRecord(state: .live, event: event)
                sight.opened[event] = OwnEvent(booking: booking, record: record, isOpen: true)
            }
            sight.known[booking] = BookingDesk.Known(
                record: state.records[booking], intent: state.intents[booking], found: found[booking])
        }
        return sight
    }

    // MARK: What to look for

    private struct Sought {
        var spans: [TimeSpan] = []
        /// Nothing to look at: nobody changed the event, and the booking neither; or it is to go anyway.
        var untouched: Set<BookingID> = []
        /// By their event.
        var live: Set<BookingID> = []
        /// By the event that they had: it may have come back.
        var former: Set<BookingID> = []
        /// By their mark, in the ranges.
        var byMark: Set<BookingID> = []
        /// By their mark, wherever in the calendar they are.
        var anywhere: Set<BookingID> = []
    }

    private func seek(_ request: BookingRequest, _ named: Set<EventID>?, _ sought: inout Sought) {
        let record = state.records[request.id]
        let intent = state.intents[request.id]
        let isLive = record?.state == .live
        if record?.former != nil { sought.former.insert(request.id) }
        if request.operation == .cancel {
            if isLive && !isSucceeded(request.id) {
                sought.untouched.insert(request.id)
            } else {
                if isLive { sought.live.insert(request.id) }
                sought.byMark.insert(request.id)
                if record == nil || intent?.kind == .create { sought.anywhere.insert(request.id) }
            }
            return
        }
        if let named, let event = record?.event, !named.contains(event),
            BookingDesk.isPlainlyUnchanged(request, record, intent)
        {
            sought.untouched.insert(request.id)
            return
        }
        if isLive { sought.live.insert(request.id) }
        if !isLive || isSucceeded(request.id) { sought.byMark.insert(request.id) }
        // An earlier life of this connection may have made it, at whatever time; a successor a person may have moved.
        if record == nil ? connection.hasEarlierEvents : isSucceeded(request.id) { sought.anywhere.insert(request.id) }
        if let time = request.time {
            sought.spans.append(TimeSpan(time, zone: zone).widened(connection.settings))
        }
        sought.spans += knownSpans(request.id)
    }

    private func seekLeftOpen(_ booking: BookingID, _ sought: inout Sought) {
        sought.spans += knownSpans(booking)
        let isLive = state.records[booking]?.state == .live
        if state.records[booking]?.former != nil { sought.former.insert(booking) }
        if isLive { sought.live.insert(booking) }
        if !isLive || isSucceeded(booking) {
            sought.byMark.insert(booking)
            sought.anywhere.insert(booking)
        }
    }

    /// Whether an earlier run found the record's event gone and began to create it anew, and could publish neither:
    /// then there may be another event than the record's.
    private func isSucceeded(_ booking: BookingID) -> Bool {
        state.records[booking]?.state == .live && state.intents[booking]?.kind == .create
    }

    /// Where a booking's event was last, and where it was to be.
    private func knownSpans(_ booking: BookingID) -> [TimeSpan] {
        var spans: [TimeSpan] = []
        if let record = state.records[booking], record.state == .live, let seen = record.seen {
            spans.append(TimeSpan(start: seen.start, end: seen.end))
        }
        if let content = state.intents[booking]?.content {
            spans.append(TimeSpan(content.time, zone: zone).widened(connection.settings))
        }
        return spans
    }

    // MARK: Finding

    /// Events of bookings, and those that a person called off: they are there, and no booking's any more.
    private func find(
        _ sought: Sought, in fresh: [FreshEvent]
    ) async throws -> (found: [BookingID: FreshEvent], calledOff: [BookingID: FreshEvent]) {
        let byID = Dictionary(fresh.map { ($0.event.id, $0) }, uniquingKeysWith: { first, _ in first })
        var found: [BookingID: FreshEvent] = [:]
        var missing: [EventID: BookingID] = [:]
        for booking in sought.live.union(sought.former) {
            guard let record = state.records[booking], let event = record.event ?? record.former else { continue }
            if let there = byID[event] {
                found[booking] = there
            } else {
                missing[event] = booking
            }
        }
        for (event, there) in try await probe.whereabouts(missing.keys.sorted { $0.rawValue < $1.rawValue }) {
            if let booking = missing[event] { found[booking] = there }
        }
        return (found.filter { !$0.value.event.isCancelled }, found.filter { $0.value.event.isCancelled })
    }

    private func findByMark(_ sought: Sought, in fresh: [FreshEvent]) async throws -> [BookingID: FreshEvent] {
        var marked: [BookingID: [FreshEvent]] = [:]
        var inSeries: Set<BookingID> = []
        for event in fresh where !event.event.isCancelled {
            guard let booking = event.mark?.booking(of: keeper.lane) else { continue }
            // Occurrences show the mark of their master, which no view has.
            if event.event.series == nil {
                marked[booking, default: []].append(event)
            } else {
                inSeries.insert(booking)
            }
        }
        var found: [BookingID: FreshEvent] = [:]
        var marks: [BookingID: EventMark] = [:]
        for booking in sought.byMark.sorted(by: { $0.rawValue < $1.rawValue }) {
            if let event = adopted[booking] {
                found[booking] = event
            } else if mayBeFoundByMark(booking), let events = marked[booking] {
                found[booking] = original(of: booking, among: events)
            }
            let mayBeElsewhere = sought.anywhere.contains(booking) || inSeries.contains(booking)
            if found[booking] == nil && mayBeElsewhere { marks[booking] = mark(booking) }
        }
        for (booking, events) in try await probe.marked(marks) {
            found[booking] = original(of: booking, among: events)
        }
        return found
    }

    /// A mark alone proves nothing where an event has ended before: people copy events, and copies carry it.
    private func mayBeFoundByMark(_ booking: BookingID) -> Bool {
        state.records[booking] == nil || state.intents[booking]?.kind == .create
    }

    /// Of events with one mark that which we made: by the transaction id, which copies don't have. Of an open create
    /// that of its intent, else any of this connection's. Where Graph doesn't tell the ids nothing is found, and the
    /// create that follows is answered with the event that is there.
    func original(of booking: BookingID, among marked: [FreshEvent]) -> FreshEvent? {
        let intent = state.intents[booking]
        let begun = intent?.kind == .create ? intent?.transactionID?.lowercased() : nil
        return marked.first { event in
            guard let transaction = event.event.transactionID else { return false }
            return begun.map { $0 == transaction.lowercased() } ?? TransactionID.isOurs(transaction, keeper.lane)
        }
    }

    // MARK: Noticing

    /// A person has undone what took a booking's event away: it is the booking's again, and what may have been begun in
    /// its stead hasn't come to be.
    mutating func noticeReturn(_ booking: BookingID, _ found: FreshEvent) {
        guard let record = state.records[booking], record.former == found.event.id else { return }
        state.settle(booking)
        var revived = record.revived
        if let now = seen(found, booking) {
            let isMoved = record.seen.map { ($0.start, $0.end) != (now.start, now.end) } ?? false
            tell(isMoved ? .bookingMoved : .bookingEditedInOutlook, booking, found, now)
            revived.seen = now
        }
        revived.isSeries = found.kind == .master
        revived.changeKey = found.event.changeKey
        state.put(booking, revived)
        state.show(found)
    }

    /// What stays of a booking's event that a person called off is told as anybody's; as a rule nothing does.
    private mutating func stays(_ calledOff: FreshEvent?, _ event: EventID) {
        guard let calledOff, calledOff.event.id == event else { return state.remove(event) }
        guard calledOff.kind != .master,
            let now = CalendarEvent(calledOff.event, booking: nil, settings: connection.settings, zone: zone)
        else { return state.show(calledOff) }
        var created = keeper.change(.eventCreated, connection.calendar, .event(now))
        created.event = event
        state.tell(created)
        state.show(calledOff)
    }

    /// Tells what a person did to a booking's event, and takes it for known. What an unfinished write may have done is
    /// left to whoever finishes it.
    mutating func notice(_ booking: BookingID, _ found: FreshEvent?, calledOff: FreshEvent? = nil) {
        guard var record = state.records[booking], record.state == .live, let event = record.event else { return }
        guard let found else {
            let isOurs = state.intents[booking]?.kind == .remove
            let kind = isOurs ? Change.Kind.bookingCancelled : .bookingCancelledInOutlook
            state.tell(change(kind, booking, event, record.seen.map { .event($0) } ?? .none))
            state.put(booking, record.ended(isOurs ? .cancelled : .gone, at: keeper.now))
            stays(calledOff, event)
            if isOurs { state.settle(booking) }
            return
        }
        guard state.intents[booking] == nil, let now = seen(found, booking) else { return }
        let isSeries = found.kind == .master
        let news = record.news(of: now, isSeries: isSeries, changeKey: found.event.changeKey)
        guard news != nil || found.event.changeKey != record.changeKey else { return }
        if let news {
            tell(news, booking, found, now)
            state.show(found)
        }
        record.seen = now
        record.isSeries = isSeries
        record.changeKey = found.event.changeKey
        state.put(booking, record)
    }
}
