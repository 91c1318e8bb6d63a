import FleetCore
import FleetStore
import Foundation
import Graph
import Synchronization

@testable import FleetWorker

/// A connection between a model calendar and a model store; its syncs are those of SyncRun, step by step, without
/// pages, tokens and leases.
struct ModelFleet {
    let calendar: ModelCalendar
    let store: ModelStore
    let settings = ConnectionSettings()

    init(seed: UInt64) {
        calendar = ModelCalendar(seed: seed)
        store = ModelStore(seed: seed ^ 0x5EED)
    }

    private var connection: Connection {
        Connection(
            id: store.lane, generation: 1, requestedCalendar: .primary, calendar: CalendarID("cal"),
            calendarName: "Calendar", owner: "room@example.com", canEdit: true, mailbox: nil,
            credential: CredentialID("c"), settings: settings, timeZone: "UTC")
    }

    var isQuiet: Bool {
        get { store.state.withLock { $0.isQuiet } }
        nonmutating set {
            store.state.withLock { $0.isQuiet = newValue }
            calendar.state.withLock { $0.isQuiet = newValue }
        }
    }

    func wait(_ seconds: Double) {
        store.state.withLock { $0.now += seconds }
        calendar.state.withLock { $0.now += seconds }
    }

    /// One run of a sync job.
    func sync(_ requests: [BookingRequest] = [], isFull: Bool = false) async throws -> [Int: BookingOutcome] {
        wait(1)
        let (mirror, token) = try store.read()
        let delta = try calendar.delta(since: isFull ? nil : token)
        let extent: SyncRound.Extent = token == nil ? .first : isFull ? .full : .incremental
        var round = SyncRound(extent: extent, range: store.range, items: delta.items, isSecondRead: true)
        try calendar.complete(&round, mirror)
        var push = try await PushRun(store, connection, calendar, requests, elsewhere: calendar)
        let named = Set(delta.items.compactMap(\.id))
        let sight = try await push?.lookFirst(extent == .incremental ? named : nil)
        let own = store.state.withLock { state in
            extent == .incremental ? state.own.filter { named.contains($0.key) } : state.own
        }.merging(sight?.opened ?? [:]) { _, opened in opened }
        let doubtful = OwnEvent.doubtful(in: round, own)
        if !doubtful.isEmpty {
            let there = try await EventProbe(calls: calendar, zone: .utc).whereabouts(doubtful)
            for id in doubtful { round.items.append(there[id]?.item ?? .removed(id)) }
        }
        let plan = SyncPlan(round, mirror, store.context(own))
        guard let sight else {
            try store.publish(plan, BookingWrites(), [], token: delta.token)
            return [:]
        }
        if !plan.steps.isEmpty { try store.publish(plan, BookingWrites(), [], token: nil) }
        try await push?.push(sight)
        guard let push, case let state = push.state else { return [:] }
        try store.publish(try store.plan(push), state.writes, state.changes, token: delta.token)
        return state.outcomes
    }
}
