// Dates as day numbers.
//
// All calendar arithmetic of the simulator is on whole days since 1970 in the proleptic Gregorian calendar: months and
// weeks need no time zone, and Foundation's calendars are slow and lock. The two conversions are Howard Hinnant's
// `days_from_civil` and `civil_from_days` ("chrono-Compatible Low-Level Date Algorithms").

/// A day of the week, numbered from Sunday.
enum Weekday: Int, CaseIterable, Sendable {
    case sunday = 0
    case monday, tuesday, wednesday, thursday, friday, saturday

    /// Graph's spelling; `nil` for any other text.
    init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name.lowercased() }) else { return nil }
        self = found
    }

    /// Graph's spelling.
    var name: String { String(describing: self) }
}

/// A date.
struct Day: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    var number: Int

    init(number: Int) { self.number = number }

    /// A date by year, month and day of the month, which must be valid.
    init(year: Int, month: Int, day: Int) {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.floorDivided(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        number = era * 146_097 + dayOfEra - 719_468
    }

    /// Parses `2026-06-15`; `nil` unless it is a date that exists.
    init?(text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), year >= 1,
            (1...12).contains(month), day >= 1, day <= Self.length(ofMonth: month, year: year)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    static func < (left: Day, right: Day) -> Bool { left.number < right.number }

    static func + (day: Day, days: Int) -> Day { Day(number: day.number + days) }

    static func - (left: Day, right: Day) -> Int { left.number - right.number }

    var weekday: Weekday {
        Weekday(rawValue: (number + 4) - (number + 4).floorDivided(by: 7) * 7) ?? .sunday
    }

    /// Year, month and day of the month.
    var civil: (year: Int, month: Int, day: Int) {
        let shifted = number + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = part < 10 ? part + 3 : part - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * part + 2) / 5 + 1)
    }

    /// `2026-06-15`.
    var text: String {
        let (year, month, day) = civil
        var output: [UInt8] = []
        Self.append(year, digits: 4, to: &output)
        output.append(UInt8(ascii: "-"))
        Self.append(month, digits: 2, to: &output)
        output.append(UInt8(ascii: "-"))
        Self.append(day, digits: 2, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Appends a number with leading zeros.
    static func append(_ value: Int, digits: Int, to output: inout [UInt8]) {
        var divisor = (1..<digits).reduce(1) { product, _ in product * 10 }
        while divisor > 0 {
            output.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
}
