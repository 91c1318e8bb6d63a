// What changed in a calendar, for delta rounds.
//
// Each change of an item gets the calendar's next version. A delta token says "everything up to version V is known";
// the answer to it is each item with a later version, once, as it is now. So the log is a list of (version, item) in
// order, the newest version of each item, and a tombstone for each item that left. Cost of a round: the changes since
// V, found by binary search, not the size of the calendar.

/// Why an item left a calendar.
enum RemovalReason: String, Sendable {
    /// Deleted, or outside the window.
    case deleted
    /// Moved to another calendar.
    case changed
}

/// The changes of one calendar.
struct ChangeLog {
    /// An item that left.
    struct Tombstone {
        let version: Int
        let reason: RemovalReason
        let customID: String?
    }

    /// Occurrences that vanished from a series that lives on.
    struct LostOccurrence {
        let version: Int
        let item: Int
        let day: Day
    }

    private(set) var version = 0
    private var entries: [(version: Int, item: Int)] = []
    private var newest: [Int: Int] = [:]
    private(set) var tombstones: [Int: Tombstone] = [:]
    private(set) var lostOccurrences: [LostOccurrence] = []
    /// Tokens older than this can't be served any more.
    private(set) var floor = 0

    /// Above this many entries the older half is dropped; tokens from before then are lost, as they are at Graph.
    private static let maximumEntries = 400_000

    mutating func recordChange(of item: Int) {
        version += 1
        entries.append((version, item))
        newest[item] = version
        tombstones[item] = nil
        if entries.count > Self.maximumEntries { forgetOlderHalf() }
    }

    mutating func recordRemoval(of item: Int, reason: RemovalReason, customID: String?) {
        recordChange(of: item)
        tombstones[item] = Tombstone(version: version, reason: reason, customID: customID)
    }

    /// Notes dates that the change just recorded took away from a series.
    mutating func recordLoss(of days: some Sequence<Day>, from item: Int) {
        for day in days { lostOccurrences.append(LostOccurrence(version: version, item: item, day: day)) }
    }

    /// The items that changed after a version, each once, in the order of their newest change.
    func items(after version: Int) -> [Int] {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].version > version { high = middle } else { low = middle + 1 }
        }
        return entries[low...].filter { newest[$0.item] == $0.version }.map(\.item)
    }

    private mutating func forgetOlderHalf() {
        let kept = entries.suffix(Self.maximumEntries / 2)
        floor = (kept.first?.version ?? version) - 1
        entries = Array(kept)
        tombstones = tombstones.filter { $0.value.version > floor }
        lostOccurrences.removeAll { $0.version <= floor }
    }
}
