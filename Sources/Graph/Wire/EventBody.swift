import FleetCore
import Foundation

/// The JSON of what is written into an event.
enum EventBody {
    static func create(_ draft: EventDraft) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 + draft.body.utf8.count)
        writer.beginObject()
        writer.member("subject", draft.title)
        writer.time(draft.time, zone: draft.zone)
        writer.member("showAs", draft.showAs.rawValue)
        if !draft.body.isEmpty { writer.body(draft.body) }
        if !draft.location.isEmpty { writer.location(draft.location) }
        if !draft.attendees.isEmpty { writer.attendees(draft.attendees) }
        writer.member("transactionId", draft.transactionID)
        writer.key("singleValueExtendedProperties")
        writer.beginArray()
        writer.beginObject()
        writer.member("id", EventMark.propertyID)
        writer.member("value", draft.mark.rawValue)
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    static func update(_ patch: EventPatch) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.optional("subject", patch.title)
        if let time = patch.time { writer.time(time, zone: patch.zone) }
        writer.optional("showAs", patch.showAs?.rawValue)
        if let body = patch.body { writer.body(body) }
        if let location = patch.location { writer.location(location) }
        if let attendees = patch.attendees { writer.attendees(attendees) }
        writer.endObject()
        return writer.bytes
    }
}

extension JSONWriter {
    /// Both bounds and the flag together: a change of one alone may make an event that ends before it begins, or an
    /// all-day one from two to two.
    fileprivate mutating func time(_ time: BookingRequest.Time, zone: String) {
        switch time {
        case .timed(let start, let end):
            member("isAllDay", false)
            bound("start", Self.wall(start), "UTC")
            bound("end", Self.wall(end), "UTC")
        case .allDay(let start, let end):
            // Exchange wants midnights of one zone. The mailbox's own, by its Windows name: in UTC, clients of another
            // zone show the day from two to two (github.com/MShekow/outlook-calendar-sync/issues/2).
            let name = WindowsZones.windows(zone) ?? "UTC"
            member("isAllDay", true)
            bound("start", "\(start)T00:00:00", name)
            bound("end", "\(end)T00:00:00", name)
        }
    }

    private mutating func bound(_ name: StaticString, _ dateTime: String, _ zone: String) {
        key(name)
        beginObject()
        member("dateTime", dateTime)
        member("timeZone", zone)
        endObject()
    }

    /// Without the `Z`: the zone is told beside it.
    private static func wall(_ date: Date) -> String { String(RFC3339.string(date).dropLast()) }

    fileprivate mutating func body(_ text: String) {
        key("body")
        beginObject()
        member("contentType", "text")
        member("content", text)
        endObject()
    }

    fileprivate mutating func location(_ name: String) {
        key("location")
        beginObject()
        member("displayName", name)
        endObject()
    }

    fileprivate mutating func attendees(_ attendees: [BookingRequest.Attendee]) {
        key("attendees")
        beginArray()
        for attendee in attendees {
            beginObject()
            key("emailAddress")
            beginObject()
            member("address", attendee.email)
            optional("name", attendee.name)
            endObject()
            member("type", attendee.required ? "required" : "optional")
            endObject()
        }
        endArray()
    }
}
