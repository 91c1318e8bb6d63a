import Foundation
import TestSupport
import Testing

/// Bookings as producers write them; each lasts an hour and is called like its id unless said otherwise.
enum Booking {
    static func upsert(_ id: String, _ start: Date, minutes: Int = 60, _ more: JSON = [:]) -> JSON {
        let booking: JSON = [
            "booking_id": .string(id), "title": .string(id), "start_time": .string(Instant.write(start)),
            "end_time": .string(Instant.write(start.addingTimeInterval(Double(minutes) * 60))),
        ]
        return booking.merging(more)
    }

    static func cancel(_ id: String) -> JSON { ["booking_id": .string(id), "op": "cancel"] }
}

extension Link {
    /// Syncs with bookings, and expects the sync to succeed.
    @discardableResult
    func push(
        _ bookings: JSON..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> StreamEntry {
        try await sync(["bookings": .array(bookings)], sourceLocation: sourceLocation)
    }

    /// What the calendar really holds in the next year.
    func truth() throws -> [JSON] {
        let now = try fleet.simulator.now()
        return try mailbox.view(
            calendarID, from: now.addingTimeInterval(-86_400), to: now.addingTimeInterval(360 * 86_400))
    }

    /// Its titles, sorted.
    func titles() throws -> [String] { try truth().map { $0["subject"].string ?? "" }.sorted() }

    /// Types of the changes after a mark.
    func news(since mark: String? = nil) throws -> [String] { try changes(since: mark).map(\.type) }

    /// A control request for a fault to make: a person enters an event.
    func entering(_ event: JSON) -> JSON {
        [
            "method": "POST", "path": .string("/control/mailboxes/\(mailbox.address)/calendars/default/events"),
            "body": event,
        ]
    }
}

extension StreamEntry {
    /// The bookings of a sync's result.
    var bookings: [JSON] { data["bookings"].elements }

    /// `b-1 confirmed`, in the job's order.
    var outcomes: [String] {
        bookings.map { "\($0["booking_id"].string ?? "") \($0["outcome"].string ?? "")" }
    }

    /// The conflicts of one of them.
    func conflicts(of index: Int) -> [String] { bookings[index]["conflicts"].elements.compactMap(\.string) }
}
