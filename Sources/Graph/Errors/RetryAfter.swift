import FleetCore
package import Foundation
package import HTTP

/// The header `Retry-After` of a 429, 503 or 504, in all the forms it has been seen in.
package enum RetryAfter {
    /// What a server may ask for at most; more is a broken header, and a wait of a day would look like a dead fleet.
    package static let cap = Duration.seconds(3600)

    /// The wait that an answer asks for: seconds as an integer or (seen in Microsoft's documentation) a fraction,
    /// rounded up to milliseconds; or an HTTP date, read against the answer's own `Date` where there is one, so that a
    /// wrong clock here doesn't matter. Between zero and `cap`; nil if it is absent or unreadable.
    package static func wait(_ headers: HTTPHeaders, now: Date) -> Duration? {
        guard let text = headers["Retry-After"] else { return nil }
        if let seconds = decimal(text) { return clamped(seconds) }
        guard let date = HTTPDate.parse(text) else { return nil }
        let reference = headers["Date"].flatMap(HTTPDate.parse) ?? now
        return clamped(date.timeIntervalSince(reference))
    }

    private static func clamped(_ seconds: Double) -> Duration {
        guard seconds > 0 else { return .zero }
        return min(cap, .milliseconds(Int((min(seconds, 1e9) * 1000).rounded(.up))))
    }

    /// Digits with at most one point; `Double(_:)` alone would take `nan`, `inf`, `0x10` and `1e99`.
    private static func decimal(_ text: String) -> Double? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard digits.utf8.count <= 20, digits.first?.isASCII == true,
            digits.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." })
        else { return nil }
        return Double(text)
    }
}

/// A date in a header: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7; the two obsolete forms aren't sent by
/// anybody we speak to).
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func parse(_ text: String) -> Date? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT" || parts[5] == "UTC", let day = Int(parts[1]),
            let month = months.firstIndex(of: String(parts[2])), let year = Int(parts[3])
        else { return nil }
        let clock = parts[4].split(separator: ":").map { Int($0) }
        guard clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2],
            (0..<24).contains(hour), (0..<60).contains(minute), (0...60).contains(second),
            let date = CalendarDate(year: year, month: month + 1, day: day)
        else { return nil }
        return Date(
            timeIntervalSince1970: Double(date.daysSinceEpoch) * 86_400 + Double(hour * 3600 + minute * 60 + second))
    }
}
