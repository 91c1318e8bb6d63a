package import Foundation

/// One id's part of a plan: what to write to the two hashes, and what to say about it. A slice of a commit is some of
/// these; each is whole by itself, so that a crash between slices leaves a mirror from which the rest follows.
package struct MirrorStep: Sendable, Equatable {
    /// What becomes of the id.
    package enum Write: Sendable, Equatable {
        case event(CalendarEvent, EventDetails, isShown: Bool)
        case master(MasterFacts)
        /// Nothing of it stays.
        case removal
    }

    /// What to do with a field of a hash.
    package enum Field: Sendable, Equatable {
        case set(String)
        case remove
    }

    /// The event's or master's.
    package let id: EventID
    /// What becomes of it in both hashes.
    package let write: Write
    /// `event.created`, `event.updated`, `event.deleted`; of a booking's event `booking.moved` and its like; or
    /// silence.
    package let change: Change.Kind?
    /// What was in the public hash before; a deletion tells it.
    package let before: CalendarEvent?
    /// What a booking's news tells.
    package let news: CalendarEvent?
    /// What is told of the event behind its booking's news, so that a consumer who applies changes by their event
    /// holds what the hash holds: `event.deleted` of a series' master, which no hash has; `event.created` of an event
    /// that was called off and stays.
    package let closing: Change.Kind?
    /// The record of the booking that the event was made for, where it changes.
    package let note: BookingNote?

    /// The field of the public hash. Removing one that isn't there is harmless.
    package var publicField: Field {
        if case .event(let event, _, isShown: true) = write { .set(event.json()) } else { .remove }
    }

    /// The field of the private hash.
    package var privateField: Field {
        switch write {
        case .event(_, let details, isShown: true): .set(Companion.shown(details).json())
        case .event(let event, let details, isShown: false): .set(Companion.hidden(event, details).json())
        case .master(let facts): .set(Companion.master(facts).json())
        case .removal: .remove
        }
    }

    /// The entries for the stream of changes, in their order; none when there is nothing to say.
    package func entries(connection: ConnectionID, calendar: CalendarID, job: JobID?, at: Date) -> [Change] {
        guard let change else { return [] }
        var told = news ?? before
        if news == nil, change != .eventDeleted, case .event(let event, _, _) = write { told = event }
        let booking = note?.booking ?? told?.booking
        guard told != nil || booking != nil else { return [] }
        func entry(_ kind: Change.Kind, _ booking: BookingID?, _ told: CalendarEvent?) -> Change {
            Change(
                kind, connection: connection, calendar: calendar, job: job, at: at, event: id, booking: booking,
                body: told.map { .event($0) } ?? .none)
        }
        let first = entry(change, booking, told)
        switch (closing, write) {
        case (.eventCreated?, .event(let event, _, _)): return [first, entry(.eventCreated, nil, event)]
        case (let closing?, _): return [first, entry(closing, booking, told)]
        case (nil, _): return [first]
        }
    }
}
