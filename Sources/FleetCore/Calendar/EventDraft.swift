/// A booking's event as it is to be created: what Sched says of it, and what makes the create safe to repeat.
///
/// Reminders, categories and the wish for answers are left to the mailbox's own defaults: they are its owner's.
package struct EventDraft: Sendable, Equatable {
    /// Empty for none.
    package var title: String
    /// Plain text; empty for none.
    package var body: String
    /// Empty for none.
    package var location: String
    /// When it takes place.
    package var time: BookingRequest.Time
    /// IANA name of the mailbox's zone. Only all-day events use it: they begin and end at its midnights. Timed events
    /// are written in UTC, the one zone that every mailbox takes.
    package var zone: String
    /// How it shows.
    package var showAs: ShowAs
    /// Whom Exchange invites at once: leave it empty until the booking is confirmed, and add them by a patch.
    package var attendees: [BookingRequest.Attendee]
    /// Made before the first attempt and the same in each of them; a booking that is created anew needs a fresh one.
    package var transactionID: String
    /// By which the event is found again.
    package var mark: EventMark

    /// An event with all that is written into it.
    package init(
        title: String = "", body: String = "", location: String = "", time: BookingRequest.Time, zone: String = "UTC",
        showAs: ShowAs = .busy, attendees: [BookingRequest.Attendee] = [], transactionID: String, mark: EventMark
    ) {
        self.title = title
        self.body = body
        self.location = location
        self.time = time
        self.zone = zone
        self.showAs = showAs
        self.attendees = attendees
        self.transactionID = transactionID
        self.mark = mark
    }
}

/// A change of an event: the members that are given, and no others, are sent. Exchange mails all attendees at a change
/// of anything else than themselves, so what didn't change must be nil.
package struct EventPatch: Sendable, Equatable {
    /// Both bounds, and whether it is all-day.
    package var time: BookingRequest.Time?
    /// As of `EventDraft`.
    package var zone: String
    /// Empty clears it.
    package var title: String?
    /// Plain text; empty clears it, and with it the join data of a meeting that a person made an online one.
    package var body: String?
    /// Empty clears it.
    package var location: String?
    /// How it shows.
    package var showAs: ShowAs?
    /// The whole list; those that are new are invited, those left out are told.
    package var attendees: [BookingRequest.Attendee]?

    /// A change of what is given.
    package init(
        time: BookingRequest.Time? = nil, zone: String = "UTC", title: String? = nil, body: String? = nil,
        location: String? = nil, showAs: ShowAs? = nil, attendees: [BookingRequest.Attendee]? = nil
    ) {
        self.time = time
        self.zone = zone
        self.title = title
        self.body = body
        self.location = location
        self.showAs = showAs
        self.attendees = attendees
    }

    /// Nothing to send.
    package var isEmpty: Bool {
        time == nil && title == nil && body == nil && location == nil && showAs == nil && attendees == nil
    }
}
