/// A calendar as one mailbox sees it: its own, or somebody else's under an id of its own.
struct CalendarView {
    /// The mailbox in the URL: ids belong to it.
    let mailbox: Mailbox
    /// The calendar's entry in that mailbox.
    let folder: CalendarFolder
    /// The mailbox and calendar in which the events lie; the same two unless it is shared.
    let owner: Mailbox
    let store: CalendarFolder
    let canWrite: Bool
    let seesPrivate: Bool
}

/// What the `Prefer` headers of a request ask for.
struct Preferences: Sendable {
    var zone: Zone?
    var isTextBody = false
    var isImmutable = false
    var maximumPageSize: Int?
    /// Confirmations for `Preference-Applied`.
    var applied: [String] = []

    init() {}

    /// Reads the preferences of one or several headers. Unknown ones are ignored, as HTTP wants.
    init(_ headers: [String]) throws(GraphFailure) {
        for item in headers.flatMap(Self.split) {
            let parts = item.split(separator: "=", maxSplits: 1).map { $0.trimmingASCIISpace() }
            let value = parts.count > 1 ? parts[1].filter { $0 != "\"" } : ""
            switch parts.first?.lowercased() {
            case "outlook.timezone":
                guard let zone = Zone.named(value) else { throw .unsupportedZone(value) }
                self.zone = zone
                applied.append("outlook.timezone=\"\(value)\"")
            case "outlook.body-content-type":
                guard ["text", "html"].contains(value.lowercased()) else { continue }
                isTextBody = value.lowercased() == "text"
                applied.append("outlook.body-content-type=\"\(value)\"")
            case "idtype":
                guard value.lowercased() == "immutableid" else { continue }
                isImmutable = true
                applied.append("IdType=\"ImmutableId\"")
            case "odata.maxpagesize":
                guard let size = Int(value), size > 0 else { continue }
                maximumPageSize = size
                applied.append("odata.maxpagesize=\(size)")
            default: continue
            }
        }
    }

    /// Splits at commas outside quotes.
    private static func split(_ header: String) -> [String] {
        var items: [String] = [""]
        var isQuoted = false
        for character in header {
            if character == "\"" { isQuoted.toggle() }
            if character == ",", !isQuoted { items.append("") } else { items[items.count - 1].append(character) }
        }
        return items
    }
}

extension StringProtocol {
    /// Without spaces and tabs at both ends.
    func trimmingASCIISpace() -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return ""
        }
        return String(self[first...last])
    }
}
