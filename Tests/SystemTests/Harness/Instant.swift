import Foundation

/// Times as the tests need them: RFC 3339 both ways, Graph's zoneless times as UTC, midnights of a zone.
enum Instant {
    /// Reads RFC 3339 or one of Graph's own forms (no offset means UTC, 0 to 7 fraction digits). nil for anything else.
    static func read(_ text: String) -> Date? {
        guard text.count >= 19 else { return nil }
        let head = text.prefix(19)
        var rest = text.dropFirst(19)
        var fraction = 0.0
        if rest.first == "." {
            let digits = rest.dropFirst().prefix { $0.isNumber }
            fraction = Double("0.\(digits)") ?? 0
            rest = rest.dropFirst(1 + digits.count)
        }
        let numbers = head.split { "-T:".contains($0) }.compactMap { Int($0) }
        guard numbers.count == 6 else { return nil }
        var parts = DateComponents()
        (parts.year, parts.month, parts.day) = (numbers[0], numbers[1], numbers[2])
        (parts.hour, parts.minute, parts.second) = (numbers[3], numbers[4], numbers[5])
        guard let date = calendar(.gmt).date(from: parts), let offset = offsetSeconds(rest) else { return nil }
        return date.addingTimeInterval(fraction - Double(offset))
    }

    /// RFC 3339 in UTC, whole seconds.
    static func write(_ date: Date) -> String {
        graph(date) + "Z"
    }

    /// Graph's form without a zone: `2026-06-15T10:00:00`, UTC.
    static func graph(_ date: Date) -> String {
        let parts = calendar(.gmt).dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        func padded(_ number: Int?, _ width: Int = 2) -> String {
            let digits = String(number ?? 0)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(parts.year, 4))-\(padded(parts.month))-\(padded(parts.day))"
            + "T\(padded(parts.hour)):\(padded(parts.minute)):\(padded(parts.second))"
    }

    /// `YYYY-MM-DD` of an instant in a zone.
    static func day(_ date: Date, in zone: TimeZone = .gmt) -> String {
        String(graph(date.addingTimeInterval(Double(zone.secondsFromGMT(for: date)))).prefix(10))
    }

    /// The instant at which a day (`YYYY-MM-DD`) begins in a zone.
    static func midnight(_ day: String, in zone: TimeZone) -> Date? {
        let numbers = day.split(separator: "-").compactMap { Int($0) }
        guard numbers.count == 3 else { return nil }
        let parts = DateComponents(year: numbers[0], month: numbers[1], day: numbers[2])
        return calendar(zone).date(from: parts)
    }

    /// So many days and hours from a moment, cut to the hour: what tests put events at.
    static func from(_ now: Date, days: Int = 0, hours: Int = 0) -> Date {
        let hour = (now.timeIntervalSince1970 / 3600).rounded(.down) * 3600
        return Date(timeIntervalSince1970: hour + Double(days * 86_400 + hours * 3600))
    }

    private static func calendar(_ zone: TimeZone) -> Calendar {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        return calendar
    }

    private static func offsetSeconds(_ text: Substring) -> Int? {
        if text.isEmpty || text == "Z" { return 0 }
        let numbers = text.dropFirst().split(separator: ":").compactMap { Int($0) }
        guard numbers.count == 2 else { return nil }
        let seconds = numbers[0] * 3600 + numbers[1] * 60
        return text.first == "-" ? -seconds : seconds
    }
}
