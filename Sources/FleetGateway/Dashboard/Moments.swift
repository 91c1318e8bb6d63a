import Foundation

/// Times as a person reads them: how long ago, how soon.
enum Moments {
    /// `now`, `12 s ago`, `in 4 min`, `3 d ago`.
    static func relative(_ date: Date, to now: Date) -> String {
        let seconds = date.timeIntervalSince(now)
        guard abs(seconds) >= 1 else { return "now" }
        let text = span(abs(seconds))
        return seconds < 0 ? text + " ago" : "in " + text
    }

    /// `12 s`, `4 min`, `2 h`, `3 d`.
    static func span(_ seconds: Double) -> String {
        switch seconds {
        case ..<90: "\(Int(seconds.rounded())) s"
        case ..<5400: "\(Int((seconds / 60).rounded())) min"
        case ..<172_800: "\(Int((seconds / 3600).rounded())) h"
        default: "\(Int((seconds / 86_400).rounded())) d"
        }
    }

    /// `4 ms`, `1.2 s`, `3 min`.
    static func milliseconds(_ value: Double) -> String {
        switch value {
        case ..<1000: "\(Int(value.rounded())) ms"
        case ..<10_000: "\((value / 100).rounded() / 10) s"
        default: span(value / 1000)
        }
    }
}
