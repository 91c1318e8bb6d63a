import Foundation

// Decides bookings one after the other, in their job's order, on what was read fresh. Pure: what is known goes in, what
// to do comes out. Each decision changes what the next ones find: an accepted booking takes its time, a moved one frees
// the old one, a cancelled one too. (Should the move be undone later, LookAgain sees to those that took its place.)
//
//   revision older than the last applied    -> unchanged
//   cancel: event there                     -> remove                 no event -> cancelled
//   upsert: event there, nothing differs    -> unchanged
//           its time changes (or begins to block) and a person made it recurring -> fail, the series stays as it is
//           its time changes (or begins to block) and something else is there -> reject, the event stays where it is
//           else                            -> change, only what the upsert changed and the event hasn't yet
//   upsert: no event, something is there    -> reject                 else     -> create
//
// "Differs" is: from what we wrote last. What a person changed stays until an upsert changes the same thing.
//
// A series that a person made of a booking's event is still its event: an upsert that changes the title changes that
// of all occurrences, a cancel removes them all, and none of them is in its way. But it is never moved: Exchange drops
// what people did to single occurrences then, and nobody asked whether there is room for each of them.

/// Decides the bookings of one job.
package struct BookingDesk: Sendable {
    /// What is known of a booking before it is decided.
    package struct Known: Sendable, Equatable {
        /// What is stored.
        package var record: BookingRecord?
        /// A write of which nobody knows what came of it.
        package var intent: BookingIntent?
        /// Its event as it is now; nil when it has none, or was looked for and isn't there.
        package var found: FreshEvent?
        /// The event wasn't looked at, for nothing can have changed: the round of pages doesn't name it.
        package var isUntouched: Bool

        /// What is known, as given.
        package init(
            record: BookingRecord? = nil, intent: BookingIntent? = nil, found: FreshEvent? = nil,
            isUntouched: Bool = false
        ) {
            self.record = record
            self.intent = intent
            self.found = found
            self.isUntouched = isUntouched
        }

        /// What its event was to hold; nil where it has none.
        var written: WrittenContent? { record?.state == .live ? record?.written : nil }

        /// The event, if it is there.
        package var event: EventID? { isUntouched ? record?.event : found?.event.id }
    }

    let connection: ConnectionID
    let calendar: CalendarID
    let settings: ConnectionSettings
    let zone: MailboxZone
    private var occupied: OccupiedTimes

    /// A desk for the bookings of one connection, with what is in its calendar.
    package init(
        connection: ConnectionID, calendar: CalendarID, settings: ConnectionSettings, zone: MailboxZone,
        occupied: OccupiedTimes
    ) {
        self.connection = connection
        self.calendar = calendar
        self.settings = settings
        self.zone = zone
        self.occupied = occupied
    }

    /// Decides the next booking.
    package mutating func decide(_ request: BookingRequest, at position: Int, _ known: Known) -> BookingDecision {
        guard let content = WrittenContent(request, after: known.written) else {
            return cancel(request, at: position, known)
        }
        if let revision = request.revision, let last = known.record?.revision, revision < last {
            return .answer(.unchanged, known.event)
        }
        guard let event = known.event else { return create(request, content, at: position, known) }
        return change(event, request, content, at: position, known)
    }

    /// Whether an upsert says nothing new of an event of ours: then it needn't even be looked at, as long as Graph's
    /// changes don't name it.
    package static func isPlainlyUnchanged(
        _ request: BookingRequest, _ record: BookingRecord?, _ intent: BookingIntent?
    ) -> Bool {
        guard let record, record.state == .live, intent == nil, record.written != nil else { return false }
        if let revision = request.revision, let last = record.revision, revision < last { return true }
        return WrittenContent(request, after: record.written) == record.written
    }

    // MARK: Cancel

    private mutating func cancel(_ request: BookingRequest, at position: Int, _ known: Known) -> BookingDecision {
        guard let event = known.event else { return .answer(.cancelled, nil) }
        occupied.remove(event)
        return .write(
            BookingWrite(
                booking: request.id, position: position, first: .remove(event),
                revision: [request.revision, known.record?.revision].compactMap(\.self).max(),
                creates: known.record?.creates ?? 0))
    }

    // MARK: Create

    private mutating func create(
        _ request: BookingRequest, _ content: WrittenContent, at position: Int, _ known: Known
    ) -> BookingDecision {
        let span = TimeSpan(content.time, zone: zone)
        if request.onConflict == .reject {
            let obstacles = occupied.obstacles(to: span.widened(settings), besides: [])
            if !obstacles.isEmpty { return .reject(obstacles) }
        }
        let creates = (known.record?.creates ?? 0) + 1
        let transaction: String
        if let intent = known.intent, intent.kind == .create, let begun = intent.transactionID {
            transaction = begun
        } else {
            transaction = TransactionID.make(connection, calendar, request.id, number: creates)
        }
        let draft = EventDraft(
            title: request.title ?? "", body: request.body ?? "", location: request.location ?? "", time: content.time,
            zone: zone.identifier, showAs: request.showAs, transactionID: transaction,
            mark: EventMark(connection: connection, booking: request.id))
        occupied.put(.booking(request.id), at: span, blocks: request.showAs.blocks(settings))
        return .write(
            BookingWrite(
                booking: request.id, position: position, first: .create(draft),
                look: look(request, span), undo: .remove, then: invitations(request, content, nil), content: content,
                revision: request.revision ?? known.record?.revision, isNew: true, creates: creates,
                mayOverlap: request.onConflict == .allow))
    }

    // MARK: Change

    private mutating func change(
        _ event: EventID, _ request: BookingRequest, _ content: WrittenContent, at position: Int, _ known: Known
    ) -> BookingDecision {
        // Created by a try of which nobody heard the end, or found by its mark by a fleet that lost its record: it is
        // to be confirmed, whatever else there is to do. Only the former has to yield to others where it is.
        let isNew = known.record?.state != .live
        let isUnconfirmed = isNew && known.intent?.kind == .create
        let written = isNew ? known.intent?.content : known.written
        let span = TimeSpan(content.time, zone: zone)
        // A change of which nobody knows whether it was carried out: what it wrote counts as written, too.
        let open = known.intent?.kind == .change ? known.intent?.content : nil
        let doubts = known.intent?.doubts ?? []
        let patch = patch(request, content, from: [written, open ?? written], doubts, known.found)
        let moves =
            isUnconfirmed || startsToBlock(content, written, known)
            || open.map { startsToBlock(content, $0, known) } ?? false
            || !doubts.isDisjoint(with: [.time, .showAs])
        let isThere = patch.time == nil && patch.showAs == nil
        let isSeries = known.found?.kind == .master
        if isSeries && moves && !isThere { return .fail(Self.notMovable) }
        if moves && !isThere && !isUnconfirmed && request.onConflict == .reject {
            let obstacles = occupied.obstacles(to: span.widened(settings), besides: [event])
            if !obstacles.isEmpty { return .reject(obstacles) }
        }
        guard let found = known.found, !(patch.isEmpty && !moves && !isNew && known.intent == nil) else {
            return .answer(.unchanged, event)
        }
        if (moves || !isThere) && !isSeries {
            occupied.put(.event(event), at: span, blocks: request.showAs.blocks(settings))
        }
        // A series that a person made of it where it was written stays there, whatever it has come to overlap.
        let isFixed = isSeries && !isUnconfirmed
        let hasStood = known.intent?.hasStood(with: content) ?? false
        let (first, rest) = moves ? patch.divided : (patch, EventPatch())
        var then = rest
        if isNew { then.attendees = invitations(request, content, known.written).attendees }
        let undo: BookingWrite.Undo = isUnconfirmed ? .remove : restoration(known, content.time, content.showAs)
        var write =
            BookingWrite(
                booking: request.id, position: position,
                first: first.isEmpty ? .done(found) : .change(event, first, etag: found.etag),
                look: moves && !hasStood && !isFixed ? look(request, span) : nil, undo: moves && !isFixed ? undo : nil,
                then: then,
                content: content,
                revision: request.revision ?? known.record?.revision, isNew: isNew,
                creates: (known.record?.creates ?? 0) + (isNew ? 1 : 0), mayOverlap: request.onConflict == .allow)
        write.isUnchecked = isUnconfirmed && !isThere
        return .write(write)
    }

    private static let notMovable = JobError(
        .invalidJob,
        "somebody made a series of the booking's event in Outlook: it can't be moved, or be made to block, with all of "
            + "its occurrences; cancel the booking, and push it anew")

    private func look(_ request: BookingRequest, _ span: TimeSpan) -> TimeSpan? {
        request.onConflict == .reject ? span.widened(settings) : nil
    }

    /// Whether it takes up time that it didn't take up before, by what upserts said; what a person made of it stays.
    private func startsToBlock(_ content: WrittenContent, _ written: WrittenContent?, _ known: Known) -> Bool {
        guard let written else {
            guard let found = known.found else { return true }
            return found.event.time.equals(content.time) != true
        }
        if content.time != written.time { return true }
        return content.showAs.blocks(settings) && !written.showAs.blocks(settings)
    }

    /// What to send: what the upsert changed, from any of what may have been written, but for what the event shows
    /// already.
    private func patch(
        _ request: BookingRequest, _ content: WrittenContent, from written: [WrittenContent?],
        _ doubts: WrittenContent.Parts, _ found: FreshEvent?
    ) -> EventPatch {
        let everything = content.attendees == nil ? WrittenContent.Parts.all.subtracting(.attendees) : .all
        let changed = written.reduce(doubts) { $0.union($1?.differences(from: content) ?? everything) }
        var patch = EventPatch(zone: zone.identifier)
        let now = found?.event
        if changed.contains(.time), now?.time.equals(content.time) != true { patch.time = content.time }
        if changed.contains(.showAs), now?.showAs != content.showAs { patch.showAs = content.showAs }
        if changed.contains(.title), now?.title != (request.title ?? "") { patch.title = request.title ?? "" }
        if changed.contains(.location), now.map({ $0.location ?? "" }) != (request.location ?? "") {
            patch.location = request.location ?? ""
        }
        if changed.contains(.body) { patch.body = request.body ?? "" }
        if changed.contains(.attendees) { patch.attendees = request.attendees }
        return patch
    }

    private func invitations(
        _ request: BookingRequest, _ content: WrittenContent, _ written: WrittenContent?
    ) -> EventPatch {
        guard content.attendees != written?.attendees else { return EventPatch() }
        return EventPatch(attendees: request.attendees)
    }

    /// Back to where the event was when we began.
    func restoration(
        _ known: Known, _ time: BookingRequest.Time, _ showAs: ShowAs
    ) -> BookingWrite.Undo {
        var time = known.record?.written?.time ?? known.found?.event.time.bookingTime ?? time
        var showAs = known.record?.written?.showAs ?? known.found?.event.showAs ?? showAs
        if let seen = known.record?.seen {
            time =
                seen.allDay.map { .allDay(start: $0.start, end: $0.end) } ?? .timed(start: seen.start, end: seen.end)
            if seen.showAs != .unknown { showAs = seen.showAs }
        }
        return .restore(
            EventPatch(time: time, zone: zone.identifier, showAs: showAs), span: TimeSpan(time, zone: zone))
    }
}

extension EventPatch {
    /// What matters for others, and the rest.
    fileprivate var divided: (EventPatch, EventPatch) {
        var rest = self
        rest.time = nil
        rest.showAs = nil
        return (EventPatch(time: time, zone: zone, showAs: showAs), rest)
    }
}

extension RemoteTime {
    /// Whether it is that time; seconds' fractions aside.
    package func equals(_ time: BookingRequest.Time) -> Bool {
        switch (self, time) {
        case (.timed(let start, let end), .timed(let otherStart, let otherEnd)):
            start.wholeSeconds == otherStart.wholeSeconds && end.wholeSeconds == otherEnd.wholeSeconds
        case (.allDay(let start, let end), .allDay(let otherStart, let otherEnd)):
            start == otherStart && end == otherEnd
        default: false
        }
    }

    /// The same as a booking says it.
    var bookingTime: BookingRequest.Time {
        switch self {
        case .timed(let start, let end), .midnights(_, _, let start, let end): .timed(start: start, end: end)
        case .allDay(let start, let end): .allDay(start: start, end: end)
        }
    }
}
