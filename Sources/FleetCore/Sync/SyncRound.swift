/// What was read from Graph for one plan: a whole round, up to its delta link. Half a round must never come here.
package struct SyncRound: Sendable {
    /// How much of the calendar the round tells.
    package enum Extent: Sendable, Equatable {
        /// The first round of a connection: everything, and nobody held anything before. No `event.*` is emitted.
        case first
        /// Everything: what it doesn't list is gone. Emits `calendar.resynced` and the real differences.
        case full
        /// What changed since the token.
        case incremental
    }

    /// What came of asking for a series' master by its id.
    package enum FetchedMaster: Sendable, Equatable {
        /// The master, complete.
        case found(RemoteEvent)
        /// 404: the series is gone.
        case gone
    }

    /// What came of reading the instances of a series over the round's range.
    package enum SeriesReading: Sendable, Equatable {
        /// All of them: `.occurrence` and `.event` (exceptions).
        case instances([RemoteItem])
        /// 404: the series is gone.
        case gone
    }

    /// How much it tells.
    package var extent: Extent
    /// What the round covers: that of its token.
    package var range: RoundRange
    /// Every item of every page, in the order read.
    package var items: [RemoteItem]
    /// Answers to ``SyncNeeds/masters``.
    package var masters: [EventID: FetchedMaster]
    /// Answers to ``SyncNeeds/series``.
    package var series: [EventID: SeriesReading]
    /// True for a full round that was read again because the one before looked suspicious: then it is believed.
    package var isSecondRead: Bool

    /// A round as read so far.
    package init(
        extent: Extent, range: RoundRange, items: [RemoteItem], masters: [EventID: FetchedMaster] = [:],
        series: [EventID: SeriesReading] = [:], isSecondRead: Bool = false
    ) {
        self.extent = extent
        self.range = range
        self.items = items
        self.masters = masters
        self.series = series
        self.isSecondRead = isSecondRead
    }
}
