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
        let found = try await find(sought, in: sight.fresh)
        for request in requests where sought.untouched.contains(request.id) {
            let record = state.records[request.id]
            sight.known[request.id] = BookingDesk.Known(
                record: record, intent: state.intents[request.id], isUntouched: true)
            if request.operation == .cancel, let record, let event = record.event {
                // Whether it is still there the removal says.
                sight.opened[event] = OwnEvent(booking: request.id, record: record, isOpen: true)
            }
        }
        for booking in sought.live.union(sought.byMark).sorted(by: { $0.rawValue < $1.rawValue }) {
            let before = state.records[booking]
            if let before, before.state == .live, let event = before.event {
                sight.opened[event] = OwnEvent(booking: booking, record: before, isOpen: true)
            }
            let isAnother = found[booking].map { $0.event.id != before?.event } ?? false
            notice(booking, before?.state == .live && isAnother ? nil : found[booking])
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
        /// By their mark, in the ranges.
        var byMark: Set<BookingID> = []
        /// By their mark, wherever in the calendar they are.
        var anywhere: Set<BookingID> = []
    }

    private func seek(_ request: BookingRequest, _ named: Set<EventID>?, _ sought: inout Sought) {
        let record = state.records[request.id]
        let intent = state.intents[request.id]
        let isLive = record?.state == .live
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
        // An earlier life of this connection may have made it, at whatever time.
        if record == nil && connection.hasEarlierEvents { sought.anywhere.insert(request.id) }
        if let time = request.time {
            sought.spans.append(TimeSpan(time, zone: zone).widened(connection.settings))
        }
        sought.spans += knownSpans(request.id)
    }

    private func seekLeftOpen(_ booking: BookingID, _ sought: inout Sought) {
        sought.spans += knownSpans(booking)
        let isLive = state.records[booking]?.state == .live
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
        if let seen = state.records[booking]?.seen { spans.append(TimeSpan(start: seen.start, end: seen.end)) }
        if let content = state.intents[booking]?.content {
            spans.append(TimeSpan(content.time, zone: zone).widened(connection.settings))
        }
        return spans
    }

    // MARK: Finding

    private func find(_ sought: Sought, in fresh: [FreshEvent]) async throws -> [BookingID: FreshEvent] {
        let byID = Dictionary(fresh.map { ($0.event.id, $0) }, uniquingKeysWith: { first, _ in first })
        var found: [BookingID: FreshEvent] = [:]
        var missing: [EventID: BookingID] = [:]
        for booking in sought.live {
            guard let event = state.records[booking]?.event else { continue }
            if let there = byID[event], !there.event.isCancelled {
                found[booking] = there
            } else {
                missing[event] = booking
            }
        }
        for (event, there) in try await probe.whereabouts(missing.keys.sorted { $0.rawValue < $1.rawValue }) {
            if let booking = missing[event] { found[booking] = there }
        }
        found.merge(try await findByMark(sought, in: fresh)) { first, _ in first }
        return found
    }

    private func findByMark(_ sought: Sought, in fresh: [FreshEvent]) async throws -> [BookingID: FreshEvent] {
        var marked: [BookingID: [FreshEvent]] = [:]
        for event in fresh where !event.event.isCancelled {
            guard let booking = event.mark?.booking(of: keeper.lane) else { continue }
            marked[booking, default: []].append(event)
        }
        var found: [BookingID: FreshEvent] = [:]
        var marks: [BookingID: EventMark] = [:]
        for booking in sought.byMark.sorted(by: { $0.rawValue < $1.rawValue }) {
            if let event = adopted[booking] {
                found[booking] = event
            } else if mayBeFoundByMark(booking), let events = marked[booking] {
                found[booking] = original(of: booking, among: events)
            }
            if found[booking] == nil, sought.anywhere.contains(booking) { marks[booking] = mark(booking) }
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

    /// Tells what a person did to a booking's event, and takes it for known. What an unfinished write may have done is
    /// left to whoever finishes it.
    mutating func notice(_ booking: BookingID, _ found: FreshEvent?) {
        guard var record = state.records[booking], record.state == .live, let event = record.event else { return }
        guard let found else {
            let isOurs = state.intents[booking]?.kind == .remove
            let kind = isOurs ? Change.Kind.bookingCancelled : .bookingCancelledInOutlook
            state.tell(change(kind, booking, event, record.seen.map { .event($0) } ?? .none))
            state.put(booking, record.ended(isOurs ? .cancelled : .gone, at: keeper.now))
            state.show(.removed(event))
            if isOurs { state.settle(booking) }
            return
        }
        guard state.intents[booking] == nil, let now = seen(found, booking) else { return }
        let news = record.news(of: now, changeKey: found.event.changeKey)
        guard news != nil || found.event.changeKey != record.changeKey else { return }
        if let news {
            state.tell(change(news, booking, event, .event(now)))
            state.show(.event(found.event))
        }
        record.seen = now
        record.changeKey = found.event.changeKey
        state.put(booking, record)
    }
}
