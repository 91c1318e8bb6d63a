package import Foundation

/// The zone in which a mailbox's all-day events are days.
package struct MailboxZone: Sendable, Equatable {
    /// UTC, where nobody knows better.
    package static let utc = MailboxZone(timeZone: .gmt, identifier: "Etc/UTC")

    private let timeZone: TimeZone
    /// Its IANA name.
    package let identifier: String

    private init(timeZone: TimeZone, identifier: String) {
        self.timeZone = timeZone
        self.identifier = identifier
    }

    /// A zone by its Windows or IANA name; nil for custom, odd and unknown names.
    package init?(named name: String) {
        guard let identifier = WindowsZones.iana(name) else { return nil }
        for spelling in [identifier, WindowsZones.otherSpelling(of: identifier)] {
            guard let spelling, let zone = TimeZone(identifier: spelling) else { continue }
            self.init(timeZone: zone, identifier: spelling)
            return
        }
        return nil
    }

    /// The first of some names, best first, that is known. `isGuess` is true when none was, and UTC stands in.
    package static func resolve(_ names: [String?]) -> (zone: MailboxZone, isGuess: Bool) {
        for name in names {
            if let name, let zone = MailboxZone(named: name) { return (zone, false) }
        }
        return (.utc, true)
    }

    /// The instant at which a day begins there. Where the clock jumps over midnight, the first instant after the jump;
    /// where midnight comes twice, the first one.
    package func midnight(of day: CalendarDate) -> Date {
        let asUTC = Double(day.daysSinceEpoch) * 86_400
        func offset(at seconds: Double) -> Double {
            Double(timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: seconds)))
        }
        // A day before and after, no change of the clock matters; between them there is at most one.
        let before = offset(at: asUTC - 86_400)
        let after = offset(at: asUTC + 86_400)
        let candidates = [asUTC - before, asUTC - after].sorted()
        let valid = candidates.first { offset(at: $0) == asUTC - $0 }
        return Date(timeIntervalSince1970: valid ?? asUTC - before)
    }
}
