package import Foundation

/// One booking of a sync job: the whole of it, or its cancellation.
package struct BookingRequest: Sendable, Equatable {
    /// What to do with it.
    package enum Operation: String, Sendable, Codable, CaseIterable { case upsert, cancel }
    /// What to do when the time is taken.
    package enum ConflictPolicy: String, Sendable, Codable, CaseIterable { case reject, allow }

    /// When it takes place; nil only for `cancel`.
    package enum Time: Sendable, Equatable {
        case timed(start: Date, end: Date)
        /// `end` is exclusive.
        case allDay(start: CalendarDate, end: CalendarDate)
    }

    /// Somebody to invite.
    package struct Attendee: Sendable, Equatable {
        /// Address.
        package var email: String
        /// Shown name; nil for none.
        package var name: String?
        /// False: optional.
        package var required: Bool

        /// A required attendee, unless said otherwise.
        package init(email: String, name: String? = nil, required: Bool = true) {
            self.email = email
            self.name = name
            self.required = required
        }
    }

    /// Sched's id.
    package var id: BookingID
    /// What to do.
    package var operation: Operation
    /// Given for every upsert.
    package var time: Time?
    /// nil clears it.
    package var title: String?
    /// Plain text; nil clears it.
    package var body: String?
    /// nil clears it.
    package var location: String?
    /// nil leaves the attendees of the event as they are.
    package var attendees: [Attendee]?
    /// How the event will show.
    package var showAs: ShowAs
    /// What to do when something is in the way.
    package var onConflict: ConflictPolicy
    /// An upsert older than the last applied one changes nothing; nil: no such order.
    package var revision: Int?

    /// A booking as given; nothing is checked.
    package init(
        id: BookingID, operation: Operation = .upsert, time: Time? = nil, title: String? = nil, body: String? = nil,
        location: String? = nil, attendees: [Attendee]? = nil, showAs: ShowAs = .busy,
        onConflict: ConflictPolicy = .reject, revision: Int? = nil
    ) {
        self.id = id
        self.operation = operation
        self.time = time
        self.title = title
        self.body = body
        self.location = location
        self.attendees = attendees
        self.showAs = showAs
        self.onConflict = onConflict
        self.revision = revision
    }
}
