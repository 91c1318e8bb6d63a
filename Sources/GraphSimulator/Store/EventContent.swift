/// A start or end: the wall-clock time as it was written, its zone, and the moment that is.
struct EventTime: Hashable, Sendable {
    var wall: WallTime
    var zone: Zone
    var instant: Instant

    init(wall: WallTime, zone: Zone) {
        self.wall = wall
        self.zone = zone
        instant = zone.instant(of: wall)
    }

    static func == (left: EventTime, right: EventTime) -> Bool {
        left.wall == right.wall && left.zone.name == right.zone.name
    }

    func hash(into hasher: inout Hasher) { hasher.combine(wall) }
}

/// A name and an address.
struct Person: Hashable, Sendable {
    var name: String
    var address: String

    var json: JSON { ["emailAddress": ["name": .string(name), "address": .string(address)]] }
}

/// Somebody invited.
struct Attendee: Hashable, Sendable {
    var person: Person
    var type = "required"
    var response = "none"
    var responded: Instant?

    var json: JSON {
        [
            "type": .string(type),
            "status": ["response": .string(response), "time": .string(responded?.iso ?? EventContent.noTime)],
            "emailAddress": ["name": .string(person.name), "address": .string(person.address)],
        ]
    }
}

/// All that an event, a series or an exception holds, apart from what it is called and where it lies.
struct EventContent: Sendable {
    /// Graph's "never" of a response time.
    static let noTime = "0001-01-01T00:00:00Z"

    var created: Instant
    var modified: Instant
    /// Grows with every change; the change key is made of it.
    var change: Int
    var uid: String
    var subject: String?
    var bodyType = "text"
    var bodyContent = ""
    var start: EventTime
    var end: EventTime
    /// Names that Graph gives as originalStartTimeZone and originalEndTimeZone.
    var originalStartZone: String
    var originalEndZone: String
    var isAllDay = false
    var isCancelled = false
    var isDraft = false
    var isOrganizer = true
    var isReminderOn = true
    var reminderMinutes = 15
    var responseRequested = true
    var allowNewTimeProposals = true
    var hideAttendees = false
    var isOnlineMeeting = false
    var onlineMeetingProvider = "unknown"
    var importance = "normal"
    var sensitivity = "normal"
    var showAs = "busy"
    var categories: [String] = []
    var locations: [JSONObject] = []
    var attendees: [Attendee] = []
    var organizer: Person
    var response = "organizer"
    var responded: Instant?
    var transactionID: String?
    var recurrence: Recurrence?
    /// Extended properties: id to value.
    var properties: [String: String] = [:]
    /// Members that replace what would be written, for answers that are wrong or odd on purpose; `nil` leaves one out.
    var raw: [String: JSON?] = [:]
    /// A zone in which start and end are written instead of UTC when no preference asks otherwise.
    var wireZone: String?

    /// The wall-clock length: it, not the length in hours, is the same for each occurrence of a series.
    var wallLength: Int64 { end.wall.ticks - start.wall.ticks }

    /// The same content at another time of day or date, as an occurrence of the series has it.
    func moved(to wall: WallTime) -> EventContent {
        var moved = self
        moved.start = EventTime(wall: wall, zone: start.zone)
        moved.end = EventTime(wall: WallTime(ticks: wall.ticks + wallLength), zone: start.zone)
        moved.recurrence = nil
        return moved
    }
}
