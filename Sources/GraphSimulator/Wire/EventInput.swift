/// Reads the body of a create or update into an event's content, as strictly as Exchange does.
///
/// A person at Outlook (a control request) comes this way too, only that nothing but broken JSON is refused:
/// what people's programs have written into calendars is not all valid.
struct EventInput {
    let reader: BodyReader
    let isNew: Bool
    /// Whether impossible times and the like pass.
    let isLenient: Bool
    let refusesIANA: Bool

    /// Members of an event that a body may name, but that are not the writer's to set.
    private static let readOnly: Set<String> = [
        "id", "changeKey", "createdDateTime", "lastModifiedDateTime", "iCalUId", "uid", "bodyPreview", "hasAttachments",
        "isCancelled", "isOrganizer", "isDraft", "organizer", "responseStatus", "seriesMasterId", "type", "webLink",
        "onlineMeeting", "onlineMeetingUrl", "originalStart", "originalStartTimeZone", "originalEndTimeZone",
        "occurrenceId", "cancelledOccurrences", "calendar", "instances", "exceptionOccurrences", "attachments",
        "extensions", "multiValueExtendedProperties",
    ]
    private static let refused = [
        "id", "changeKey", "createdDateTime", "lastModifiedDateTime", "iCalUId", "uid", "isCancelled", "isOrganizer",
        "seriesMasterId", "type", "webLink", "originalStart",
    ]
    private static let writable: Set<String> = [
        "allowNewTimeProposals", "attendees", "body", "categories", "end", "hideAttendees", "importance", "isAllDay",
        "isOnlineMeeting", "isReminderOn", "location", "locations", "onlineMeetingProvider", "recurrence",
        "reminderMinutesBeforeStart", "responseRequested", "sensitivity", "showAs", "singleValueExtendedProperties",
        "start", "subject", "transactionId",
    ]
    static let typeName = "microsoft.graph.event"

    static let maximumAttendees = 500
    private static let maximumYears = 5

    /// Names of all properties that an event has.
    static let properties = readOnly.union(writable)

    /// Applies the body.
    ///
    /// - Returns: the names of the members that were given.
    /// - Throws: what Graph would answer.
    func apply(to content: inout EventContent) throws(GraphFailure) -> Set<String> {
        if !isLenient {
            try reader.allow(only: Self.properties, type: Self.typeName)
            // What else is read-only is taken and dropped, as by Exchange; setting these is refused.
            if let name = Self.refused.first(where: reader.has) {
                throw GraphFailure(400, "ErrorInvalidPropertySet", "Set action is invalid for property '\(name)'.")
            }
        }
        if reader.has("transactionId"), !isNew {
            throw .invalidRequest("Your request can't be completed. The TransactionId property can't be updated.")
        }
        try applyTimes(to: &content)
        try applyTexts(to: &content)
        try applyFlags(to: &content)
        try applyPlaces(to: &content)
        try applyAttendees(to: &content)
        try applyProperties(to: &content)
        if reader.has("recurrence") {
            content.recurrence = try reader.reader("recurrence").map { reader throws(GraphFailure) in
                try RecurrenceInput(reader: reader, start: content.start).recurrence()
            }
            try moveToFirstOccurrence(&content)
        }
        if !isLenient { try validate(content) }
        return Set(reader.object.names).intersection(Self.writable)
    }

    // MARK: Times

    private func applyTimes(to content: inout EventContent) throws(GraphFailure) {
        if isNew, !isLenient, !reader.has("start") || !reader.has("end") {
            throw .invalidProperty("At least one property failed validation. Start and End are required.")
        }
        if let start = try time("start") {
            content.start = start
            content.originalStartZone = start.zone.name
        }
        if let end = try time("end") {
            content.end = end
            content.originalEndZone = end.zone.name
        }
    }

    private func time(_ name: String) throws(GraphFailure) -> EventTime? {
        guard let value = try reader.reader(name) else { return nil }
        try value.allow(only: ["dateTime", "timeZone"], type: "microsoft.graph.dateTimeTimeZone")
        guard let text = try value.string("dateTime") else {
            throw .invalidProperty("At least one property failed validation. \(name).dateTime is required.")
        }
        let zoneName = try value.string("timeZone") ?? "UTC"
        guard let zone = Zone.named(zoneName), !(refusesIANA && zoneName.contains("/")) else {
            throw .unsupportedZone(zoneName)
        }
        if let wall = WallTime(text: text) { return EventTime(wall: wall, zone: zone) }
        guard let instant = Instant(iso: text) else {
            throw .badBody("Cannot convert the literal '\(text)' to the expected type 'Edm.DateTimeOffset'.")
        }
        return EventTime(wall: zone.wall(at: instant), zone: zone)
    }

    /// Exchange moves a series' start to the first date that its rule has.
    private func moveToFirstOccurrence(_ content: inout EventContent) throws(GraphFailure) {
        guard let recurrence = content.recurrence else { return }
        guard let first = recurrence.firstDay else {
            throw GraphFailure(400, "ErrorRecurrenceHasNoOccurrence", "The recurrence has no occurrence.")
        }
        if first != content.start.wall.day {
            let wall = WallTime(day: first, ticksOfDay: content.start.wall.ticksOfDay)
            let length = content.wallLength
            content.start = EventTime(wall: wall, zone: content.start.zone)
            content.end = EventTime(wall: WallTime(ticks: wall.ticks + length), zone: content.end.zone)
        }
    }

    private func validate(_ content: EventContent) throws(GraphFailure) {
        if content.end.instant < content.start.instant {
            throw GraphFailure(
                400, "ErrorCalendarEndDateIsEarlierThanStartDate", "The end of the event is earlier than its start.")
        }
        let ticks = content.end.instant.ticks - content.start.instant.ticks
        if ticks > Int64(Self.maximumYears * 366) * WallTime.ticksPerDay {
            throw GraphFailure(400, "ErrorCalendarDurationIsTooLong", "The duration of the event is too long.")
        }
        if content.isAllDay {
            for (name, time) in [("Start", content.start), ("End", content.end)] where !time.wall.isMidnight {
                throw .invalidProperty("The Event.\(name) property for an all-day event needs to be set to midnight.")
            }
            if content.start.zone.name != content.end.zone.name {
                throw .invalidProperty("Start and End of an all-day event need to be in the same time zone.")
            }
            if content.wallLength < WallTime.ticksPerDay {
                throw .invalidProperty("The duration of an event marked as All day must be at least 24 hours.")
            }
        }
    }

    // MARK: The rest

    private func applyTexts(to content: inout EventContent) throws(GraphFailure) {
        if reader.has("subject") { content.subject = try reader.string("subject") ?? (isLenient ? nil : "") }
        if let body = try reader.reader("body") {
            try body.allow(only: ["contentType", "content"], type: "microsoft.graph.itemBody")
            content.bodyType = try body.word("contentType", of: ["text", "html"]) ?? "text"
            content.bodyContent = try body.string("content") ?? ""
        } else if reader.has("body") {
            (content.bodyType, content.bodyContent) = ("text", "")
        }
        if let categories = try reader.array("categories") {
            content.categories = categories.compactMap(\.string)
        }
        if isNew { content.transactionID = try reader.string("transactionId") }
    }

    private func applyFlags(to content: inout EventContent) throws(GraphFailure) {
        if let value = try reader.bool("isAllDay") { content.isAllDay = value }
        if let value = try reader.bool("isReminderOn") { content.isReminderOn = value }
        if let value = try reader.integer("reminderMinutesBeforeStart") { content.reminderMinutes = value }
        if let value = try reader.bool("responseRequested") { content.responseRequested = value }
        if let value = try reader.bool("allowNewTimeProposals") { content.allowNewTimeProposals = value }
        if let value = try reader.bool("hideAttendees") { content.hideAttendees = value }
        if let value = try reader.word("importance", of: ["low", "normal", "high"]) { content.importance = value }
        let sensitivities = ["normal", "personal", "private", "confidential"]
        if let value = try reader.word("sensitivity", of: sensitivities) { content.sensitivity = value }
        let states = ["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"]
        if let value = try reader.word("showAs", of: states) { content.showAs = value }
        if let value = try reader.bool("isOnlineMeeting") {
            if content.isOnlineMeeting, !value {
                throw .invalidRequest("An online meeting can't be turned into one that isn't.")
            }
            content.isOnlineMeeting = value
            content.onlineMeetingProvider = value ? "teamsForBusiness" : "unknown"
        }
    }

    private func applyPlaces(to content: inout EventContent) throws(GraphFailure) {
        if reader.has("location") {
            let location = try reader.reader("location")?.object
            content.locations = location.map { $0["displayName"]?.string == "" ? [] : [$0] } ?? []
        } else if let locations = try reader.array("locations") {
            content.locations = locations.compactMap(\.object)
        }
    }

    private func applyAttendees(to content: inout EventContent) throws(GraphFailure) {
        guard reader.has("attendees") else { return }
        let before = content.attendees
        var attendees: [Attendee] = []
        for value in try reader.array("attendees") ?? [] {
            guard let object = value.object else { throw .badBody("An attendee must be an object.") }
            let reader = BodyReader(object, place: "attendees")
            try reader.allow(
                only: ["emailAddress", "type", "status", "proposedNewTime"], type: "microsoft.graph.attendee")
            let mail = try reader.reader("emailAddress")
            guard let address = try mail?.string("address"), !address.isEmpty else {
                throw .invalidProperty("At least one property failed validation. An attendee needs an address.")
            }
            var attendee = Attendee(person: Person(name: try mail?.string("name") ?? address, address: address))
            attendee.type = try reader.word("type", of: ["required", "optional", "resource"]) ?? "required"
            if let known = before.first(where: { $0.person.address.lowercased() == address.lowercased() }) {
                (attendee.response, attendee.responded) = (known.response, known.responded)
            }
            attendees.append(attendee)
        }
        if attendees.count > Self.maximumAttendees {
            throw .invalidRequest("The event has more than \(Self.maximumAttendees) attendees.")
        }
        content.attendees = attendees
    }

    private func applyProperties(to content: inout EventContent) throws(GraphFailure) {
        for value in try reader.array("singleValueExtendedProperties") ?? [] {
            guard let id = value["id"]?.string, ExtendedProperty.isValid(id) else {
                throw .invalidRequest(
                    "PropertyId values may only be in one of the following formats: 'MapiPropertyType namespaceGuid "
                        + "Name propertyName', 'MapiPropertyType namespaceGuid Id propertyId' or 'MapiPropertyType "
                        + "propertyTag'.")
            }
            let same = content.properties.keys.first { ExtendedProperty.key($0) == ExtendedProperty.key(id) }
            content.properties[same ?? id] = value["value"]?.string
        }
    }
}

/// Ids of extended properties.
enum ExtendedProperty {
    static func isValid(_ id: String) -> Bool {
        let parts = id.split(separator: " ", maxSplits: 3)
        if parts.count == 2 { return parts[1].hasPrefix("0x") }
        return parts.count == 4 && parts[1].hasPrefix("{") && parts[1].hasSuffix("}") && parts[1].utf8.count == 38
            && ["name", "id"].contains(parts[2].lowercased())
    }

    /// The form in which ids are compared: Exchange doesn't mind the case of the type and the GUID.
    static func key(_ id: String) -> String {
        let parts = id.split(separator: " ", maxSplits: 3)
        guard parts.count == 4 else { return id }
        return "\(parts[0].lowercased()) \(parts[1].lowercased()) \(parts[2].lowercased()) \(parts[3])"
    }
}
