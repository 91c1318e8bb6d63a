/// A calendar of a mailbox: its items, an index of them by time, and the log of their changes.
///
/// Single events are found by a sorted list of starts, so that a window costs what lies in it. Series are expanded
/// one by one: a calendar has few of them. Insertion into the list moves memory, no more than some hundred
/// kilobytes at 10,000 events.
final class CalendarFolder {
    /// Somebody else's calendar that this one shows.
    struct Link {
        let ownerID: String
        let folder: Int
    }

    /// Number in the mailbox.
    let number: Int
    /// Number of the calendar's own state; the change key is made of it.
    var change: Int
    var name: String
    var color = "auto"
    var hexColor = ""
    var isDefault = false
    /// Whether events may be written; false for holidays, birthdays and subscribed calendars.
    var canEdit = true
    var canShare = true
    var canViewPrivateItems = true
    var isRemovable = true
    /// Persons who may open it, by mailbox id, with their role (`read`, `write`, ...).
    var roles: [String: String] = [:]
    var link: Link?

    /// Whether it ever held what only a simulator's person can write.
    private(set) var holdsOddities = false
    private(set) var items: [Int: EventItem] = [:]
    private(set) var log = ChangeLog()
    private var starts: [Entry] = []
    private var seriesNumbers: Set<Int> = []
    private var numbersByUID: [String: Int] = [:]
    /// The longest single event so far, in ticks: how far before a window an event may begin that reaches into it.
    private var longest: Int64 = 0

    private struct Entry: Comparable {
        let start: Instant
        let item: Int

        static func < (left: Entry, right: Entry) -> Bool {
            (left.start.ticks, left.item) < (right.start.ticks, right.item)
        }
    }

    init(number: Int, name: String, change: Int) {
        self.number = number
        self.name = name
        self.change = change
    }

    // MARK: Changes

    func insert(_ item: EventItem) {
        items[item.number] = item
        numbersByUID[item.content.uid] = item.number
        index(item)
        log.recordChange(of: item.number)
    }

    /// Changes an item in place. With a `horizon` the occurrences that the change takes away inside it are noted.
    func change(_ item: EventItem, horizon: Window? = nil, _ body: (EventItem) throws -> Void) rethrows {
        let before = horizon.map { item.occurrences(in: $0).map(\.day) } ?? []
        unindex(item)
        defer { index(item) }
        try body(item)
        log.recordChange(of: item.number)
        if let horizon, item.isSeries {
            let after = Set(item.occurrences(in: horizon).map(\.day))
            log.recordLoss(of: before.filter { !after.contains($0) }, from: item.number)
        }
    }

    func remove(_ item: EventItem, reason: RemovalReason) {
        unindex(item)
        items[item.number] = nil
        if numbersByUID[item.content.uid] == item.number { numbersByUID[item.content.uid] = nil }
        log.recordRemoval(of: item.number, reason: reason, customID: item.customID)
    }

    private func index(_ item: EventItem) {
        if item.isOdd { holdsOddities = true }
        if item.isSeries {
            seriesNumbers.insert(item.number)
            return
        }
        let entry = Entry(start: item.content.start.instant, item: item.number)
        starts.insert(entry, at: position(of: entry))
        longest = max(longest, item.content.end.instant.ticks - entry.start.ticks)
    }

    private func unindex(_ item: EventItem) {
        if seriesNumbers.remove(item.number) != nil { return }
        let entry = Entry(start: item.content.start.instant, item: item.number)
        let position = position(of: entry)
        if position < starts.count, starts[position] == entry { starts.remove(at: position) }
    }

    private func position(of entry: Entry) -> Int {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] < entry { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Reading

    /// The single events that overlap a window, by start.
    func singles(in window: Window) -> [EventItem] {
        let first = Entry(start: Instant(ticks: window.from.ticks - longest), item: 0)
        var result: [EventItem] = []
        var position = position(of: first)
        while position < starts.count, starts[position].start < window.to {
            if let item = items[starts[position].item],
                window.overlaps(start: item.content.start.instant, end: item.content.end.instant)
            {
                result.append(item)
            }
            position += 1
        }
        return result
    }

    /// The event of a meeting, if this calendar has it.
    func item(uid: String) -> EventItem? { numbersByUID[uid].flatMap { items[$0] } }

    /// All series, in order of creation.
    var series: [EventItem] { seriesNumbers.sorted().compactMap { items[$0] } }

    /// Single events and series masters, in order of creation.
    var all: [EventItem] { items.keys.sorted().compactMap { items[$0] } }
}
