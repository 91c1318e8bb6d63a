import FleetCore

/// What `check` found, in the order of looking.
struct CheckReport: Sendable {
    /// How bad it is.
    enum Level: String, Sendable, CaseIterable {
        case ok, warning, unfit, away
    }

    struct Item: Sendable, Equatable {
        var level: Level
        /// What was looked at: `redis version`.
        var subject: String
        /// What was found, and what to do.
        var text: String
    }

    private(set) var items: [Item] = []

    mutating func add(_ level: Level, _ subject: String, _ text: String) {
        items.append(Item(level: level, subject: subject, text: text))
    }

    mutating func add(_ report: CheckReport) {
        items += report.items
    }

    /// 78 if something is unfit: waiting won't cure it. Else 69 if something is away: trying again may.
    var status: ProgramStatus {
        if items.contains(where: { $0.level == .unfit }) { return .configuration }
        return items.contains { $0.level == .away } ? .unavailable : .done
    }

    var table: String {
        var table = Table("", "WHAT", "FOUND")
        for item in items { table.add(item.level.rawValue, item.subject, item.text) }
        return table.text
    }

    var json: String {
        let lines = items.map { item -> String in
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("level", item.level.rawValue)
            writer.member("subject", item.subject)
            writer.member("text", item.text)
            writer.endObject()
            return writer.text
        }
        return "[" + lines.joined(separator: ",\n ") + "]"
    }
}
