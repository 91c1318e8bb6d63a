// What the mirror must hold, worked out from a Graph event by CONTRACT section 5 and by nothing of the product: the second opinion
// that every scenario compares the mirror with.

import Foundation

/// The parts of a connection's settings that decide how an event reads.
struct Reading: Sendable {
    /// The mailbox's zone, in which all-day events are days.
    var zone = TimeZone.gmt
    var tentativeBlocks = true
    var privateTitles = false
}

enum ExpectedEvent {
    /// The contract's event of a complete Graph event (from a calendar view); nil if it has no usable times.
    static func from(_ graph: JSON, _ reading: Reading) -> JSON? {
        guard let id = graph["id"].string, let start = graph["start"]["dateTime"].string,
            let end = graph["end"]["dateTime"].string
        else { return nil }
        let allDay = graph["isAllDay"].bool ?? false
        let isPrivate = ["private", "confidential"].contains(graph["sensitivity"].string ?? "normal")
        let hidden = isPrivate && !reading.privateTitles
        var event: JSON = [
            "event_id": .string(id), "all_day": .bool(allDay), "private": .bool(isPrivate),
            "title": .string(hidden ? "Private" : graph["subject"].string ?? ""),
            "status": graph["isCancelled"].bool == true ? "cancelled" : "confirmed",
            "show_as": .string(showAs(graph)), "type": .string(kind(graph)),
        ]
        if let series = graph["seriesMasterId"].string { event["series_id"] = .string(series) }
        if !hidden, let location = graph["location"]["displayName"].string, !location.isEmpty {
            event["location"] = .string(location)
        }
        if allDay {
            let days = (String(start.prefix(10)), String(end.prefix(10)))
            event["start_date"] = .string(days.0)
            event["end_date"] = .string(days.1)
            guard let from = Instant.midnight(days.0, in: reading.zone),
                let to = Instant.midnight(days.1, in: reading.zone)
            else { return nil }
            event["start_time"] = .string(Instant.write(from))
            event["end_time"] = .string(Instant.write(to))
        } else {
            guard let from = Instant.read(start), let to = Instant.read(end) else { return nil }
            event["start_time"] = .string(Instant.write(from))
            event["end_time"] = .string(Instant.write(to))
        }
        event["blocks"] = .bool(!isInverted(event) && blocks(graph, reading))
        return event
    }

    /// Whether it ends before it begins.
    static func isInverted(_ event: JSON) -> Bool {
        guard let start = event["start_time"].string, let end = event["end_time"].string else { return false }
        return end < start
    }

    /// A mirrored event with its times as whole seconds in UTC and without `last_modified`, so that two can be compared.
    static func comparable(_ event: JSON) -> JSON {
        guard case .object(var members) = event else { return event }
        members["last_modified"] = nil
        for name in ["start_time", "end_time"] {
            if let text = members[name]?.string, let date = Instant.read(text) {
                members[name] = .string(Instant.write(date))
            }
        }
        return .object(members)
    }

    private static func showAs(_ graph: JSON) -> String {
        let known = ["free", "tentative", "busy", "oof", "workingElsewhere"]
        let value = graph["showAs"].string ?? "unknown"
        return known.contains(value) ? value : "unknown"
    }

    private static func kind(_ graph: JSON) -> String {
        switch graph["type"].string {
        case "occurrence": "occurrence"
        case "exception": "exception"
        default: "single"
        }
    }

    private static func blocks(_ graph: JSON, _ reading: Reading) -> Bool {
        if graph["isCancelled"].bool == true || graph["responseStatus"]["response"].string == "declined" {
            return false
        }
        switch showAs(graph) {
        case "free", "workingElsewhere": return false
        case "tentative": return reading.tentativeBlocks
        default: return true
        }
    }
}
