import Foundation

// Pages of a round wait in Redis until the delta link is reached: Graph's rounds make sense only whole. What waits
// there is masked and cut like what will be published; a private title never rests anywhere.
//
//     {"k":"e","i":"<id>","t":[start ms,end ms],"n":"title",...}    event (x: exception, s: series)
//     {"k":"m",...}  master   {"k":"o","i","s","d":["2026-05-16","2026-05-17"],"t":[..]}  occurrence
//     {"k":"r","i"}  removed  {"k":"b","i","w":"no start"}  malformed
//
// Lives for one round; a reader that doesn't understand it reads the round again.

extension RemoteItem {
    /// The item as it may rest in Redis.
    package func staged(privateTitles: Bool) -> String {
        var writer = JSONWriter(capacity: 384)
        writer.beginObject()
        switch self {
        case .event(let event):
            writer.member("k", "e")
            event.writeStaged(to: &writer, privateTitles: privateTitles)
        case .master(let event):
            writer.member("k", "m")
            event.writeStaged(to: &writer, privateTitles: privateTitles)
        case .occurrence(let occurrence):
            writer.member("k", "o")
            writer.member("i", occurrence.id.rawValue)
            writer.member("s", occurrence.series.rawValue)
            occurrence.time.writeStaged(to: &writer)
            if occurrence.isCancelled { writer.member("c", true) }
        case .removed(let id):
            writer.member("k", "r")
            writer.member("i", id.rawValue)
        case .malformed(let id, let reason):
            writer.member("k", "b")
            writer.optional("i", id?.rawValue)
            writer.member("w", Clip.text(reason, bytes: 200))
        }
        writer.endObject()
        return writer.text
    }

    /// Reads what `staged` wrote; nil for anything else.
    package init?(staged: String) {
        guard let object = (try? StrictJSON.parse(staged))?.objectValue else { return nil }
        let id = object["i"]?.stringValue.map { EventID($0) }
        switch object["k"]?.stringValue {
        case "e", "m":
            guard let id, let event = RemoteEvent(staged: object, id: id) else { return nil }
            self = object["k"] == .string("m") ? .master(event) : .event(event)
        case "o":
            guard let id, let series = object["s"]?.stringValue, let time = RemoteTime(staged: object) else {
                return nil
            }
            self = .occurrence(
                RemoteOccurrence(
                    id: id, series: EventID(series), time: time, isCancelled: object["c"]?.boolValue ?? false))
        case "r":
            guard let id else { return nil }
            self = .removed(id)
        case "b": self = .malformed(id: id, reason: object["w"]?.stringValue ?? "")
        default: return nil
        }
    }
}

extension RemoteEvent {
    fileprivate func writeStaged(to writer: inout JSONWriter, privateTitles: Bool) {
        let isMasked = isPrivate && !privateTitles
        writer.member("i", id.rawValue)
        writer.optional("s", series?.rawValue)
        if isException { writer.member("x", true) }
        time.writeStaged(to: &writer)
        writer.member("n", isMasked ? EventProjection.maskedTitle : Clip.text(title))
        if !isPrivate { writer.optional("l", location.map { Clip.text($0) }) }
        writer.member("a", showAs.rawValue)
        if isPrivate { writer.member("p", true) }
        if isCancelled { writer.member("c", true) }
        writer.member("q", response.rawValue)
        writer.optional("u", lastModified.map { Int($0.milliseconds) })
        writer.optional("g", changeKey)
        writer.optional("f", transactionID)
        writer.optional("z", originalTimeZone)
    }

    fileprivate init?(staged object: JSONObject, id: EventID) {
        guard let time = RemoteTime(staged: object), let title = object["n"]?.stringValue,
            let showAs = object["a"]?.stringValue.flatMap(ShowAs.init(rawValue:)),
            let response = object["q"]?.stringValue.flatMap(Response.init(rawValue:))
        else { return nil }
        self.init(
            id: id, series: object["s"]?.stringValue.map { EventID($0) },
            isException: object["x"]?.boolValue ?? false, time: time, title: title,
            location: object["l"]?.stringValue, showAs: showAs, isPrivate: object["p"]?.boolValue ?? false,
            isCancelled: object["c"]?.boolValue ?? false, response: response,
            lastModified: object["u"]?.integerValue.map { Date(milliseconds: Int64($0)) },
            changeKey: object["g"]?.stringValue, transactionID: object["f"]?.stringValue,
            originalTimeZone: object["z"]?.stringValue)
    }
}

extension RemoteTime {
    fileprivate func writeStaged(to writer: inout JSONWriter) {
        func instants(_ start: Date, _ end: Date) {
            writer.key("t")
            writer.beginArray()
            writer.value(Int(start.milliseconds))
            writer.value(Int(end.milliseconds))
            writer.endArray()
        }
        switch self {
        case .timed(let start, let end): instants(start, end)
        case .allDay(let start, let end): writer.member("d", [start.description, end.description])
        case .midnights(let start, let end, let startUTC, let endUTC):
            writer.member("d", [start.description, end.description])
            instants(startUTC, endUTC)
        }
    }

    fileprivate init?(staged object: JSONObject) {
        var days: [CalendarDate] = []
        var instants: [Date] = []
        if case .array(let values)? = object["d"] {
            days = values.compactMap { $0.stringValue.flatMap { CalendarDate($0) } }
        }
        if case .array(let values)? = object["t"] {
            instants = values.compactMap { $0.integerValue.map { Date(milliseconds: Int64($0)) } }
        }
        switch (days.count, instants.count) {
        case (0, 2): self = .timed(start: instants[0], end: instants[1])
        case (2, 0): self = .allDay(start: days[0], end: days[1])
        case (2, 2): self = .midnights(start: days[0], end: days[1], startUTC: instants[0], endUTC: instants[1])
        default: return nil
        }
    }
}
