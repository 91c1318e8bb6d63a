import FleetCore
import FleetStore
import Foundation
import Graph
import Logging
import Reactor
import Telemetry

/// What a pull came to, planned but not yet written.
struct MirrorUpdate: Sendable {
    var plan: SyncPlan
    /// What a push behind it did to the mirror.
    var pushed: SyncPlan?
    /// Begins the next round; nil where no round was read.
    var token: DeltaToken?
    var range: RoundRange
    /// Everything was read.
    var isFull: Bool
    /// In which all-day events were placed.
    var zone: MailboxZone
    /// Some that were read were made for bookings of this connection.
    var holdsEventsOfOurs = false
}

/// In which zone a mailbox's all-day events are days.
enum ZoneHint: Sendable {
    case known(MailboxZone)
    /// Nobody says: the zone that most events were made in, else UTC.
    case fromEvents

    func zone(_ items: [RemoteItem]) -> MailboxZone {
        switch self {
        case .known(let zone): return zone
        case .fromEvents:
            var counts: [String: Int] = [:]
            for case .event(let event) in items {
                if let name = event.originalTimeZone { counts[name, default: 0] += 1 }
            }
            let names = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map(\.key)
            return MailboxZone.resolve(names).zone
        }
    }
}

/// A round that was read, before it is planned.
struct PendingUpdate: Sendable {
    fileprivate var round: WholeRound
    fileprivate var sync: SyncRound
    /// Nil: the round brought nothing, and nothing needs to be planned.
    fileprivate var mirror: MirrorState?

    /// The events that the round names. The others haven't changed, unless everything was read.
    var named: Set<EventID>? {
        guard round.header.extent == .incremental else { return nil }
        return Set(sync.named)
    }
}

/// Turns a connection's calendar into a plan: reads a round, asks for what it hints at, and plans it against what is
/// stored.
struct MirrorUpdater: Sendable {
    /// Which events of bookings a plan must know of.
    enum Own: Sendable {
        /// None: it is another calendar.
        case none
        /// Those that the round names; all, where it names everything.
        case named
        /// All: settings may have changed what they read as.
        case all
    }

    let run: RunContext
    let pull: PullRound
    let zone: ZoneHint
    /// Plans against nothing: a mirror that is made beside the public one.
    let isFresh: Bool
    let own: Own

    /// Reads and plans.
    func update(_ wanted: RoundHeader, mayPlanNothing: Bool) async throws -> MirrorUpdate {
        try await plan(try await read(wanted, mayPlanNothing: mayPlanNothing), opened: [:])
    }

    /// - Parameter mayPlanNothing: when the round brings nothing, there is nothing to plan: time and settings have not
    ///   moved anything since the last plan. Spares reading the mirror.
    func read(_ wanted: RoundHeader, mayPlanNothing: Bool) async throws -> PendingUpdate {
        let round = try await pull.read(wanted)
        if mayPlanNothing, round.items.isEmpty, round.header.extent == .incremental {
            return PendingUpdate(round: round, sync: SyncRound(round), mirror: nil)
        }
        let mirror = isFresh ? MirrorState() : try await run.mirror()
        var pending = PendingUpdate(round: round, sync: SyncRound(round), mirror: mirror)
        let series = SeriesReader(session: pull.session, target: pull.target, offLoop: isLarge(pending.sync, mirror))
        if !(try await series.complete(&pending.sync, mirror)) {
            try await readAnew(&pending, round.header.whole(plannedRange), mirror)
        }
        return pending
    }

    /// - Parameter opened: events of bookings that a push tells of itself.
    func plan(_ read: PendingUpdate, opened: [EventID: OwnEvent]) async throws -> MirrorUpdate {
        guard let mirror = read.mirror else {
            return MirrorUpdate(
                plan: .nothing, token: read.round.token, range: read.round.header.range, isFull: false,
                zone: zone.zone(read.round.items))
        }
        var pending = read
        var own = try await ownEvents(pending.sync).merging(opened) { _, opened in opened }
        var plan = await makePlan(pending.sync, mirror, own)
        if let suspicion = plan.suspicion {
            run.log.event(
                .warning, "a whole read would delete most of the mirror; reading once more",
                [.reason: .text(suspicion)])
            var header = pending.round.header.whole(plannedRange)
            header.isSecondRead = true
            try await readAnew(&pending, header, mirror)
            own = try await ownEvents(pending.sync).merging(opened) { _, opened in opened }
            plan = await makePlan(pending.sync, mirror, own)
        }
        let doubtful = OwnEvent.doubtful(in: pending.sync, own)
        if !doubtful.isEmpty {
            try await resolve(doubtful, in: &pending)
            plan = await makePlan(pending.sync, mirror, own)
        }
        return MirrorUpdate(
            plan: plan, token: pending.round.token, range: pending.round.header.range,
            isFull: pending.round.header.extent != .incremental, zone: zone.zone(pending.round.items),
            holdsEventsOfOurs: pending.round.items.contains { item in
                switch item {
                case .event(let event), .master(let event):
                    event.transactionID.map { TransactionID.isOurs($0, run.lane) } ?? false
                case .occurrence, .removed, .malformed: false
                }
            })
    }

    private func readAnew(_ pending: inout PendingUpdate, _ header: RoundHeader, _ mirror: MirrorState) async throws {
        pending.round = try await pull.readAnew(header)
        pending.sync = SyncRound(pending.round)
        let series = SeriesReader(session: pull.session, target: pull.target, offLoop: isLarge(pending.sync, mirror))
        _ = try await series.complete(&pending.sync, mirror)
    }

    // MARK: Events of bookings

    private func ownEvents(_ round: SyncRound) async throws -> [EventID: OwnEvent] {
        let bookings = run.tools.bookings
        switch own {
        case .none: return [:]
        case .all:
            var own = try await bookings.allOwn(run.lane)
            // What came of a write that was left open the next sync finds out.
            let open = try await bookings.intents(run.lane)
            for (id, event) in own where open[event.booking] != nil { own[id]?.isOpen = true }
            return own
        case .named where round.extent != .incremental: return try await bookings.allOwn(run.lane)
        case .named:
            guard !round.items.isEmpty, try await bookings.hasEvents(run.lane) else { return [:] }
            return try await bookings.own(run.lane, among: round.named)
        }
    }

    /// Asks for events of bookings that the round calls gone: those that are go into it as removed, the others as they
    /// are.
    private func resolve(_ doubtful: [EventID], in pending: inout PendingUpdate) async throws {
        let probe = EventProbe(
            calls: CalendarCalls(run: run, session: pull.session, target: pull.target),
            zone: zone.zone(pending.round.items))
        let there = try await probe.whereabouts(doubtful)
        for id in doubtful { pending.sync.items.append(there[id]?.item ?? .removed(id)) }
    }

    private var plannedRange: RoundRange { .planned(now: run.tools.now, settings: pull.settings) }

    private func isLarge(_ round: SyncRound, _ mirror: MirrorState) -> Bool {
        round.items.count + mirror.shownCount > 1000
    }

    /// A large plan is made off the loop, which has leases to renew and other jobs to serve.
    private func makePlan(
        _ round: SyncRound, _ mirror: MirrorState, _ own: [EventID: OwnEvent]
    ) async -> SyncPlan {
        let context = SyncPlan.Context(
            settings: pull.settings, zone: zone.zone(round.items), now: run.tools.now, own: own)
        guard isLarge(round, mirror) else { return SyncPlan(round, mirror, context) }
        return await withTaskExecutorPreference(globalConcurrentExecutor) { SyncPlan(round, mirror, context) }
    }
}

extension SyncRound {
    fileprivate init(_ round: WholeRound) {
        self.init(
            extent: round.header.extent, range: round.header.range, items: round.items,
            isSecondRead: round.header.isSecondRead)
    }

    /// The ids that its items and the answers to its needs are about.
    fileprivate var named: [EventID] { items.compactMap(\.id) + masters.keys + series.keys }
}

extension SyncPlan {
    /// Of a round that brought nothing.
    static let nothing = SyncPlan(
        rolling: MirrorState(), range: RoundRange(start: .distantPast, end: .distantFuture),
        Context(settings: ConnectionSettings(), zone: .utc, now: Date(timeIntervalSince1970: 0)))
}
