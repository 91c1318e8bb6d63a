/// Reads and writes the JSON of a recurrence.
struct RecurrenceInput {
    let reader: BodyReader
    let start: EventTime

    private static let maximumInterval = 999
    private static let maximumOccurrences = 999

    func recurrence() throws(GraphFailure) -> Recurrence {
        guard let pattern = try reader.reader("pattern"), let range = try reader.reader("range") else {
            throw .invalidProperty("At least one property failed validation. A recurrence needs pattern and range.")
        }
        return Recurrence(pattern: try self.pattern(pattern), range: try self.range(range))
    }

    private func pattern(_ reader: BodyReader) throws(GraphFailure) -> RecurrencePattern {
        let kinds: [RecurrencePattern.Kind] = [
            .daily, .weekly, .absoluteMonthly, .relativeMonthly, .absoluteYearly, .relativeYearly,
        ]
        let word = try reader.word("type", of: kinds.map(\.rawValue))
        guard let kind = word.flatMap(RecurrencePattern.Kind.init) else { throw missing("type") }
        guard let interval = try reader.integer("interval") else { throw missing("interval") }
        guard (1...Self.maximumInterval).contains(interval) else {
            throw .invalidProperty("The interval is out of range.")
        }
        var pattern = RecurrencePattern(kind: kind, interval: interval)
        // What the type doesn't use is validated all the same.
        pattern.month = try reader.integer("month") ?? 0
        pattern.dayOfMonth = try reader.integer("dayOfMonth") ?? 0
        pattern.daysOfWeek = try days(reader)
        guard (0...12).contains(pattern.month), (0...31).contains(pattern.dayOfMonth) else {
            throw .invalidProperty("The month or the day of the month is out of range.")
        }
        if let name = try reader.string("firstDayOfWeek") {
            guard let day = Weekday(name: name) else { throw .badBody("Requested value '\(name)' was not found.") }
            pattern.firstDayOfWeek = day
        }
        let index = try reader.word("index", of: ["first", "second", "third", "fourth", "last"])
        pattern.index = index.flatMap(RecurrencePattern.Index.init) ?? .first
        try require(pattern)
        return pattern
    }

    private func days(_ reader: BodyReader) throws(GraphFailure) -> [Weekday] {
        var days: [Weekday] = []
        for value in try reader.array("daysOfWeek") ?? [] {
            guard let day = value.string.flatMap(Weekday.init(name:)) else {
                throw .badBody("Requested value '\(value.text)' was not found.")
            }
            if !days.contains(day) { days.append(day) }
        }
        return days
    }

    private func require(_ pattern: RecurrencePattern) throws(GraphFailure) {
        switch pattern.kind {
        case .daily: break
        case .weekly, .relativeMonthly: if pattern.daysOfWeek.isEmpty { throw missing("daysOfWeek") }
        case .absoluteMonthly: if pattern.dayOfMonth == 0 { throw missing("dayOfMonth") }
        case .absoluteYearly: if pattern.dayOfMonth == 0 || pattern.month == 0 { throw missing("dayOfMonth and month") }
        case .relativeYearly:
            if pattern.daysOfWeek.isEmpty || pattern.month == 0 { throw missing("daysOfWeek and month") }
        }
    }

    private func range(_ reader: BodyReader) throws(GraphFailure) -> RecurrenceRange {
        let word = try reader.word("type", of: ["endDate", "noEnd", "numbered"])
        guard let kind = word.flatMap(RecurrenceRange.Kind.init) else { throw missing("range.type") }
        let zoneName = try reader.string("recurrenceTimeZone") ?? start.zone.name
        guard Zone.named(zoneName) != nil else { throw .unsupportedZone(zoneName) }
        guard let startDate = try date("startDate", reader) else { throw missing("startDate") }
        guard startDate == start.wall.day else {
            throw .invalidProperty("The startDate of the range must be the date of the event's start.")
        }
        var range = RecurrenceRange(kind: kind, startDate: startDate, zone: zoneName)
        switch kind {
        case .noEnd: break
        case .endDate:
            guard let endDate = try date("endDate", reader) else { throw missing("endDate") }
            guard endDate >= startDate else { throw .invalidProperty("The range ends before it starts.") }
            range.endDate = endDate
        case .numbered:
            guard let count = try reader.integer("numberOfOccurrences") else { throw missing("numberOfOccurrences") }
            guard (1...Self.maximumOccurrences).contains(count) else {
                throw .invalidProperty("numberOfOccurrences is out of range.")
            }
            range.numberOfOccurrences = count
        }
        return range
    }

    private func date(_ name: String, _ reader: BodyReader) throws(GraphFailure) -> Day? {
        guard let text = try reader.string(name) else { return nil }
        guard let day = Day(text: text) else {
            throw .badBody("Cannot convert the literal '\(text)' to the expected type 'Edm.Date'.")
        }
        return day
    }

    private func missing(_ name: String) -> GraphFailure {
        .invalidProperty("At least one property failed validation. The recurrence needs \(name).")
    }
}

extension Recurrence {
    /// The JSON that Graph answers with: members that the type doesn't use are filled in.
    var json: JSON {
        [
            "pattern": [
                "type": .string(pattern.kind.rawValue),
                "interval": JSON(pattern.interval),
                "month": JSON(pattern.month),
                "dayOfMonth": JSON(pattern.dayOfMonth),
                "daysOfWeek": JSON(pattern.daysOfWeek.map(\.name)),
                "firstDayOfWeek": .string(pattern.firstDayOfWeek.name),
                "index": .string(pattern.index.rawValue),
            ],
            "range": [
                "type": .string(range.kind.rawValue),
                "startDate": .string(range.startDate.text),
                "endDate": .string(range.kind == .endDate ? (range.endDate ?? lastDay).text : "0001-01-01"),
                "recurrenceTimeZone": .string(range.zone),
                "numberOfOccurrences": JSON(range.numberOfOccurrences),
            ],
        ]
    }
}
