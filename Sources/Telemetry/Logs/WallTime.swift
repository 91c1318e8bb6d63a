import Glibc

/// A moment of the wall clock, to the millisecond, for log lines. Without Foundation, whose formatters cost 6 MB of
/// memory and microseconds a line.
struct WallTime: Sendable, Equatable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    let milliseconds: Int64

    init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Now, by the system's clock.
    static var now: WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// `2026-05-16T09:30:00.125Z`
    var rfc3339: String {
        let (year, month, day) = Self.civil(days: milliseconds.floorDivided(by: 86_400_000))
        return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))T\(clock)Z"
    }

    /// `09:30:00.125`, UTC.
    var clock: String {
        let ofDay = milliseconds - milliseconds.floorDivided(by: 86_400_000) * 86_400_000
        let (hour, minute) = (ofDay / 3_600_000, ofDay / 60_000 % 60)
        let (second, millisecond) = (ofDay / 1000 % 60, ofDay % 1000)
        return
            "\(Self.padded(hour, 2)):\(Self.padded(minute, 2)):\(Self.padded(second, 2)).\(Self.padded(millisecond, 3))"
    }

    /// Days since 1970 to a date of the Gregorian calendar. Source: Howard Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms", civil_from_days: years begin on 1 March, eras have 400 years of 146,097 days.
    private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

extension Int64 {
    /// Division that rounds down, also below zero.
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
    }
}
