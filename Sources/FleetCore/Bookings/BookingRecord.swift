package import Foundation

// What is kept of a booking, privately, under its id. Written in the same step as the results and changes that tell of
// it, so it never knows more or less than consumers do.
//
//     {"v":1,"s":"l","i":"<event id>","k":"<change key>","w":{what we wrote},"e":{the event as last told},"r":7,"n":1}
//     {"v":1,"s":"c","r":8,"n":1,"z":1780000000123}
//
//     "m":true         a person made the event recurring: it is the series' master now
//
//     live ("l")       the event is in the calendar, as far as anybody told us
//     gone ("g")       a person deleted it, or moved it to another calendar; an upsert creates another one, unless it
//                      has come back: "b" is its id, which survives both
//     cancelled ("c")  we removed it; kept for its revision, and for the number of its creates
//
// Records are forgotten long after their events (`isForgettable`), so a connection's are bounded by what happens in a
// year.

/// What is stored of one booking.
package struct BookingRecord: Sendable, Equatable {
    /// How its event stands.
    package enum State: String, Sendable {
        case live = "l"
        case gone = "g"
        case cancelled = "c"
    }

    /// How its event stands.
    package var state: State
    /// Its event; nil unless it is live.
    package var event: EventID?
    /// Of a gone one: the event that it had. A person may undo what took it away.
    package var former: EventID?
    /// Graph's change key of the version that we know: an incoming version with it is our own, or an old hat.
    package var changeKey: String?
    /// What we wrote; nil for an event that was found by its mark.
    package var written: WrittenContent?
    /// The event as consumers were last told of it.
    package var seen: CalendarEvent?
    /// A person made the event recurring, and consumers were told.
    package var isSeries: Bool
    /// Of the last upsert that was applied.
    package var revision: Int?
    /// Creates so far; each has a transaction id of its own.
    package var creates: Int
    /// When its event went; nil while it is live, and where an older fleet didn't say.
    package var endedAt: Date?

    /// A record as given.
    package init(
        state: State, event: EventID? = nil, changeKey: String? = nil, written: WrittenContent? = nil,
        seen: CalendarEvent? = nil, isSeries: Bool = false, revision: Int? = nil, creates: Int = 0,
        endedAt: Date? = nil
    ) {
        self.state = state
        self.event = event
        self.changeKey = changeKey
        self.written = written
        self.seen = seen
        self.isSeries = isSeries
        self.revision = revision
        self.creates = creates
        self.endedAt = endedAt
    }

    /// The record once its event has gone: by a person, or by us.
    package func ended(_ state: State, at now: Date) -> BookingRecord {
        var ended = BookingRecord(state: state, revision: revision, creates: creates, endedAt: now)
        if state == .gone {
            (ended.former, ended.written, ended.seen) = (event ?? former, written, seen)
        }
        return ended
    }

    /// The record once its event has come back.
    package var revived: BookingRecord {
        var revived = self
        (revived.state, revived.event, revived.former, revived.endedAt) = (.live, former, nil, nil)
        return revived
    }

    /// Whether nobody needs the record any more. What ended keeps its revision for 90 days, against upserts that come
    /// late. What took place keeps its event for 400 days, and as long as the window shows it; an upsert after that
    /// looks for the event by its mark (`Connection.hasEarlierEvents`).
    package func isForgettable(at now: Date, windowPastSeconds: Int) -> Bool {
        guard state == .live else { return endedAt.map { now.timeIntervalSince($0) > 90 * Self.day } ?? false }
        let kept = max(400 * Self.day, Double(windowPastSeconds) + 60 * Self.day)
        return seen.map { now.timeIntervalSince($0.end) > kept } ?? false
    }

    private static let day = 86_400.0

    /// What a version of the event, read from the calendar and not written by us just now, means to consumers: a person
    /// moved it, changed something else that is seen or how often it takes place, or called it off; nil when it is no
    /// news. Of a series `event` is its master as if it were a single event.
    package func news(of event: CalendarEvent, isSeries: Bool, changeKey: String?) -> Change.Kind? {
        guard state == .live, let seen else { return nil }
        if let changeKey, changeKey == self.changeKey { return nil }
        if event.status == .cancelled && seen.status != .cancelled { return .bookingCancelledInOutlook }
        if event.start != seen.start || event.end != seen.end || event.allDay != seen.allDay { return .bookingMoved }
        return seen.differs(from: event) || isSeries != self.isSeries ? .bookingEditedInOutlook : nil
    }
}

// MARK: - As it rests

extension BookingRecord {
    private static let version = 1

    /// As it is stored.
    package func json() -> String {
        var writer = JSONWriter(capacity: 640)
        writer.beginObject()
        writer.member("v", Self.version)
        writer.member("s", state.rawValue)
        writer.optional("i", event?.rawValue)
        writer.optional("b", former?.rawValue)
        writer.optional("k", changeKey)
        if let written {
            writer.key("w")
            written.write(to: &writer)
        }
        if let seen {
            writer.key("e")
            seen.write(to: &writer)
        }
        if isSeries { writer.member("m", true) }
        writer.optional("r", revision)
        if creates > 0 { writer.member("n", creates) }
        writer.optional("z", endedAt.map { Int($0.milliseconds) })
        writer.endObject()
        return writer.text
    }

    /// Reads what `json` wrote; nil for anything that isn't ours.
    /// - Throws: when a newer fleet wrote it; it must not be overwritten by half.
    package static func read(_ json: String) throws(NewerVersion) -> BookingRecord? {
        guard let object = try StoredForm.object(json, version: version),
            let state = object["s"]?.stringValue.flatMap(State.init(rawValue:))
        else { return nil }
        var record = BookingRecord(
            state: state, event: object["i"]?.stringValue.map { EventID($0) }, changeKey: object["k"]?.stringValue,
            written: object["w"]?.objectValue.flatMap { WrittenContent($0) },
            seen: object["e"]?.objectValue.flatMap { CalendarEvent($0) },
            isSeries: object["m"]?.boolValue ?? false, revision: object["r"]?.integerValue,
            creates: object["n"]?.integerValue ?? 0,
            endedAt: object["z"]?.integerValue.map { Date(milliseconds: Int64($0)) })
        record.former = object["b"]?.stringValue.map { EventID($0) }
        return record
    }
}
