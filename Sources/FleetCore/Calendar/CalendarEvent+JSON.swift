extension CalendarEvent {
    /// The event as the contract has it (section 5): in the hash, in changes and from the gateway. Always the same
    /// bytes for the same event, so that bytes may be compared.
    package func json() -> String {
        var writer = JSONWriter(capacity: 512)
        write(to: &writer)
        return writer.text
    }

    /// Appends the event to a text.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("event_id", id.rawValue)
        writer.member("start_time", start)
        writer.member("end_time", end)
        writer.member("title", title)
        writer.member("all_day", allDay != nil)
        writer.optional("start_date", allDay?.start.description)
        writer.optional("end_date", allDay?.end.description)
        writer.member("status", status.rawValue)
        writer.member("show_as", showAs.rawValue)
        writer.member("blocks", blocks)
        writer.member("type", kind.rawValue)
        writer.optional("series_id", series?.rawValue)
        writer.optional("booking_id", booking?.rawValue)
        writer.optional("location", location)
        writer.member("private", isPrivate)
        writer.optional("last_modified", lastModified)
        writer.endObject()
    }

    /// Reads what `json` wrote; nil for anything else. Takes fields it doesn't know.
    package init?(json: String) {
        guard let object = (try? StrictJSON.parse(json))?.objectValue else { return nil }
        self.init(object)
    }

    /// Reads an event from a parsed object; nil if a required member is missing or odd.
    package init?(_ object: JSONObject) {
        guard let id = object["event_id"]?.stringValue,
            let start = object["start_time"]?.stringValue.flatMap({ RFC3339.date($0) }),
            let end = object["end_time"]?.stringValue.flatMap({ RFC3339.date($0) }),
            let title = object["title"]?.stringValue, let isAllDay = object["all_day"]?.boolValue,
            let status = object["status"]?.stringValue.flatMap(Status.init(rawValue:)),
            let showAs = object["show_as"]?.stringValue.flatMap(ShowAs.init(rawValue:)),
            let blocks = object["blocks"]?.boolValue,
            let kind = object["type"]?.stringValue.flatMap(Kind.init(rawValue:)),
            let isPrivate = object["private"]?.boolValue
        else { return nil }
        var days: Days?
        if isAllDay {
            guard let first = object["start_date"]?.stringValue.flatMap({ CalendarDate($0) }),
                let last = object["end_date"]?.stringValue.flatMap({ CalendarDate($0) })
            else { return nil }
            days = Days(start: first, end: last)
        }
        self.init(
            id: EventID(id), start: start, end: end, title: title, allDay: days, status: status, showAs: showAs,
            blocks: blocks, kind: kind, series: object["series_id"]?.stringValue.map { EventID($0) },
            booking: object["booking_id"]?.stringValue.map { BookingID($0) },
            location: object["location"]?.stringValue, isPrivate: isPrivate,
            lastModified: object["last_modified"]?.stringValue.flatMap { RFC3339.date($0) })
    }
}
