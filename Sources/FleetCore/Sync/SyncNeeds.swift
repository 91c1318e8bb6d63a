/// What must be asked before a round can be planned: Graph tells of series only in hints.
package struct SyncNeeds: Sendable, Equatable {
    /// More series than this to read again, and a fresh full round is cheaper.
    static let maximumSeries = 20

    /// Masters to get by id: occurrences came, their master didn't (graph-facts 4, "or not at all").
    package var masters: [EventID]
    /// Series whose instances must be read over the round's range: their master changed, and deleted occurrences leave
    /// no tombstone.
    package var series: [EventID]
    /// So many that a fresh full round is cheaper, or the mirror holds values that can't be read. The round is dropped.
    package var wantsFullRound: Bool

    /// Nothing to ask: plan.
    package var isEmpty: Bool { masters.isEmpty && series.isEmpty && !wantsFullRound }

    /// What a round needs.
    package init(masters: [EventID] = [], series: [EventID] = [], wantsFullRound: Bool = false) {
        self.masters = masters
        self.series = series
        self.wantsFullRound = wantsFullRound
    }

    /// What this round still needs, in order of ids. Ask, put the answers into the round, ask here again until it is
    /// empty: a series read anew may name no new ones, so twice is enough.
    package init(_ round: SyncRound, _ mirror: MirrorState) {
        let digest = RoundDigest(round)
        var masters: Set<EventID> = []
        var series: [EventID] = []
        for (id, entry) in digest.entries {
            switch digest.content(of: entry) {
            case .occurrence(let occurrence):
                if !Self.hasMaster(occurrence.series, round, digest) { masters.insert(occurrence.series) }
            case .master(let master) where round.extent == .incremental && round.series[id] == nil:
                if !Self.isReplay(master, of: mirror.masters[id]) { series.append(id) }
            default: break
            }
        }
        self.masters = masters.sorted { $0.rawValue < $1.rawValue }
        self.series = series.sorted { $0.rawValue < $1.rawValue }
        let isBroken = round.extent == .incremental && !mirror.unreadable.isEmpty
        wantsFullRound = isBroken || series.count > Self.maximumSeries
    }

    /// A stored master isn't good enough, in no round: occurrences come again because their series changed, and the
    /// master that would tell it may be missing.
    private static func hasMaster(_ id: EventID, _ round: SyncRound, _ digest: RoundDigest) -> Bool {
        if round.masters[id] != nil || round.series[id] == .gone { return true }
        guard let entry = digest.entries[id] else { return false }
        return if case .master? = digest.content(of: entry) { true } else { false }
    }

    /// Rounds repeat what is known; a change of any kind changes the key.
    private static func isReplay(_ master: RemoteEvent, of facts: MasterFacts?) -> Bool {
        guard let facts, let key = master.changeKey else { return false }
        return facts.changeKey == key && facts.modifiedMilliseconds == master.lastModified?.milliseconds
    }
}
