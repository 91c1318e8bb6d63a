package import Foundation

// Foundation's formatters cost microseconds and take what they shouldn't. A result has three times, an event three
// more; these are some 50 ns each. Days are counted by Howard Hinnant's "days from civil" algorithm: a year that begins
// in March has its leap day last, so no table of months is needed.

/// Times as RFC 3339 writes them.
package enum RFC3339 {
    /// `2026-05-16T08:30:00Z`: UTC, whole seconds (rounded down), years 0001 to 9999 (what lies beyond is clamped).
    package static func string(_ date: Date) -> String {
        String(unsafeUninitializedCapacity: 20) { buffer in
            write(date) { position, byte in buffer[position] = byte }
            return 20
        }
    }

    /// `2026-05-16T08:30:00.250Z`: UTC with three digits of milliseconds (rounded down), for moments that people
    /// subtract from each other: when a job was seen, started, finished.
    package static func momentString(_ date: Date) -> String {
        // To the nearest microsecond first: a double holds 08:30:00.250 as a hair less, which would read .249.
        let microseconds = (date.timeIntervalSince1970 * 1_000_000).rounded()
        let seconds = (microseconds / 1_000_000).rounded(.down)
        let milliseconds = Int((microseconds - seconds * 1_000_000) / 1000)
        return String(unsafeUninitializedCapacity: 24) { buffer in
            write(Date(timeIntervalSince1970: seconds)) { position, byte in buffer[position] = byte }
            buffer[19] = UInt8(ascii: ".")
            buffer[20] = UInt8(ascii: "0") + UInt8(milliseconds / 100)
            buffer[21] = UInt8(ascii: "0") + UInt8(milliseconds / 10 % 10)
            buffer[22] = UInt8(ascii: "0") + UInt8(milliseconds % 10)
            buffer[23] = UInt8(ascii: "Z")
            return 24
        }
    }

    /// Appends what `string` returns.
    static func append(_ date: Date, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: 20))
        write(date) { position, byte in bytes[start + position] = byte }
    }

    /// Reads a time with any offset and any number of fraction digits (those beyond the microsecond are dropped);
    /// nil when it isn't one. A leap second counts as the second after it.
    package static func date(_ text: String) -> Date? {
        var text = text
        return text.withUTF8 { date(UnsafeRawBufferPointer($0)) }
    }

    /// The same, from bytes.
    package static func date(_ bytes: UnsafeRawBufferPointer) -> Date? {
        guard bytes.count >= 20, bytes.count <= 64, let local = localSeconds(bytes) else { return nil }
        var position = 19
        guard let fraction = fraction(bytes, &position), let offset = offset(bytes, from: position) else { return nil }
        return Date(timeIntervalSince1970: Double(local - offset) + fraction)
    }

    /// Reads `2026-05-16T08:30:00` with or without a fraction and without an offset, as Graph writes the times of
    /// events, and takes it for UTC.
    package static func dateWithoutOffset(_ text: String) -> Date? {
        var text = text
        return text.withUTF8 { typed in
            let bytes = UnsafeRawBufferPointer(typed)
            guard bytes.count >= 19, bytes.count <= 64, let local = localSeconds(bytes) else { return nil }
            var position = 19
            guard let fraction = fraction(bytes, &position), position == bytes.count else { return nil }
            return Date(timeIntervalSince1970: Double(local) + fraction)
        }
    }

    private static func write(_ date: Date, _ put: (Int, UInt8) -> Void) {
        let earliest = -62_135_596_800.0
        let latest = 253_402_300_799.0
        let seconds = Int(min(max(date.timeIntervalSince1970.rounded(.down), earliest), latest))
        let second = ((seconds % 86_400) + 86_400) % 86_400
        let day = CalendarDate(daysSinceEpoch: (seconds - second) / 86_400)
        func digits(_ number: Int, _ width: Int, at position: Int) {
            var number = number
            for place in stride(from: position + width - 1, through: position, by: -1) {
                put(place, UInt8(ascii: "0") + UInt8(number % 10))
                number /= 10
            }
        }
        digits(day.year, 4, at: 0)
        digits(day.month, 2, at: 5)
        digits(day.day, 2, at: 8)
        digits(second / 3600, 2, at: 11)
        digits(second / 60 % 60, 2, at: 14)
        digits(second % 60, 2, at: 17)
        put(4, UInt8(ascii: "-"))
        put(7, UInt8(ascii: "-"))
        put(10, UInt8(ascii: "T"))
        put(13, UInt8(ascii: ":"))
        put(16, UInt8(ascii: ":"))
        put(19, UInt8(ascii: "Z"))
    }

    /// Reads `YYYY-MM-DDTHH:MM:SS`; seconds since 1970 as if it were UTC.
    private static func localSeconds(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"), bytes[10] | 0x20 == UInt8(ascii: "t"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = number(bytes, 0, 4), let month = number(bytes, 5, 2), let day = number(bytes, 8, 2),
            let hour = number(bytes, 11, 2), let minute = number(bytes, 14, 2), let second = number(bytes, 17, 2),
            hour < 24, minute < 60, second <= 60, let date = CalendarDate(year: year, month: month, day: day)
        else { return nil }
        return date.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> Int? {
        var value = 0
        for index in start..<start + count {
            guard ASCIISet.digits.contains(bytes[index]) else { return nil }
            value = value * 10 + Int(bytes[index] - UInt8(ascii: "0"))
        }
        return value
    }

    /// Reads `.123` if it is there; nil for a point without digits.
    private static func fraction(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Double? {
        guard position < bytes.count, bytes[position] == UInt8(ascii: ".") else { return 0 }
        position += 1
        let first = position
        var microseconds = 0
        while position < bytes.count, ASCIISet.digits.contains(bytes[position]) {
            if position < first + 6 { microseconds = microseconds * 10 + Int(bytes[position] - UInt8(ascii: "0")) }
            position += 1
        }
        guard position > first else { return nil }
        for _ in (position - first)..<max(position - first, 6) { microseconds *= 10 }
        return Double(microseconds) / 1_000_000
    }

    /// Reads `Z`, `+02:00` or `-08:00` at the end; seconds.
    private static func offset(_ bytes: UnsafeRawBufferPointer, from position: Int) -> Int? {
        guard position < bytes.count else { return nil }
        if bytes[position] | 0x20 == UInt8(ascii: "z") { return position + 1 == bytes.count ? 0 : nil }
        guard bytes.count == position + 6, bytes[position + 3] == UInt8(ascii: ":"),
            let hours = number(bytes, position + 1, 2), let minutes = number(bytes, position + 4, 2),
            hours < 24, minutes < 60
        else { return nil }
        switch bytes[position] {
        case UInt8(ascii: "+"): return hours * 3600 + minutes * 60
        case UInt8(ascii: "-"): return -(hours * 3600 + minutes * 60)
        default: return nil
        }
    }
}
