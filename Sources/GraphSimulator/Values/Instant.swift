/// A moment in ticks of 100 ns since 1970 UTC: Exchange's own resolution, so no rounding on the way in or out.
package struct Instant: Hashable, Comparable, Sendable {
    /// Ticks of 100 ns since 1970-01-01T00:00:00Z.
    package var ticks: Int64

    /// Ticks in a second.
    package static let ticksPerSecond: Int64 = 10_000_000

    /// A moment by its ticks.
    package init(ticks: Int64) { self.ticks = ticks }

    /// A moment by its seconds since 1970.
    package init(seconds: Double) { ticks = Self.ticks(seconds) }

    /// Ticks of so many seconds; more than 12,000 years are cut to that, so that no sum of two overflows.
    private static func ticks(_ seconds: Double) -> Int64 {
        let limit = 4e11
        guard !seconds.isNaN else { return 0 }
        return Int64((min(max(seconds, -limit), limit) * Double(ticksPerSecond)).rounded())
    }

    /// Seconds since 1970, with fraction.
    package var seconds: Double { Double(ticks) / Double(Self.ticksPerSecond) }

    /// The earlier is less.
    package static func < (left: Instant, right: Instant) -> Bool { left.ticks < right.ticks }

    /// A moment so many seconds later.
    package func adding(seconds: Double) -> Instant {
        let (sum, overflow) = ticks.addingReportingOverflow(Self.ticks(seconds))
        return Instant(ticks: overflow ? (seconds < 0 ? .min / 2 : .max / 2) : sum)
    }

    /// Parses ISO 8601 with `Z`, an offset or neither, which means UTC; a date alone is its midnight.
    ///
    /// - Returns: `nil` if the text is none of these.
    package init?(iso text: String) {
        var body = Substring(text)
        var offset: Int64 = 0
        if body.last == "Z" || body.last == "z" {
            body = body.dropLast()
        } else if let sign = body.dropFirst(10).lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let parts = body[body.index(after: sign)...].split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hours = Int64(parts[0]),
                let minutes = Int64(parts[1]), hours <= 14, minutes < 60
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (body[sign] == "-" ? -1 : 1)
            body = body[..<sign]
        }
        guard let wall = WallTime(text: String(body)) else { return nil }
        ticks = wall.ticks - offset * Self.ticksPerSecond
    }

    /// `2026-06-15T10:00:00Z` with as many of 7 fraction digits as are needed, as Graph writes `createdDateTime`.
    package var iso: String {
        var text = WallTime(ticks: ticks).text
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text + "Z"
    }
}

/// A time on a wall clock, no zone: ticks of 100 ns since 1970 as if the wall showed UTC.
struct WallTime: Hashable, Comparable, Sendable {
    var ticks: Int64

    static let ticksPerDay: Int64 = 864_000_000_000

    init(ticks: Int64) { self.ticks = ticks }

    init(day: Day, ticksOfDay: Int64 = 0) { ticks = Int64(day.number) * Self.ticksPerDay + ticksOfDay }

    static func < (left: WallTime, right: WallTime) -> Bool { left.ticks < right.ticks }

    /// The date.
    var day: Day { Day(number: Int(ticks.floorDivided(by: Self.ticksPerDay))) }

    /// The ticks since midnight.
    var ticksOfDay: Int64 { ticks - Int64(day.number) * Self.ticksPerDay }

    /// Whether it is 00:00:00.
    var isMidnight: Bool { ticksOfDay == 0 }

    /// Parses `2026-06-15T10:00`, with seconds and up to 7 fraction digits, or a date alone.
    init?(text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 10, let day = Day(text: String(decoding: bytes[..<10], as: UTF8.self)) else { return nil }
        if bytes.count == 10 {
            self.init(day: day)
            return
        }
        guard bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " ") else { return nil }
        let halves = bytes[11...].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let clock = halves[0].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let values = clock.compactMap { $0.count == 2 ? Int64(String(decoding: $0, as: UTF8.self)) : nil }
        guard halves.count <= 2, values.count == clock.count, values.count == 2 || values.count == 3,
            values[0] < 24, values[1] < 60, values.count == 2 || values[2] < 60, values.allSatisfy({ $0 >= 0 })
        else { return nil }
        var fraction: Int64 = 0
        if halves.count == 2 {
            let digits = String(decoding: halves[1], as: UTF8.self)
            guard values.count == 3, (1...7).contains(digits.count), let value = Int64(digits), value >= 0 else {
                return nil
            }
            fraction = (0..<7 - digits.count).reduce(value) { sum, _ in sum * 10 }
        }
        let seconds = values[0] * 3600 + values[1] * 60 + (values.count == 3 ? values[2] : 0)
        self.init(day: day, ticksOfDay: seconds * Instant.ticksPerSecond + fraction)
    }

    /// `2026-06-15T10:00:00.0000000`, Graph's form of a dateTime.
    var text: String {
        let ofDay = ticksOfDay
        let seconds = Int(ofDay / Instant.ticksPerSecond)
        let fraction = Int(ofDay % Instant.ticksPerSecond)
        var output = Array(day.text.utf8)
        output.append(UInt8(ascii: "T"))
        Day.append(seconds / 3600, digits: 2, to: &output)
        output.append(UInt8(ascii: ":"))
        Day.append(seconds / 60 % 60, digits: 2, to: &output)
        output.append(UInt8(ascii: ":"))
        Day.append(seconds % 60, digits: 2, to: &output)
        output.append(UInt8(ascii: "."))
        Day.append(fraction, digits: 7, to: &output)
        return String(decoding: output, as: UTF8.self)
    }
}

extension FixedWidthInteger {
    /// Division that rounds towards minus infinity.
    func floorDivided(by divisor: Self) -> Self {
        let quotient = self / divisor
        return self % divisor != 0 && (self < 0) != (divisor < 0) ? quotient - 1 : quotient
    }
}
