// What a round says, item by item, boiled down to one verdict per id. Graph's rounds make sense only whole: an id may
// come several times, removed and present again, a master after its occurrences. Two rules decide:
//
//  - whether an id is there: the last word wins;
//  - with which content: the newest lastModified wins, among equals the last read (replays may be older).
//
// Words about a series as a whole (its master removed, or its instances read anew) stand in the same order as "resets":
// they end every member of the series that isn't named again after them.

struct RoundDigest {
    struct Entry {
        /// Index of the item whose content counts.
        var content: Int32 = -1
        /// Index of the last word that it is there, and that it isn't; -1 for never.
        var present: Int32 = -1
        var removed: Int32 = -1
        /// Index of the last item of it that couldn't be read: something is there, nobody knows what.
        var malformed: Int32 = -1
    }

    private(set) var items: [RemoteItem]
    private(set) var entries: [EventID: Entry] = [:]
    /// Series ended as a whole, and after which item.
    private(set) var resets: [EventID: Int32] = [:]
    /// Why items couldn't be read, and how many; one that comes again counts once.
    private(set) var malformed: [String: Int] = [:]

    init(_ round: SyncRound) {
        items = round.items
        entries.reserveCapacity(items.count)
        for index in items.indices { note(items[index], at: Int32(index)) }
        // What was asked for afterwards counts as read afterwards.
        for (id, answer) in round.masters.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            switch answer {
            case .found(let master): append(.master(master))
            case .gone: append(.removed(id))
            }
        }
        for (id, reading) in round.series.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            switch reading {
            case .gone: append(.removed(id))
            case .instances(let instances):
                resets[id] = Int32(items.count)
                for instance in instances { append(instance) }
            }
        }
    }

    private mutating func append(_ item: RemoteItem) {
        note(item, at: Int32(items.count))
        items.append(item)
    }

    private mutating func note(_ item: RemoteItem, at index: Int32) {
        switch item {
        case .malformed(let id, let reason):
            let isKnown = id.map { entries[$0, default: Entry()].malformed >= 0 } ?? false
            if !isKnown { malformed[reason, default: 0] += 1 }
            if let id { entries[id, default: Entry()].malformed = index }
        case .removed(let id):
            entries[id, default: Entry()].removed = index
            resets[id] = index
        case .event(let event): notePresent(event.id, at: index, modified: event.lastModified?.milliseconds)
        case .master(let event): notePresent(event.id, at: index, modified: event.lastModified?.milliseconds)
        case .occurrence(let occurrence): notePresent(occurrence.id, at: index, modified: nil)
        }
    }

    private mutating func notePresent(_ id: EventID, at index: Int32, modified: Int64?) {
        var entry = entries[id] ?? Entry()
        entry.present = index
        if let modified, entry.content >= 0, let other = self.modified(of: items[Int(entry.content)]), other > modified
        {
            // An older version after a newer one.
        } else {
            entry.content = index
        }
        entries[id] = entry
    }

    private func modified(of item: RemoteItem) -> Int64? {
        switch item {
        case .event(let event), .master(let event): event.lastModified?.milliseconds
        default: nil
        }
    }

    /// The item that an id came to; nil when it isn't there, or isn't named, or couldn't be read.
    func content(of entry: Entry) -> RemoteItem? {
        guard entry.present > entry.removed, entry.content >= 0 else { return nil }
        let item = items[Int(entry.content)]
        if let series = Self.series(of: item), let reset = resets[series], entry.present < reset { return nil }
        return item
    }

    /// Whether the last word about an id is one that couldn't be read.
    func isUnreadable(_ entry: Entry, series: EventID?) -> Bool {
        let reset = series.flatMap { resets[$0] } ?? -1
        return entry.malformed > max(entry.present, entry.removed, reset)
    }

    /// Ends a series: a master that came back as a single event has no occurrences any more.
    mutating func reset(series id: EventID, after entry: Entry) {
        resets[id] = max(resets[id] ?? -1, entry.present)
    }

    /// Whether the round says that an id isn't there any more.
    func isGone(_ entry: Entry) -> Bool {
        (entry.present >= 0 || entry.removed >= 0) && content(of: entry) == nil
    }

    static func series(of item: RemoteItem) -> EventID? {
        switch item {
        case .event(let event): event.series
        case .occurrence(let occurrence): occurrence.series
        default: nil
        }
    }
}
