import FleetCore
import Foundation

/// An event, occurrence or removal as Graph writes it, reduced to the members that are wanted: what isn't named here
/// (body, attendees, and some forty more) is never taken out of the page's bytes.
struct WireEvent: Decodable, Sendable {
    var id: String?
    var isRemoved: Bool
    var type: String?
    var seriesMasterId: String?
    var start: WireTime?
    var end: WireTime?
    var isAllDay: Bool?
    var subject: String?
    var location: Location?
    var showAs: String?
    var sensitivity: String?
    var isCancelled: Bool?
    var responseStatus: Response?
    var lastModifiedDateTime: String?
    var changeKey: String?
    var etag: String?
    var transactionId: String?
    var originalStartTimeZone: String?

    struct Location: Decodable, Sendable {
        var displayName: String?
    }

    struct Response: Decodable, Sendable {
        var response: String?
    }

    private enum CodingKeys: String, CodingKey {
        case id, type, seriesMasterId, start, end, isAllDay, subject, location, showAs, sensitivity, isCancelled
        case responseStatus, lastModifiedDateTime, changeKey, transactionId, originalStartTimeZone
        case etag = "@odata.etag"
        case removed = "@removed"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = container.lenient(String.self, .id)
        isRemoved = container.contains(.removed)
        type = container.lenient(String.self, .type)
        seriesMasterId = container.lenient(String.self, .seriesMasterId)
        start = container.lenient(WireTime.self, .start)
        end = container.lenient(WireTime.self, .end)
        isAllDay = container.lenient(Bool.self, .isAllDay)
        subject = container.lenient(String.self, .subject)
        location = container.lenient(Location.self, .location)
        showAs = container.lenient(String.self, .showAs)
        sensitivity = container.lenient(String.self, .sensitivity)
        isCancelled = container.lenient(Bool.self, .isCancelled)
        responseStatus = container.lenient(Response.self, .responseStatus)
        lastModifiedDateTime = container.lenient(String.self, .lastModifiedDateTime)
        changeKey = container.lenient(String.self, .changeKey)
        etag = container.lenient(String.self, .etag)
        transactionId = container.lenient(String.self, .transactionId)
        originalStartTimeZone = container.lenient(String.self, .originalStartTimeZone)
    }

    /// The fleet's value of it.
    var item: RemoteItem {
        guard let id, !id.isEmpty else { return .malformed(id: nil, reason: "it has no id") }
        let eventID = EventID(id)
        if isRemoved { return .removed(eventID) }
        guard let time else { return .malformed(id: eventID, reason: "its start or end is missing or unreadable") }
        switch type {
        case "seriesMaster": return .master(event(eventID, time))
        case "occurrence":
            guard let series = seriesMasterId, !series.isEmpty else {
                return .malformed(id: eventID, reason: "it is an occurrence without a series")
            }
            return .occurrence(
                RemoteOccurrence(id: eventID, series: EventID(series), time: time, isCancelled: isCancelled ?? false))
        // `singleInstance`, `exception`, and what a later Graph may call it.
        default: return .event(event(eventID, time))
        }
    }

    /// All of it, of whatever kind: for reads that give occurrences whole. Nil without an id or times.
    var whole: RemoteEvent? {
        guard let id, !id.isEmpty, !isRemoved, let time else { return nil }
        return event(EventID(id), time)
    }

    private func event(_ id: EventID, _ time: RemoteTime) -> RemoteEvent {
        RemoteEvent(
            id: id, series: seriesMasterId.flatMap { $0.isEmpty ? nil : EventID($0) }, isException: type == "exception",
            time: time, title: subject ?? "", location: location?.displayName.flatMap { $0.isEmpty ? nil : $0 },
            // Unknown or absent blocks: when in doubt, no double booking.
            showAs: showAs.flatMap(ShowAs.init(rawValue:)) ?? .unknown,
            isPrivate: ["private", "confidential"].contains(sensitivity?.lowercased()),
            isCancelled: isCancelled ?? false,
            response: responseStatus?.response.flatMap(RemoteEvent.Response.init(rawValue:)) ?? .none,
            lastModified: lastModifiedDateTime.flatMap { RFC3339.date($0) }, changeKey: changeKey ?? keyInETag,
            transactionID: transactionId, originalTimeZone: originalStartTimeZone)
    }

    private var time: RemoteTime? {
        guard let start, let end else { return nil }
        if isAllDay == true {
            guard let first = start.day, let last = end.day else { return nil }
            return .allDay(start: first, end: last)
        }
        guard let startInstant = start.instant, let endInstant = end.instant else { return nil }
        // An occurrence in a delta page doesn't say whether it is all-day: bare midnights may be either.
        if isAllDay == nil, type == "occurrence", start.isMidnight, end.isMidnight, let first = start.day,
            let last = end.day
        {
            return .midnights(start: first, end: last, startUTC: startInstant, endUTC: endInstant)
        }
        return .timed(start: startInstant, end: endInstant)
    }

    /// `W/"…"` holds the change key.
    private var keyInETag: String? {
        guard let etag, etag.hasPrefix("W/\""), etag.hasSuffix("\""), etag.utf8.count > 4 else { return nil }
        return String(etag.dropFirst(3).dropLast())
    }
}

extension RemoteItem {
    /// Reads one item of a page. Never fails: what can't be read is `malformed`, with its id if that could be read.
    init(json bytes: UnsafeRawBufferPointer) {
        let decoder = JSONDecoder()
        let data = JSONText.needsRepair(bytes) ? Data(JSONText.repaired(bytes)) : Data(bytes)
        if let event = try? decoder.decode(WireEvent.self, from: data) {
            self = event.item
        } else if let event = try? decoder.decode(WireEvent.self, from: Data(JSONText.repaired(bytes))) {
            self = event.item
        } else {
            self = .malformed(id: nil, reason: "it is not a JSON object")
        }
    }
}
