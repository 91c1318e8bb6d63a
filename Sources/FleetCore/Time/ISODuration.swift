/// Durations as ISO 8601 writes them, in whole seconds: `PT5M`, `P30D`, `P1W`, `P1DT12H`.
package enum ISODuration {
    private struct DurationUnit {
        let letter: UInt8
        let seconds: Int
    }

    private static let dateUnits = [
        DurationUnit(letter: UInt8(ascii: "W"), seconds: 604_800),
        DurationUnit(letter: UInt8(ascii: "D"), seconds: 86_400),
    ]
    private static let timeUnits = [
        DurationUnit(letter: UInt8(ascii: "H"), seconds: 3600),
        DurationUnit(letter: UInt8(ascii: "M"), seconds: 60),
        DurationUnit(letter: UInt8(ascii: "S"), seconds: 1),
    ]
    private static let hundredYears = 3_155_760_000

    /// The seconds of a duration; nil when it isn't one. Years and months have no fixed length and are refused, as are
    /// fractions, signs, an empty `P` or `PT`, and more than 100 years.
    package static func seconds(_ text: String) -> Int? {
        guard text.hasPrefix("P"), text.utf8.count <= 40 else { return nil }
        let parts = text.dropFirst().split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count <= 2, let days = sum(parts[0], dateUnits) else { return nil }
        guard parts.count == 2 else { return parts[0].isEmpty || days > hundredYears ? nil : days }
        guard !parts[1].isEmpty, let time = sum(parts[1], timeUnits) else { return nil }
        return days + time <= hundredYears ? days + time : nil
    }

    /// The shortest spelling: `PT5M`, `P30D`, 90 as `PT1M30S`, 0 as `PT0M`.
    package static func string(seconds: Int) -> String {
        let days = seconds / 86_400
        let hours = seconds / 3600 % 24
        let minutes = seconds / 60 % 60
        let rest = seconds % 60
        let time = (hours > 0 ? "\(hours)H" : "") + (minutes > 0 ? "\(minutes)M" : "") + (rest > 0 ? "\(rest)S" : "")
        if days == 0 && time.isEmpty { return "PT0M" }
        return "P" + (days > 0 ? "\(days)D" : "") + (time.isEmpty ? "" : "T" + time)
    }

    /// Sums up `1H30M`: units in falling order, each at most once. 0 for an empty text.
    private static func sum(_ text: Substring, _ units: [DurationUnit]) -> Int? {
        var units = units[...]
        var total = 0
        var number: Int?
        for byte in text.utf8 {
            if ASCIISet.digits.contains(byte) {
                number = (number ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
                guard number! <= hundredYears else { return nil }
            } else {
                guard let amount = number, let index = units.firstIndex(where: { $0.letter == byte }) else {
                    return nil
                }
                total += amount * units[index].seconds
                units = units[(index + 1)...]
                number = nil
            }
        }
        return number == nil ? total : nil
    }
}
