import FleetCore
import FleetStore
import Foundation
import Graph
import Logging
import Telemetry

/// What a pull came to, planned but not yet written.
struct MirrorUpdate: Sendable {
    var plan: SyncPlan
    /// Begins the next round; nil where no round was read.
    var token: DeltaToken?
    var range: RoundRange
    /// Everything was read.
    var isFull: Bool
    /// In which all-day events were placed.
    var zone: MailboxZone
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

/// Turns a connection's calendar into a plan: reads a round, asks for what it hints at, and plans it against what is
/// stored.
struct MirrorUpdater: Sendable {
    let run: RunContext
    let pull: PullRound
    let zone: ZoneHint
    /// Plans against nothing: a mirror that is made beside the public one.
    let isFresh: Bool

    /// - Parameter mayPlanNothing: when the round brings nothing, there is nothing to plan: time and settings have not
    ///   moved
    ///   anything since the last plan. Spares reading the mirror.
    func update(_ wanted: RoundHeader, mayPlanNothing: Bool) async throws -> MirrorUpdate {
        var round = try await pull.read(wanted)
        if mayPlanNothing, round.items.isEmpty, round.header.extent == .incremental {
            return MirrorUpdate(
                plan: .nothing, token: round.token, range: round.header.range, isFull: false,
                zone: zone.zone(round.items))
        }
        let mirror = isFresh ? MirrorState() : try await loadMirror()
        var sync = SyncRound(round)
        if !(try await SeriesReader(session: pull.session, target: pull.target).complete(&sync, mirror)) {
            round = try await pull.readAnew(round.header.whole(plannedRange))
            sync = SyncRound(round)
            _ = try await SeriesReader(session: pull.session, target: pull.target).complete(&sync, mirror)
        }
        var plan = await makePlan(sync, mirror)
        if let suspicion = plan.suspicion {
            run.log.event(
                .warning, "a whole read would delete most of the mirror; reading once more",
                [.reason: .text(suspicion)])
            var header = round.header.whole(plannedRange)
            header.isSecondRead = true
            round = try await pull.readAnew(header)
            sync = SyncRound(round)
            _ = try await SeriesReader(session: pull.session, target: pull.target).complete(&sync, mirror)
            plan = await makePlan(sync, mirror)
        }
        return MirrorUpdate(
            plan: plan, token: round.token, range: round.header.range, isFull: round.header.extent != .incremental,
            zone: zone.zone(round.items))
    }

    private var plannedRange: RoundRange { .planned(now: run.tools.now, settings: pull.settings) }

    private func loadMirror() async throws -> MirrorState {
        var mirror = MirrorState()
        try await run.tools.mirror.forEach(run.lane, .events) { piece in
            for (id, json) in piece { mirror.addShown(id: id.rawValue, json: json) }
        }
        var newer: Companion.NewerVersion?
        try await run.tools.mirror.forEach(run.lane, .companions) { piece in
            for (id, json) in piece {
                do throws(Companion.NewerVersion) {
                    try mirror.addCompanion(id: id.rawValue, json: json)
                } catch {
                    newer = error
                }
            }
        }
        if newer != nil { throw NewerState() }
        return mirror
    }

    /// A large plan is made off the loop, which has leases to renew and other jobs to serve.
    private func makePlan(_ round: SyncRound, _ mirror: MirrorState) async -> SyncPlan {
        let context = SyncPlan.Context(settings: pull.settings, zone: zone.zone(round.items), now: run.tools.now)
        guard round.items.count + mirror.shownCount > 1000 else { return SyncPlan(round, mirror, context) }
        return await withTaskExecutorPreference(globalConcurrentExecutor) { SyncPlan(round, mirror, context) }
    }
}

/// What is stored was written by a newer fleet: it is left to it.
struct NewerState: Error {}

extension SyncRound {
    fileprivate init(_ round: WholeRound) {
        self.init(
            extent: round.header.extent, range: round.header.range, items: round.items,
            isSecondRead: round.header.isSecondRead)
    }
}

extension SyncPlan {
    /// Of a round that brought nothing.
    static let nothing = SyncPlan(
        rolling: MirrorState(), range: RoundRange(start: .distantPast, end: .distantFuture),
        Context(settings: ConnectionSettings(), zone: .utc, now: Date(timeIntervalSince1970: 0)))
}
