/// Writes events as Graph does, for one view of a calendar and one request's preferences.
struct EventRenderer {
    let view: CalendarView
    let preferences: Preferences

    private var ids: OutlookIDs { view.mailbox.ids }

    // MARK: Ids

    func id(of item: EventItem) -> String {
        item.customID ?? id(number: item.number, customID: nil)
    }

    func id(number: Int, customID: String?) -> String {
        customID
            ?? ids.text(
                OutlookReference(
                    kind: .event, folder: preferences.isImmutable ? 0 : view.folder.number, item: number,
                    isImmutable: preferences.isImmutable))
    }

    func id(of item: EventItem, on day: Day) -> String { occurrenceID(number: item.number, day: day) }

    func occurrenceID(number: Int, day: Day) -> String {
        ids.text(
            OutlookReference(
                kind: .occurrence, folder: preferences.isImmutable ? 0 : view.folder.number, item: number, day: day,
                isImmutable: preferences.isImmutable))
    }

    func etag(_ content: EventContent) -> String { "W/\"\(ids.changeKey(content.change))\"" }

    // MARK: Events

    /// A single event or a master in full.
    func event(_ item: EventItem) -> JSON {
        .object(
            full(
                item.content, id: id(of: item), type: item.isSeries ? "seriesMaster" : "singleInstance",
                occurrence: nil,
                master: nil))
    }

    /// An occurrence or exception in full.
    func event(_ occurrence: Occurrence, of item: EventItem) -> JSON {
        .object(
            full(
                occurrence.content, id: id(of: item, on: occurrence.day),
                type: occurrence.isException ? "exception" : "occurrence", occurrence: occurrence, master: item))
    }

    /// An occurrence as delta rounds have it: no subject, no showAs, nothing but where it is.
    func skeleton(_ occurrence: Occurrence, of item: EventItem) -> JSON {
        var object: JSONObject = JSONObject([
            ("@odata.type", "#microsoft.graph.event"),
            ("@odata.etag", .string(etag(occurrence.content))),
            ("id", .string(id(of: item, on: occurrence.day))),
            ("seriesMasterId", .string(id(of: item))),
            ("type", "occurrence"),
            ("start", time(occurrence.content.start, occurrence.content)),
            ("end", time(occurrence.content.end, occurrence.content)),
        ])
        for name in ["start", "end"] { applyRaw(name, of: occurrence.content, to: &object) }
        return .object(object)
    }

    /// A removal as delta rounds have it.
    func removal(id: String, reason: RemovalReason) -> JSON {
        [
            "@odata.type": "#microsoft.graph.event",
            "id": .string(id),
            "@removed": ["reason": .string(reason.rawValue)],
        ]
    }

    private func full(
        _ content: EventContent, id: String, type: String, occurrence: Occurrence?, master: EventItem?
    ) -> JSONObject {
        let isHidden = !view.seesPrivate && ["private", "confidential"].contains(content.sensitivity)
        var object = JSONObject([
            ("@odata.etag", .string(etag(content))),
            ("id", .string(id)),
            ("createdDateTime", .string(content.created.iso)),
            ("lastModifiedDateTime", .string(content.modified.iso)),
            ("changeKey", .string(ids.changeKey(content.change))),
            ("categories", JSON(content.categories)),
            ("transactionId", JSON(content.transactionID)),
            ("originalStartTimeZone", .string(content.originalStartZone)),
            ("originalEndTimeZone", .string(content.originalEndZone)),
            ("iCalUId", .string(MeetingUID.text(content.uid, day: occurrence?.day))),
            ("uid", .string(MeetingUID.text(content.uid, day: nil))),
            ("reminderMinutesBeforeStart", JSON(content.reminderMinutes)),
            ("isReminderOn", .bool(content.isReminderOn)),
            ("hasAttachments", false),
            ("subject", isHidden ? "Private Appointment" : JSON(content.subject)),
            ("bodyPreview", .string(isHidden ? "" : BodyText.preview(content))),
            ("importance", .string(content.importance)),
            ("sensitivity", .string(content.sensitivity)),
            ("isAllDay", .bool(content.isAllDay)),
            ("isCancelled", .bool(content.isCancelled)),
            ("isDraft", .bool(content.isDraft)),
            ("isOrganizer", .bool(content.isOrganizer)),
            ("responseRequested", .bool(content.responseRequested)),
            ("seriesMasterId", JSON(master.map { self.id(of: $0) })),
            ("showAs", .string(content.showAs)),
            ("type", .string(type)),
            ("webLink", .string(webLink(id))),
            ("onlineMeetingUrl", .null),
            ("isOnlineMeeting", .bool(content.isOnlineMeeting)),
            ("onlineMeetingProvider", .string(content.onlineMeetingProvider)),
            ("allowNewTimeProposals", .bool(content.allowNewTimeProposals)),
            ("hideAttendees", .bool(content.hideAttendees)),
            ("occurrenceId", JSON(master.flatMap { item in occurrence.map { occurrenceName(item, $0.day) } })),
        ])
        let tail: [(String, JSON)] = [
            (
                "responseStatus",
                [
                    "response": .string(content.response),
                    "time": .string(content.responded?.iso ?? EventContent.noTime),
                ]
            ),
            ("body", body(content, isHidden: isHidden)),
            ("start", time(content.start, content)),
            ("end", time(content.end, content)),
            ("location", location(isHidden ? nil : content.locations.first)),
            ("locations", .array(isHidden ? [] : content.locations.map { location($0) })),
            ("recurrence", content.recurrence?.json ?? .null),
            (
                "attendees",
                .array(isHidden || (content.hideAttendees && !content.isOrganizer) ? [] : content.attendees.map(\.json))
            ),
            ("organizer", content.organizer.json),
            ("onlineMeeting", content.isOnlineMeeting ? ["joinUrl": .string(joinURL(content))] : .null),
        ]
        object.members += tail.map { .init(name: $0.0, value: $0.1) }
        if let occurrence { object["originalStart"] = .string(occurrence.originalStart.iso) }
        for name in content.raw.keys.sorted() { applyRaw(name, of: content, to: &object) }
        return object
    }

    // MARK: Parts

    /// `OID.{master}.{date}`, how Graph names an occurrence that may no longer exist.
    func occurrenceName(_ item: EventItem, _ day: Day) -> String { "OID.\(id(of: item)).\(day.text)" }

    private func applyRaw(_ name: String, of content: EventContent, to object: inout JSONObject) {
        guard let value = content.raw[name] else { return }
        object[name] = value
    }

    private func time(_ time: EventTime, _ content: EventContent) -> JSON {
        let zone = preferences.zone ?? content.wireZone.flatMap(Zone.named) ?? .utc
        // All-day events keep their midnight whatever zone was asked for.
        let wall = content.isAllDay ? time.wall : zone.wall(at: time.instant)
        return ["dateTime": .string(wall.text), "timeZone": .string(zone.name)]
    }

    private func body(_ content: EventContent, isHidden: Bool) -> JSON {
        if isHidden { return ["contentType": "html", "content": ""] }
        return preferences.isTextBody
            ? ["contentType": "text", "content": .string(BodyText.text(content))]
            : ["contentType": "html", "content": .string(BodyText.html(content))]
    }

    private func location(_ stored: JSONObject?) -> JSON {
        guard let stored else {
            return [
                "displayName": "", "locationType": "default", "uniqueIdType": "unknown", "address": [:],
                "coordinates": [:],
            ]
        }
        var object = stored
        let name = stored["displayName"] ?? ""
        object["displayName"] = name
        for (member, value) in [
            ("locationType", JSON.string("default")), ("uniqueId", name), ("uniqueIdType", "private"),
        ] where object[member] == nil {
            object[member] = value
        }
        return .object(object)
    }

    private func joinURL(_ content: EventContent) -> String {
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_\(content.uid.suffix(32))%40thread.v2/0"
    }

    private func webLink(_ id: String) -> String {
        // The one place where an id is written with the other two characters of base64.
        let item = id.utf8.map { byte -> String in
            switch byte {
            case UInt8(ascii: "-"): "%2F"
            case UInt8(ascii: "_"): "%2B"
            case UInt8(ascii: "="): "%3D"
            default: String(UnicodeScalar(byte))
            }
        }.joined()
        return "https://outlook.office365.com/owa/?itemid=\(item)&exvsurl=1&path=/calendar/item"
    }
}

/// The global object id of a meeting: the same in the mailboxes of all who take part.
enum MeetingUID {
    private static let prefix = "040000008200E00074C5B7101A82E008"

    static func make(_ random: inout SeededRandom) -> String {
        let tail = Hexadecimal.text(random.bytes(8)) + "000000000000000010000000" + Hexadecimal.text(random.bytes(16))
        return prefix + "00000000" + tail.uppercased()
    }

    /// With the date of an occurrence in its place, or without one: the iCalUId of an occurrence is its own.
    static func text(_ uid: String, day: Day?) -> String {
        guard let day, uid.utf8.count > 40 else { return uid }
        let (year, month, dayOfMonth) = day.civil
        let stamp = Hexadecimal.text([UInt8(year >> 8), UInt8(year & 255), UInt8(month), UInt8(dayOfMonth)])
        return uid.prefix(32) + stamp.uppercased() + uid.dropFirst(40)
    }
}
