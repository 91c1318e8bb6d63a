/// An event that was made for a booking, as a plan needs it: what a person does to it is told as the booking's news,
/// what we did to it isn't told as anybody's.
package struct OwnEvent: Sendable, Equatable {
    /// The booking.
    package var booking: BookingID
    /// What is stored of it.
    package var record: BookingRecord
    /// This run writes it, or looks what became of an earlier write: whatever the round says of it is told there.
    package var isOpen: Bool

    /// An event of a booking.
    package init(booking: BookingID, record: BookingRecord, isOpen: Bool = false) {
        self.booking = booking
        self.record = record
        self.isOpen = isOpen
    }

    /// Events of ours that a round says or implies are gone, in order of ids.
    ///
    /// That isn't certain: what lies outside the round's range comes as removed when it changes, and a whole round
    /// doesn't name it at all. So they are asked for one by one before a plan may believe it; those that are gone go
    /// into the round as `removed`, the others as they are.
    package static func doubtful(in round: SyncRound, _ own: [EventID: OwnEvent]) -> [EventID] {
        guard !own.isEmpty else { return [] }
        let digest = RoundDigest(round)
        let doubtful = own.filter { id, event in
            guard event.record.state == .live, !event.isOpen else { return false }
            if let entry = digest.entries[id] { return digest.isGone(entry) }
            // What is long over nobody asks for.
            return round.extent != .incremental && event.record.seen.map { $0.end >= round.range.start } ?? true
        }
        return doubtful.keys.sorted { $0.rawValue < $1.rawValue }
    }
}

/// A booking's record as it will be once a step is published.
package struct BookingNote: Sendable, Equatable {
    /// The booking.
    package var booking: BookingID
    /// Its new record.
    package var record: BookingRecord
    /// The event that ceased to be its own.
    package var lost: EventID?

    /// A note as given.
    package init(booking: BookingID, record: BookingRecord, lost: EventID? = nil) {
        self.booking = booking
        self.record = record
        self.lost = lost
    }
}
