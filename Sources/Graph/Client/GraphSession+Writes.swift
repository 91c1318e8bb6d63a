package import FleetCore
package import Foundation
import HTTP

// Writes, and the fresh reads around them. None is repeated here: after an unknown outcome (`mayHaveBeenExecuted`) the
// caller looks before it writes again. HTTP doesn't resend them either (`HTTPClient.send`).

extension GraphSession {
    /// Creates an event. One call.
    ///
    /// - Throws: as `perform`; `duplicate` when an earlier try with this transaction id was carried out (its event may
    ///   have been deleted since), `permanent(.item)` when Exchange refuses a value, `accessDenied` in a read-only
    ///   calendar.
    package func createEvent(_ target: CalendarTarget, _ draft: EventDraft) async throws -> FreshEvent {
        try written(try await answer(target, .create(draft)))
    }

    /// Changes the given members of an event, and no others. One call.
    ///
    /// - Throws: as `perform`; `notFound` when it is gone, `conflict` when `ifMatch` no longer stands or somebody
    ///   changed it in the same moment.
    package func updateEvent(
        _ target: CalendarTarget, _ id: EventID, _ patch: EventPatch, ifMatch: String? = nil
    ) async throws -> FreshEvent {
        try written(try await answer(target, .update(id, patch, ifMatch: ifMatch)))
    }

    /// Deletes an event. One call; a second one where Graph answers 403, which may mean "cancelled already".
    ///
    /// - Returns: false if it had gone before.
    /// - Throws: as `perform`; `accessDenied` when it is there and may not be deleted.
    @discardableResult
    package func deleteEvent(_ target: CalendarTarget, _ id: EventID) async throws -> Bool {
        try await answer(target, .delete(id)) == .removed
    }

    /// One event with its times of creation and change, etag and mark. One call.
    ///
    /// - Throws: as `perform`; `notFound` when it is gone.
    package func freshEvent(_ target: CalendarTarget, _ id: EventID) async throws -> FreshEvent {
        try written(try await answer(target, .read(id)))
    }

    /// Events of the calendar that carry this mark, copies that a person made among them; the first ten. One call.
    ///
    /// - Throws: as `perform`.
    package func findEvents(_ target: CalendarTarget, _ mark: EventMark) async throws -> [FreshEvent] {
        guard case .found(let events) = try await answer(target, .find(mark)) else { return [] }
        return events
    }

    /// What touches a range of a calendar at this moment, with marks. One call per page of 100, and per 1,800 days: a
    /// view spans 1,825 at most.
    ///
    /// - Throws: as `perform`; `GraphError` with `retry` when the list doesn't end.
    package func freshEvents(_ target: CalendarTarget, from: Date, to: Date) async throws -> FreshRange {
        var range = FreshRange(events: [])
        var seen: Set<EventID> = []
        let end = Date(timeIntervalSince1970: to.timeIntervalSince1970.rounded(.up))
        var start = Date(timeIntervalSince1970: from.timeIntervalSince1970.rounded(.down))
        repeat {
            let stop = min(end, start + 1800 * 86_400)
            let path =
                target.viewPath + windowQuery(from: start, to: stop) + "&$top=100&" + EventRequest.selection + "&"
                + EventRequest.markExpansion
            try await pages(.view, path, preferences: [Preference.immutableID]) { bytes in
                if let event = WireFreshEvent.read(bytes) {
                    if seen.insert(event.event.id).inserted { range.events.append(event) }
                } else {
                    range.malformedCount += 1
                }
            }
            start = stop
        } while start < end
        return range
    }

    // MARK: - One request

    /// Carries out one request. One call, for some deletes a second one.
    ///
    /// - Throws: as the calls above.
    package func answer(_ target: CalendarTarget, _ request: EventRequest) async throws -> EventAnswer {
        do {
            return try read(request, try await perform(request.call(target)))
        } catch let error as GraphError {
            return try await excused(error, request, target)
        }
    }

    /// The meaning of a 2xx answer.
    func read(_ request: EventRequest, _ response: HTTPResponse) throws(GraphError) -> EventAnswer {
        let operation = request.operation
        switch request {
        case .delete: return .removed
        case .create, .update, .read:
            guard let event = response.body.withUnsafeBytes({ WireFreshEvent.read($0) }) else {
                // It was carried out, but nobody knows what came of it.
                throw GraphError(
                    .retry, operation, status: response.status, reason: "the answer is no event",
                    mayHaveBeenExecuted: true)
            }
            return .event(event)
        case .find:
            let (_, items) = try page(response.body, operation)
            return .found(
                response.body.withUnsafeBytes { bytes in
                    items.compactMap { WireFreshEvent.read(UnsafeRawBufferPointer(rebasing: bytes[$0])) }
                })
        }
    }

    /// A delete of what is gone has reached its end: 404 and 410; and 403, with which Exchange answers for events that
    /// were cancelled before (seen by Odoo, addons/microsoft_calendar), if a look confirms it.
    ///
    /// - Throws: the error, if it stands.
    func excused(_ error: GraphError, _ request: EventRequest, _ target: CalendarTarget) async throws -> EventAnswer {
        guard case .delete(let id) = request else { throw error }
        switch error.action {
        case .notFound: return .alreadyGone
        case .accessDenied:
            do {
                let event = try await freshEvent(target, id)
                guard event.event.isCancelled else { throw error }
            } catch let look as GraphError where look.action == .notFound {}
            return .alreadyGone
        default: throw error
        }
    }

    private func written(_ answer: EventAnswer) throws(GraphError) -> FreshEvent {
        guard case .event(let event) = answer else { preconditionFailure("\(answer) answers another request") }
        return event
    }
}

extension EventRequest {
    var operation: GraphOperation {
        switch self {
        case .create: .createEvent
        case .update: .updateEvent
        case .delete: .deleteEvent
        case .read: .event
        case .find: .findEvents
        }
    }
}
