package import FleetCore
import Foundation
import HTTP

/// One call about single events of a calendar: alone, or as a part of a batch.
package enum EventRequest: Sendable, Equatable {
    /// Made once per transaction id.
    case create(EventDraft)
    /// `ifMatch`: only if that etag still stands; 412 (`conflict`) otherwise. It was seen refused right after a create
    /// though nothing had changed, so read again and decide again rather than rely on it.
    case update(EventID, EventPatch, ifMatch: String? = nil)
    /// Organiser's copies of meetings send cancellations.
    case delete(EventID)
    /// With `createdAt`, `etag` and mark.
    case read(EventID)
    /// Events of the calendar that carry a mark; the first ten.
    case find(EventMark)
}

/// What came of an `EventRequest` that Graph carried out.
package enum EventAnswer: Sendable, Equatable {
    /// Of create, update and read: the event as it now is. A create's and an update's answer doesn't show the mark.
    case event(FreshEvent)
    /// Of a delete.
    case removed
    /// Of a delete: it had gone before, or was cancelled.
    case alreadyGone
    /// Of a find.
    case found([FreshEvent])
}

extension EventRequest {
    /// What of an event is asked for: never its body and attendees, which may be megabytes.
    static let selection =
        "$select=id,subject,start,end,isAllDay,showAs,sensitivity,isCancelled,responseStatus,location,type,"
        + "seriesMasterId,changeKey,transactionId,originalStartTimeZone"
    /// What may be asked for of one event, and not of a view.
    static let moments = ",createdDateTime,lastModifiedDateTime"
    static let markExpansion =
        "$expand=singleValueExtendedProperties(" + PercentCoding.encode("$filter=id eq '\(EventMark.propertyID)'") + ")"

    func call(_ target: CalendarTarget) -> GraphCall {
        let preferences = [Preference.immutableID]
        switch self {
        case .create(let draft):
            return GraphCall(
                .createEvent, .post, .path(target.eventsPath), preferences: preferences, body: EventBody.create(draft))
        case .update(let id, let patch, let etag):
            var call = GraphCall(
                .updateEvent, .patch, .path(target.eventPath(id)), preferences: preferences,
                body: EventBody.update(patch))
            call.ifMatch = etag
            return call
        case .delete(let id):
            return GraphCall(.deleteEvent, .delete, .path(target.eventPath(id)), preferences: preferences)
        case .read(let id):
            let query = "?" + Self.selection + Self.moments + "&" + Self.markExpansion
            return GraphCall(.event, .get, .path(target.eventPath(id) + query), preferences: preferences)
        case .find(let mark):
            let filter =
                "singleValueExtendedProperties/Any(ep: ep/id eq '\(EventMark.propertyID)' and ep/value eq "
                + "'\(mark.rawValue.replacing("'", with: "''"))')"
            let query =
                "?$top=10&$filter=" + PercentCoding.encode(filter) + "&" + Self.selection + Self.moments + "&"
                + Self.markExpansion
            return GraphCall(.findEvents, .get, .path(target.eventsPath + query), preferences: preferences)
        }
    }
}
