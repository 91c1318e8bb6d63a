import Foundation

/// What the fleet wrote into a booking's event, as far as later upserts are compared with it: times as they are, texts
/// as digests.
///
/// An upsert is compared with this, not with the event: what only a person changed stays until an upsert changes it.
package struct WrittenContent: Sendable, Equatable {
    /// When it takes place.
    package var time: BookingRequest.Time
    /// How it shows.
    package var showAs: ShowAs
    /// The title's digest.
    package var title: TextDigest
    /// The plain text's digest.
    package var body: TextDigest
    /// The place's digest.
    package var location: TextDigest
    /// Of those invited, in the order of their addresses; nil as long as no upsert named any.
    package var attendees: TextDigest?

    /// Content as it was stored.
    package init(
        time: BookingRequest.Time, showAs: ShowAs, title: TextDigest, body: TextDigest, location: TextDigest,
        attendees: TextDigest?
    ) {
        self.time = time
        self.showAs = showAs
        self.title = title
        self.body = body
        self.location = location
        self.attendees = attendees
    }

    /// What an upsert states: all of it, but for attendees that it doesn't name. Nil for a cancellation.
    package init?(_ request: BookingRequest, after earlier: WrittenContent?) {
        guard request.operation == .upsert, let time = request.time else { return nil }
        self.time = time
        showAs = request.showAs
        title = TextDigest(request.title)
        body = TextDigest(request.body)
        location = TextDigest(request.location)
        attendees = earlier?.attendees
        if let named = request.attendees, !(named.isEmpty && earlier?.attendees == nil) {
            attendees = Self.digest(named)
        }
    }

    /// The parts in which two versions differ.
    func differences(from other: WrittenContent) -> Parts {
        var parts: Parts = []
        if time != other.time { parts.insert(.time) }
        if showAs != other.showAs { parts.insert(.showAs) }
        if title != other.title { parts.insert(.title) }
        if body != other.body { parts.insert(.body) }
        if location != other.location { parts.insert(.location) }
        if attendees != other.attendees { parts.insert(.attendees) }
        return parts
    }

    private static func digest(_ attendees: [BookingRequest.Attendee]) -> TextDigest {
        let lines = attendees.map { "\($0.email.lowercased())\u{0}\($0.name ?? "")\u{0}\($0.required)" }
        return TextDigest(lines.sorted().joined(separator: "\n"))
    }
}

extension WrittenContent {
    /// Parts of an event.
    package struct Parts: OptionSet, Sendable {
        /// As it is stored.
        package let rawValue: Int
        /// Parts as they were stored.
        package init(rawValue: Int) { self.rawValue = rawValue }

        static let time = Parts(rawValue: 1)
        static let showAs = Parts(rawValue: 2)
        static let title = Parts(rawValue: 4)
        static let body = Parts(rawValue: 8)
        static let location = Parts(rawValue: 16)
        static let attendees = Parts(rawValue: 32)
        static let all = Parts(rawValue: 63)
    }
}

// MARK: - As it rests

extension WrittenContent {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        switch time {
        case .timed(let start, let end):
            writer.member("t", [String(start.milliseconds), String(end.milliseconds)])
        case .allDay(let start, let end): writer.member("d", [start.description, end.description])
        }
        writer.member("a", showAs.rawValue)
        if !title.rawValue.isEmpty { writer.member("n", title.rawValue) }
        if !body.rawValue.isEmpty { writer.member("b", body.rawValue) }
        if !location.rawValue.isEmpty { writer.member("l", location.rawValue) }
        writer.optional("p", attendees?.rawValue)
        writer.endObject()
    }

    init?(_ object: JSONObject) {
        func pair(_ name: String) -> (String, String)? {
            guard case .array(let values)? = object[name], values.count == 2, let first = values[0].stringValue,
                let second = values[1].stringValue
            else { return nil }
            return (first, second)
        }
        let time: BookingRequest.Time
        if let (start, end) = pair("t"), let first = Int64(start), let last = Int64(end) {
            time = .timed(start: Date(milliseconds: first), end: Date(milliseconds: last))
        } else if let (start, end) = pair("d"), let first = CalendarDate(start), let last = CalendarDate(end) {
            time = .allDay(start: first, end: last)
        } else {
            return nil
        }
        guard let showAs = object["a"]?.stringValue.flatMap(ShowAs.init(rawValue:)) else { return nil }
        func digest(_ name: String) -> TextDigest { TextDigest(rawValue: object[name]?.stringValue ?? "") }
        self.init(
            time: time, showAs: showAs, title: digest("n"), body: digest("b"), location: digest("l"),
            attendees: object["p"]?.stringValue.map { TextDigest(rawValue: $0) })
    }
}
