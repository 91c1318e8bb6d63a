// What the mirror must hold, worked out from the simulator's own truth by CONTRACT section 5 and by nothing of the
// product: the second opinion that every scenario compares the mirror with.

import Foundation

/// The parts of a connection's settings that decide how an event reads.
struct Reading: Sendable {
    /// The mailbox's zone, in which all-day events are days.
    var zone = TimeZone.gmt
    var tentativeBlocks = true
    var privateTitles = false
}

enum ExpectedEvent {
    /// The contract's event of an entry of the simulator's view; nil if it has no usable times.
    static func from(_ truth: JSON, _ reading: Reading) -> JSON? {
        guard let id = truth["immutableId"].string, let start = truth["start"].string, let end = truth["end"].string,
            let from = Instant.read(start), let to = Instant.read(end)
        else { return nil }
        let isPrivate = ["private", "confidential"].contains(truth["sensitivity"].string ?? "normal")
        let hidden = isPrivate && !reading.privateTitles
        var event: JSON = [
            "event_id": .string(id), "all_day": truth["isAllDay"], "private": .bool(isPrivate),
            "title": .string(hidden ? "Private" : truth["subject"].string ?? ""),
            "status": truth["isCancelled"] == true ? "cancelled" : "confirmed",
            "show_as": .string(showAs(truth)), "type": .string(kind(truth)),
            "start_time": .string(Instant.write(from)), "end_time": .string(Instant.write(to)),
        ]
        if let series = truth["immutableSeriesMasterId"].string { event["series_id"] = .string(series) }
        if !hidden, let location = truth["location"].string, !location.isEmpty { event["location"] = .string(location) }
        if truth["isAllDay"] == true {
            // The dates as written, and their midnights in the mailbox's zone.
            for (date, time, name) in [("start_date", "start_time", "startDate"), ("end_date", "end_time", "endDate")] {
                guard let day = truth[name].string, let midnight = Instant.midnight(day, in: reading.zone) else {
                    return nil
                }
                event[date] = .string(day)
                event[time] = .string(Instant.write(midnight))
            }
        }
        event["blocks"] = .bool(!isInverted(event) && blocks(truth, reading))
        return event
    }

    /// Whether it ends before it begins.
    static func isInverted(_ event: JSON) -> Bool {
        guard let start = event["start_time"].string, let end = event["end_time"].string else { return false }
        return end < start
    }

    /// A mirrored event with its times as whole seconds in UTC and without what Graph's calendar doesn't say, so that
    /// two can be compared.
    static func comparable(_ event: JSON) -> JSON {
        guard case .object(var members) = event else { return event }
        members["last_modified"] = nil
        // Which events are bookings' own the scenarios about bookings look at themselves.
        members["booking_id"] = nil
        for name in ["start_time", "end_time"] {
            if let text = members[name]?.string, let date = Instant.read(text) {
                members[name] = .string(Instant.write(date))
            }
        }
        return .object(members)
    }

    private static func showAs(_ truth: JSON) -> String {
        let known = ["free", "tentative", "busy", "oof", "workingElsewhere"]
        let value = truth["showAs"].string ?? "unknown"
        return known.contains(value) ? value : "unknown"
    }

    private static func kind(_ truth: JSON) -> String {
        switch truth["type"].string {
        case "occurrence": "occurrence"
        case "exception": "exception"
        default: "single"
        }
    }

    private static func blocks(_ truth: JSON, _ reading: Reading) -> Bool {
        if truth["isCancelled"] == true || truth["response"] == "declined" { return false }
        switch showAs(truth) {
        case "free", "workingElsewhere": return false
        case "tentative": return reading.tentativeBlocks
        default: return true
        }
    }
}
