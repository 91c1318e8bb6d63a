package import Foundation

// What an earlier run began and nobody published: its job failed for good, or the run died and this job names other
// bookings. The event says whether it was carried out; then it is told as if the job had ended well, after the same
// look as any other. Invitations that weren't sent are not sent: the next upsert that names attendees does.

extension BookingDesk {
    /// What to make of a write that was left open.
    package enum LeftOpen: Sendable, Equatable {
        /// It was carried out: look at it again, and tell.
        case finish(BookingWrite)
        /// It came to nothing.
        case drop
        /// It may still come.
        case wait
    }

    /// Judges a write that was left open.
    package func judge(_ booking: BookingID, _ known: Known, at now: Date) -> LeftOpen {
        guard let intent = known.intent, let content = intent.content else { return .drop }
        switch (intent.kind, known.record?.state == .live, known.found) {
        case (.create, false, nil):
            return now.timeIntervalSince(intent.at) > BookingIntent.patience ? .drop : .wait
        case (.create, false, let found?): return .finish(created(booking, intent, content, known, found))
        case (.change, true, let found?):
            let applied = applied(content, to: known.record?.written, found)
            guard let applied, applied != known.record?.written else { return .drop }
            return .finish(changed(booking, intent, applied, known, found))
        default: return .drop
        }
    }

    private func created(
        _ booking: BookingID, _ intent: BookingIntent, _ content: WrittenContent, _ known: Known, _ found: FreshEvent
    ) -> BookingWrite {
        var content = content
        content.attendees = nil
        // Where a person put it meanwhile it may stay.
        let isWhereItWasMade = found.event.time.equals(content.time)
        return BookingWrite(
            booking: booking, position: nil, first: .done(found),
            look: isWhereItWasMade && !intent.mayOverlap && !intent.hasStood
                ? TimeSpan(content.time, zone: zone).widened(settings) : nil,
            undo: .remove, content: content, revision: intent.revision, isNew: true,
            creates: (known.record?.creates ?? 0) + 1,
            mayOverlap: intent.mayOverlap)
    }

    private func changed(
        _ booking: BookingID, _ intent: BookingIntent, _ applied: WrittenContent, _ known: Known, _ found: FreshEvent
    ) -> BookingWrite {
        let moved = applied.time != known.record?.written?.time && !intent.mayOverlap && !intent.hasStood
        let isSeries = found.kind == .master
        return BookingWrite(
            booking: booking, position: nil, first: .done(found),
            look: moved && !isSeries ? TimeSpan(applied.time, zone: zone).widened(settings) : nil,
            undo: isSeries ? nil : restoration(known, applied.time, applied.showAs), content: applied,
            revision: intent.revision,
            creates: known.record?.creates ?? 0,
            mayOverlap: intent.mayOverlap)
    }

    /// What the event shows of what was to be written. Bodies and attendees aren't read: the next upsert writes them
    /// again.
    private func applied(
        _ content: WrittenContent, to written: WrittenContent?, _ found: FreshEvent
    ) -> WrittenContent? {
        guard var applied = written else { return nil }
        if found.event.time.equals(content.time) { applied.time = content.time }
        if found.event.showAs == content.showAs { applied.showAs = content.showAs }
        if TextDigest(found.event.title) == content.title { applied.title = content.title }
        if TextDigest(found.event.location) == content.location { applied.location = content.location }
        return applied
    }
}
