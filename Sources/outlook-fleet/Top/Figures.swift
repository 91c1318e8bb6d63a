import Foundation

/// Numbers and times as people read them at a glance.
enum Figures {
    /// `1,234,567`
    static func count(_ number: Int) -> String {
        var text = ""
        for (index, digit) in String(abs(number)).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + String(text.reversed())
    }

    /// `0.4`, `12`, `1,234`
    static func rate(_ number: Double) -> String {
        number > 0 && number < 9.95 ? "\((number * 10).rounded() / 10)" : count(Int(min(number, 1e15).rounded()))
    }

    /// `12s`, `3m 5s`, `2h 10m`, `4d 3h`; what is over reads `0s`.
    static func length(_ seconds: Double) -> String {
        let seconds = Int(min(max(0, seconds), 1e12).rounded())
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3600: return "\(seconds / 60)m \(seconds % 60)s"
        case ..<86_400: return "\(seconds / 3600)h \(seconds % 3600 / 60)m"
        default: return "\(seconds / 86_400)d \(seconds % 86_400 / 3600)h"
        }
    }

    static func length(_ duration: Duration) -> String { length(duration / .seconds(1)) }

    /// How long until then: `in 12s`; centuries away: `for good`, as a pause without an end is written.
    static func until(_ date: Date, from now: Date) -> String {
        let seconds = date.timeIntervalSince(now)
        if seconds > 200 * 365 * 86_400 { return "for good" }
        return seconds <= 0 ? "due" : "in " + length(seconds)
    }
}
