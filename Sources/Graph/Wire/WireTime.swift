import FleetCore
import Foundation

/// Graph's `dateTimeTimeZone`: a wall time without offset, and the zone it is of.
struct WireTime: Decodable, Sendable {
    var dateTime: String?
    var timeZone: String?

    private enum CodingKeys: String, CodingKey { case dateTime, timeZone }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        dateTime = container.lenient(String.self, .dateTime)
        timeZone = container.lenient(String.self, .timeZone)
    }

    /// The date part, for all-day events: they keep midnight whatever zone the answer names, so nothing is converted
    /// (microsoftgraph/microsoft-graph-docs issues 1802, 6003, 16798).
    var day: CalendarDate? { dateTime.flatMap { CalendarDate($0.prefix(10)) } }

    /// Whether it is midnight as written.
    var isMidnight: Bool {
        guard let dateTime else { return false }
        let clock = dateTime.utf8.dropFirst(10).dropFirst()
        return clock.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
    }

    /// The instant; nil if it can't be read. We ask for no zone, so it is UTC as a rule. A zone that nobody knows is
    /// taken for UTC, too: an hour off is better than an event that doesn't block at all.
    var instant: Date? {
        guard let dateTime else { return nil }
        if let date = RFC3339.date(dateTime) { return date }
        guard let wall = RFC3339.dateWithoutOffset(dateTime) ?? midnight(dateTime) else { return nil }
        guard let timeZone, !WireTime.utcNames.contains(timeZone.lowercased()),
            let zone = namedZone(timeZone)
        else { return wall }
        return wall.instant(ofWallTimeIn: zone)
    }

    private func namedZone(_ name: String) -> TimeZone? {
        MailboxZone(named: name).flatMap { TimeZone(identifier: $0.identifier) }
    }

    /// Date-only times are taken on input and might come back.
    private func midnight(_ text: String) -> Date? {
        CalendarDate(text).map { Date(timeIntervalSince1970: Double($0.daysSinceEpoch) * 86_400) }
    }

    private static let utcNames: Set<String> = [
        "", "utc", "etc/utc", "gmt", "etc/gmt", "tzone://microsoft/utc", "z", "coordinated universal time",
    ]
}

extension Date {
    /// Reads this instant's UTC clock as a wall clock in `zone`. In an hour that comes twice: the first one; in one
    /// that is skipped: as if the clock hadn't jumped yet.
    fileprivate func instant(ofWallTimeIn zone: TimeZone) -> Date {
        let seconds = timeIntervalSince1970
        func offset(at seconds: Double) -> Double {
            Double(zone.secondsFromGMT(for: Date(timeIntervalSince1970: seconds)))
        }
        // A day away on either side no change of the clock matters; between them there is at most one.
        let before = seconds - offset(at: seconds - 86_400)
        let after = seconds - offset(at: seconds + 86_400)
        let fitting = [before, after].sorted().first { $0 + offset(at: $0) == seconds }
        return Date(timeIntervalSince1970: fitting ?? before)
    }
}

extension KeyedDecodingContainer {
    /// A member if it is there and of that type; nil otherwise, never a failure: one odd member must not cost the item.
    func lenient<Value: Decodable>(_ type: Value.Type, _ key: Key) -> Value? {
        (try? decodeIfPresent(type, forKey: key)) ?? nil
    }
}
