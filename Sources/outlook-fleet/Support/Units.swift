/// Durations and rates as flags spell them.
enum Units {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// `500ms`, `30s`, `10m`, `1h`, `30d`; nil for anything else, a number without a unit included.
    static func duration(_ text: String) -> Duration? {
        for (suffix, milliseconds) in units where text.hasSuffix(suffix) {
            let digits = text.dropLast(suffix.count)
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let count = Int64(digits) else {
                continue
            }
            let (total, overflow) = count.multipliedReportingOverflow(by: milliseconds)
            return overflow ? nil : .milliseconds(total)
        }
        return nil
    }

    /// The shortest spelling that `duration` reads.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        guard milliseconds != 0 else { return "0s" }
        for (suffix, unit) in units.reversed() where milliseconds % unit == 0 && suffix != "d" {
            return "\(milliseconds / unit)\(suffix)"
        }
        return "\(milliseconds)ms"
    }

    /// `600/60s`.
    static func rate(_ text: String) -> Rate? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[0]), let window = duration(String(parts[1])),
            parts[0].utf8.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        return Rate(count: count, window: window)
    }
}

/// So many in any window of this length.
struct Rate: Sendable, Equatable {
    var count: Int
    var window: Duration
}
