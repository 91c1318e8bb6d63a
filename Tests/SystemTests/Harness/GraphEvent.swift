import Foundation

/// Events as a person's client writes them to Graph.
enum GraphEvent {
    /// A timed event; `more` goes over it.
    static func timed(_ subject: String, _ start: Date, minutes: Int = 60, _ more: JSON = [:]) -> JSON {
        let end = start.addingTimeInterval(Double(minutes) * 60)
        let event: JSON = [
            "subject": .string(subject), "start": time(Instant.graph(start)), "end": time(Instant.graph(end)),
            "showAs": "busy",
        ]
        return event.merging(more)
    }

    /// An all-day event of so many days; both midnights in one zone, as Graph wants them.
    static func allDay(_ subject: String, _ day: String, days: Int = 1, zone: String = "UTC", _ more: JSON = [:])
        -> JSON
    {
        let end =
            Instant.midnight(day, in: .gmt).map { Instant.day($0.addingTimeInterval(Double(days) * 86_400)) } ?? day
        let event: JSON = [
            "subject": .string(subject), "isAllDay": true, "start": time("\(day)T00:00:00", zone),
            "end": time("\(end)T00:00:00", zone), "showAs": "busy",
        ]
        return event.merging(more)
    }

    /// A series whose first occurrence is at a wall time of a zone. `range` without `startDate` gets that of the first.
    static func series(
        _ subject: String, _ day: String, _ clock: String, minutes: Int = 60, zone: String = "UTC", pattern: JSON,
        range: JSON = ["type": "noEnd"], _ more: JSON = [:]
    ) -> JSON {
        let start = Instant.read("\(day)T\(clock):00") ?? .distantPast
        let end = Instant.graph(start.addingTimeInterval(Double(minutes) * 60))
        let event: JSON = [
            "subject": .string(subject), "start": time("\(day)T\(clock):00", zone), "end": time(end, zone),
            "showAs": "busy",
            "recurrence": [
                "pattern": (["interval": 1] as JSON).merging(pattern),
                "range": (["startDate": .string(day), "recurrenceTimeZone": .string(zone)] as JSON).merging(range),
            ],
        ]
        return event.merging(more)
    }

    static func time(_ text: String, _ zone: String = "UTC") -> JSON {
        ["dateTime": .string(text), "timeZone": .string(zone)]
    }

    /// English weekday of a day, as patterns name it.
    static func weekday(_ day: String) -> String {
        let names = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let date = Instant.midnight(day, in: .gmt) ?? .distantPast
        return names[calendar.component(.weekday, from: date) - 1]
    }

    /// The pattern "each week on that day's weekday".
    static func weekly(on day: String) -> JSON {
        ["type": "weekly", "daysOfWeek": [.string(weekday(day))], "firstDayOfWeek": "monday"]
    }
}
