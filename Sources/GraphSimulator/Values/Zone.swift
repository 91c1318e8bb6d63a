import Foundation
import Synchronization

/// A time zone by a name that Outlook knows: Windows or IANA.
struct Zone: Sendable {
    /// The name as it was given; answers repeat it.
    let name: String
    private let zone: TimeZone

    static let utc = Zone(name: "UTC", zone: .gmt)

    private init(name: String, zone: TimeZone) {
        self.name = name
        self.zone = zone
    }

    /// Finds a zone: a Windows name in any case, an IANA identifier, or one of Outlook's spellings of UTC.
    ///
    /// - Returns: `nil` for a name that Outlook refuses; offsets such as `GMT+2` are such names.
    static func named(_ name: String) -> Zone? {
        if let found = known.withLock({ $0[name] }) { return found }
        guard let zone = find(name) else { return nil }
        let found = Zone(name: name, zone: zone)
        known.withLock { $0[name] = found }
        return found
    }

    private static let known = Mutex<[String: Zone]>([:])
    private static let spellingsOfUTC: Set<String> = ["utc", "etc/utc", "gmt", "etc/gmt", "tzone://microsoft/utc"]
    private static let lowercased: [String: String] = Dictionary(
        uniqueKeysWithValues: WindowsZoneTable.identifiers.map { ($0.key.lowercased(), $0.value) })

    private static func find(_ name: String) -> TimeZone? {
        let lower = name.lowercased()
        if spellingsOfUTC.contains(lower) { return .gmt }
        if let identifier = lowercased[lower] { return TimeZone(identifier: identifier) }
        // Foundation takes "GMT+2" and abbreviations for identifiers; an IANA id of a place has a slash.
        guard name.contains("/"), !name.contains(":") else { return nil }
        return TimeZone(identifier: name)
    }

    /// Seconds east of Greenwich at a moment.
    func offset(at instant: Instant) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: instant.seconds))
    }

    /// What the wall clock shows at a moment.
    func wall(at instant: Instant) -> WallTime {
        WallTime(ticks: instant.ticks + Int64(offset(at: instant)) * Instant.ticksPerSecond)
    }

    /// The moment when the wall clock shows a time.
    ///
    /// A time that occurs twice is taken the first time; one that doesn't occur is moved on by the gap, as Exchange
    /// does with occurrences of a series that fall into it.
    func instant(of wall: WallTime) -> Instant {
        let guess = Instant(ticks: wall.ticks)
        let before = offset(at: guess.adding(seconds: -86_400))
        let after = offset(at: guess.adding(seconds: 86_400))
        for candidate in [before, after] {
            let instant = Instant(ticks: wall.ticks - Int64(candidate) * Instant.ticksPerSecond)
            if offset(at: instant) == candidate { return instant }
        }
        return Instant(ticks: wall.ticks - Int64(before) * Instant.ticksPerSecond)
    }
}
