// What the public hash may not or need not hold, in a private hash beside it, under the same ids:
//
//     shown event    {"v":1,"m":1780000000123,"d":true}         declined; time of the last change, milliseconds
//     hidden event   {"v":1,"m":...,"e":{...}}                  beyond the window: the whole event waits here
//     series master  {"v":1,"m":...,"c":"<changeKey>","s":{...}}  never an event; its occurrences live from it
//
// Titles in it are cut and masked already: what the settings hide is nowhere.

/// What an event's public form doesn't say.
package struct EventDetails: Sendable, Equatable {
    /// The mailbox's owner said no: it doesn't block, whatever it shows as.
    package var isDeclined: Bool
    /// Graph's `lastModifiedDateTime` in milliseconds since 1970; the public form has whole seconds, too coarse to tell
    /// which of two versions is newer.
    package var modifiedMilliseconds: Int64?

    /// The details of an event.
    package init(isDeclined: Bool = false, modifiedMilliseconds: Int64? = nil) {
        self.isDeclined = isDeclined
        self.modifiedMilliseconds = modifiedMilliseconds
    }
}

/// What occurrences take from their series' master.
package struct MasterFacts: Sendable, Equatable {
    /// Cut and masked.
    package var title: String
    /// nil for private ones.
    package var location: String?
    /// How the occurrences show.
    package var showAs: ShowAs
    /// Private or confidential.
    package var isPrivate: Bool
    /// The whole series was called off.
    package var isCancelled: Bool
    /// The mailbox's owner declined the whole series.
    package var isDeclined: Bool
    /// Whether the midnights of occurrences are dates.
    package var isAllDay: Bool
    /// As in ``EventDetails``.
    package var modifiedMilliseconds: Int64?
    /// Graph's `changeKey`: an equal one means a replay, and spares reading the series again.
    package var changeKey: String?

    /// The facts of a master.
    package init(
        title: String, location: String? = nil, showAs: ShowAs = .busy, isPrivate: Bool = false,
        isCancelled: Bool = false, isDeclined: Bool = false, isAllDay: Bool = false,
        modifiedMilliseconds: Int64? = nil, changeKey: String? = nil
    ) {
        self.title = title
        self.location = location
        self.showAs = showAs
        self.isPrivate = isPrivate
        self.isCancelled = isCancelled
        self.isDeclined = isDeclined
        self.isAllDay = isAllDay
        self.modifiedMilliseconds = modifiedMilliseconds
        self.changeKey = changeKey
    }
}

/// One value of the private hash.
package enum Companion: Sendable, Equatable {
    /// The event is in the public hash.
    case shown(EventDetails)
    /// The event waits beyond the window.
    case hidden(CalendarEvent, EventDetails)
    /// A series.
    case master(MasterFacts)

    private static let version = 1

    /// The value as it is stored.
    package func json() -> String {
        var writer = JSONWriter(capacity: 96)
        writer.beginObject()
        writer.member("v", Self.version)
        switch self {
        case .shown(let details): details.writeMembers(to: &writer)
        case .hidden(let event, let details):
            details.writeMembers(to: &writer)
            writer.key("e")
            event.write(to: &writer)
        case .master(let facts): facts.writeMembers(to: &writer)
        }
        writer.endObject()
        return writer.text
    }

    /// Reads what `json` wrote; nil for anything that isn't ours.
    package static func read(_ json: String) throws(NewerVersion) -> Companion? {
        guard let object = try StoredForm.object(json, version: version) else { return nil }
        let details = EventDetails(
            isDeclined: object["d"]?.boolValue ?? false, modifiedMilliseconds: object["m"]?.int64Value)
        if let series = object["s"]?.objectValue {
            return .master(
                MasterFacts(
                    title: series["t"]?.stringValue ?? "", location: series["l"]?.stringValue,
                    showAs: series["a"]?.stringValue.flatMap(ShowAs.init(rawValue:)) ?? .unknown,
                    isPrivate: series["p"]?.boolValue ?? false, isCancelled: series["x"]?.boolValue ?? false,
                    isDeclined: details.isDeclined, isAllDay: series["f"]?.boolValue ?? false,
                    modifiedMilliseconds: details.modifiedMilliseconds, changeKey: object["c"]?.stringValue))
        }
        guard let waiting = object["e"] else { return .shown(details) }
        return waiting.objectValue.flatMap { CalendarEvent($0) }.map { .hidden($0, details) }
    }
}

extension EventDetails {
    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.optional("m", modifiedMilliseconds.map { Int($0) })
        if isDeclined { writer.member("d", true) }
    }
}

extension MasterFacts {
    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.optional("m", modifiedMilliseconds.map { Int($0) })
        if isDeclined { writer.member("d", true) }
        writer.optional("c", changeKey)
        writer.key("s")
        writer.beginObject()
        writer.member("t", title)
        writer.optional("l", location)
        writer.member("a", showAs.rawValue)
        if isPrivate { writer.member("p", true) }
        if isCancelled { writer.member("x", true) }
        if isAllDay { writer.member("f", true) }
        writer.endObject()
    }
}

extension JSONValue {
    fileprivate var int64Value: Int64? { integerValue.map { Int64($0) } }
}
