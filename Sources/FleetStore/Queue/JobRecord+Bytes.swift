import FleetCore
import Foundation

extension JobRecord {
    /// Where the columns begin, counted from 0; includes/record.lua counts from 1.
    enum Column {
        static let form = 0, kind = 1, riding = 2, priority = 3, origin = 4, reason = 5
        static let attempts = 6..<9, crashes = 9..<11, deferrals = 11..<15
        static let enqueued = 15..<28, notBefore = 28..<41, expires = 41..<54
        static let tail = 54
    }

    private static let form = UInt8(ascii: "1")

    /// The bytes as they rest.
    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Column.tail + 64 + payload.count + (sealedTokens?.utf8.count ?? 0))
        let ridingLetter: UInt8 =
            switch riding {
            case .never: UInt8(ascii: "-")
            case .withAny: UInt8(ascii: "r")
            case .withFull: UInt8(ascii: "f")
            }
        bytes += [
            Self.form, kind.letter, ridingLetter, priority.letter, UInt8(ascii: origin == .payload ? "p" : "t"),
            UInt8(ascii: "-"),
        ]
        bytes.append(number: attempts, width: Column.attempts.count)
        bytes.append(number: crashes, width: Column.crashes.count)
        bytes.append(number: deferrals, width: Column.deferrals.count)
        bytes.append(number: enqueuedAt.milliseconds, width: Column.enqueued.count)
        bytes.append(number: notBefore?.milliseconds ?? 0, width: Column.notBefore.count)
        bytes.append(number: expiresAt?.milliseconds ?? 0, width: Column.expires.count)
        for line in [id.rawValue, requestedCalendar?.rawValue, retryOf?.rawValue, traceparent, sealedTokens] {
            bytes += (line ?? "").utf8
            bytes.append(UInt8(ascii: "\n"))
        }
        bytes += payload
        return bytes
    }

    /// Reads what `encoded` wrote, or the header of it; nil for anything else and for newer forms.
    package init?(encoded bytes: [UInt8]) {
        guard bytes.count > Column.tail, bytes[Column.form] == Self.form,
            let kind = JobKind(letter: bytes[Column.kind]),
            let priority = JobPriority(letter: bytes[Column.priority]),
            let attempts = bytes.number(in: Column.attempts), let crashes = bytes.number(in: Column.crashes),
            let deferrals = bytes.number(in: Column.deferrals), let enqueued = bytes.number(in: Column.enqueued),
            let notBefore = bytes.number(in: Column.notBefore), let expires = bytes.number(in: Column.expires)
        else { return nil }
        let riding: Riding
        switch bytes[Column.riding] {
        case UInt8(ascii: "-"): riding = .never
        case UInt8(ascii: "r"): riding = .withAny
        case UInt8(ascii: "f"): riding = .withFull
        default: return nil
        }
        var position = Column.tail
        func line() -> String? {
            guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            defer { position = end + 1 }
            return String(decoding: bytes[position..<end], as: UTF8.self)
        }
        guard let id = line(), let calendar = line(), let retryOf = line(), let trace = line(), let sealed = line()
        else { return nil }
        self.init(
            kind: kind, riding: riding, priority: priority,
            origin: bytes[Column.origin] == UInt8(ascii: "t") ? .timer : .payload,
            enqueuedAt: Date(milliseconds: enqueued),
            notBefore: notBefore > 0 ? Date(milliseconds: notBefore) : nil,
            expiresAt: expires > 0 ? Date(milliseconds: expires) : nil, id: JobID(id),
            requestedCalendar: calendar.isEmpty ? nil : CalendarID(calendar),
            retryOf: retryOf.isEmpty ? nil : JobID(retryOf), traceparent: trace.isEmpty ? nil : trace,
            sealedTokens: sealed.isEmpty ? nil : sealed, payload: Array(bytes[position...]))
        self.attempts = attempts
        self.crashes = crashes
        self.deferrals = deferrals
        ranTooLong = bytes[Column.reason] == UInt8(ascii: "x")
    }
}

extension [UInt8] {
    /// Decimal digits with leading zeros; what doesn't fit is clamped to nines, what is negative to zero.
    mutating func append(number: Int, width: Int) {
        var rest = Swift.max(0, number)
        let start = count
        append(contentsOf: repeatElement(UInt8(ascii: "0"), count: width))
        for position in stride(from: start + width - 1, through: start, by: -1) {
            self[position] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        guard rest > 0 else { return }
        for position in start..<start + width { self[position] = UInt8(ascii: "9") }
    }

    /// The number that these columns hold; nil unless all are digits.
    func number(in columns: Range<Int>) -> Int? {
        var number = 0
        for column in columns {
            let digit = Int(self[column]) - Int(UInt8(ascii: "0"))
            guard (0...9).contains(digit) else { return nil }
            number = number * 10 + digit
        }
        return number
    }
}
