package import Foundation

// The heart of a sync, without I/O: what is stored, what Graph said in one whole round, and the moment, go in; what to
// write and what to say comes out. Pure, so that a worker that died in the middle of a commit is no special case: the
// next one plans again from what is stored then, and what was published already is no difference any more.
//
// Per id, in this order:
//   1. What the round says of it (RoundDigest): there with a content, gone, or nothing. A full round that says nothing
//      of something it covers means gone; a series that was read anew means that for its members.
//   2. What that makes of the event (EventProjection): masked, joined with its master, judged.
//   3. Where it belongs: shown in the window, waiting beyond it, or past.
//   4. What differs from the public hash, and whether a person did it: what only time moved is silent. Of a booking's
//      event: what differs from what consumers were last told of the booking (SyncPlanner+Own).
//
// Cost: linear in mirror plus round, about 5 us an event. Steps hold values, and JSON is made per slice when asked for:
// 10,000 events plan in some 10 MB.

/// What one round does to a connection's mirror.
package struct SyncPlan: Sendable {
    /// What is known beside mirror and round.
    package struct Context: Sendable {
        /// Of the connection, as they are now.
        package var settings: ConnectionSettings
        /// The mailbox's.
        package var zone: MailboxZone
        /// Where the window stands.
        package var now: Date
        /// The events of bookings that the round names, and for a whole round all of them.
        package var own: [EventID: OwnEvent]

        /// A context of a connection without bookings, unless some are given.
        package init(
            settings: ConnectionSettings, zone: MailboxZone, now: Date, own: [EventID: OwnEvent] = [:]
        ) {
            self.settings = settings
            self.zone = zone
            self.now = now
            self.own = own
        }
    }

    /// Set when a full round would delete so much that it is rather broken than true: nothing is planned; read again
    /// from scratch and plan with ``SyncRound/isSecondRead``. Says why, for the log.
    package internal(set) var suspicion: String?
    /// In the order to publish: deletions first (they free), then updates, then what is new, then what is silent.
    package internal(set) var steps: [MirrorStep] = []
    /// `event.created` among the steps.
    package internal(set) var created = 0
    /// `event.updated` among the steps.
    package internal(set) var updated = 0
    /// `event.deleted` among the steps.
    package internal(set) var deleted = 0
    /// Events in the public hash once all steps are done.
    package internal(set) var shown = 0
    /// Items that couldn't be read or make no sense, left out.
    package internal(set) var setAside = 0
    /// For `data.warnings`: what was left out and why, and the like.
    package internal(set) var warnings: [String] = []
    /// Whether the last slice also says `calendar.resynced`.
    package internal(set) var isResync = false

    /// Plans a round whose ``SyncNeeds`` are answered.
    package init(_ round: SyncRound, _ mirror: MirrorState, _ context: Context) {
        var planner = SyncPlanner(round, mirror, context)
        self = planner.plan()
    }

    /// Plans what time or changed settings alone do: events enter and leave the window, `blocks` is judged anew, titles
    /// are masked.
    package init(rolling mirror: MirrorState, range: RoundRange, _ context: Context) {
        self.init(SyncRound(extent: .incremental, range: range, items: []), mirror, context)
    }

    init() {}

    /// The steps in slices for commits: at most so many each; at least one slice, an empty one.
    package func slices(of size: Int = 500) -> [ArraySlice<MirrorStep>] {
        guard !steps.isEmpty else { return [[]] }
        return stride(from: 0, to: steps.count, by: size).map { steps[$0..<min($0 + size, steps.count)] }
    }
}

extension ConnectionSettings {
    /// Whether the stored events can't show what these settings ask for, because it was never stored. (A wider window
    /// is ``RoundRange/isOutgrown(now:settings:reserve:)``.)
    package func needsFullRound(after old: ConnectionSettings) -> Bool { privateTitles && !old.privateTitles }
}
