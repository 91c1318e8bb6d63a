package import Foundation

/// One booking of a sync job: the whole of it, or its cancellation.
package struct BookingRequest: Sendable, Equatable {
    package enum Operation: String, Sendable, Codable, CaseIterable { case upsert, cancel }
    package enum ConflictPolicy: String, Sendable, Codable, CaseIterable { case reject, allow }

    /// When it takes place; nil only for `cancel`.
    package enum Time: Sendable, Equatable {
        case timed(start: Date, end: Date)
        /// `end` is exclusive.
        case allDay(start: CalendarDate, end: CalendarDate)
    }

    package struct Attendee: Sendable, Equatable {
        package var email: String
        package var name: String?
        package var required: Bool

        package init(email: String, name: String? = nil, required: Bool = true) {
            self.email = email
            self.name = name
            self.required = required
        }
    }

    package var id: BookingID
    package var operation: Operation
    package var time: Time?
    package var title: String?
    package var body: String?
    package var location: String?
    /// nil leaves the attendees of the event as they are.
    package var attendees: [Attendee]?
    package var showAs: ShowAs
    package var onConflict: ConflictPolicy
    package var revision: Int?

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
