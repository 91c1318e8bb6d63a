import FleetCore
import FleetStore
import Foundation
import Graph
import Logging
import Reactor
import Telemetry

// One subscription per mailbox tells all its realtime connections, other tenants' too, of changes:
//
//   a connect     joins its mailbox and makes the subscription if there is none, before it reads: what changes after
//                 that is told. Where Graph refuses, the connection is polled, and the result says so
//   this loop     in every worker, no leader: whatever is due (renewals, what Graph said about a subscription, what a
//                 run suspects, mailboxes that were left) is taken by one worker and seen to, apart from any sync
//   a disconnect  leaves; the last one ends the subscription, and one that takes the maker's credential along has
//                 another's make a new one first
//
// Realtime connections are polled besides: a notification that never comes costs a period, not a change.

/// What a connect or sync knows of its mailbox's being watched.
enum WatchState: Sendable, Equatable {
    case watched
    /// Why not, for people.
    case polled(String)

    /// Why not.
    var refusal: String? { if case .polled(let reason) = self { reason } else { nil } }
}

/// Keeps mailboxes watched.
struct Realtime: Sendable {
    /// Mailboxes that one worker works on at once; each is a few calls.
    private static let mostAtOnce = 8
    /// How long others leave a mailbox alone: a few calls with their handshakes.
    private static let hold = Duration.seconds(120)
    /// How long a connect waits while another worker is at the mailbox.
    private static let patience = Duration.seconds(30)
    /// Lanes whose connection isn't stored (yet): a connect may take that long.
    private static let nascent = 7200.0

    let watcher: Watcher

    /// Whether there is a URL for notifications. Without one everything is polled, and what others made is ended.
    var isPossible: Bool { watcher.url != nil }

    private var tools: WorkerTools { watcher.tools }
    private var ledger: SubscriptionLedger { watcher.ledger }
    private var now: Date { tools.clock.now }

    // MARK: - The loop

    /// Sees to what is due until the task is cancelled.
    func run() async {
        let hasty = SubscriptionLedger(tools.hastyStore)
        while !Task.isCancelled {
            var wait = tools.configuration.realtimeInterval * (0.75 + tools.random() / 2)
            do {
                let due = try await hasty.takeDue(most: Self.mostAtOnce, limit: Self.hold)
                tools.outages.succeeded(.realtime, wrote: !due.holds.isEmpty)
                await withTaskGroup(of: Void.self) { group in
                    for hold in due.holds { group.addTask { await seeTo(hold) } }
                }
                if due.holds.count == Self.mostAtOnce { continue }
                if let next = due.next { wait = min(wait, .seconds(max(0.05, next.timeIntervalSince(due.now)))) }
            } catch {
                tools.outages.failed(.realtime, error)
            }
            guard (try? await tools.reactor.sleep(for: wait)) != nil else { return }
        }
    }

    private func seeTo(_ hold: SubscriptionLedger.Hold) async {
        do {
            let (members, strangers, isWaiting) = try await members(of: hold.entry)
            if members.isEmpty, isWaiting {
                _ = try await ledger.end(
                    hold, .unchanged(next: now.addingTimeInterval(600)), strangers: strangers)
                return
            }
            let outcome = await watcher.work(hold.entry, members)
            try await end(hold, outcome, strangers, syncs: outcome.hasGap)
        } catch {
            // Redis's trouble: the hold ends by itself, and another takes it up.
            let reason = (error as? StoreError)?.description ?? "it was stopped"
            tools.log.event(.warning, "a mailbox's subscription could not be seen to", [.error: .text(reason)])
        }
    }

    /// Who of a mailbox's lanes belongs to it, by the connections' records. `isWaiting`: there are some whose connect
    /// is still under way.
    private func members(
        of entry: SubscriptionLedger.Entry
    ) async throws(StoreError) -> (members: [Watched], strangers: [ConnectionID], isWaiting: Bool) {
        var members: [Watched] = []
        var strangers: [ConnectionID] = []
        var isWaiting = false
        let connections = ConnectionStore(tools.store)
        for (lane, joined) in entry.lanes {
            if let connection = try await connections.load(lane), connection.wantsRealtime,
                connection.mailboxKey == entry.mailbox
            {
                // A dead consent can't ask for anything; it comes back with a connect.
                if connection.state == .active { members.append(Watched(connection)) }
            } else if now.timeIntervalSince(joined) < Self.nascent {
                isWaiting = true
            } else {
                strangers.append(lane)
            }
        }
        return (members, strangers, isWaiting)
    }

    private func end(
        _ hold: SubscriptionLedger.Hold, _ outcome: Watcher.Outcome, _ strangers: [ConnectionID] = [], syncs: Bool
    ) async throws {
        let stands = try await ledger.end(hold, outcome.deed, strangers: strangers, syncs: syncs)
        await tools.hooks.reached(.subscriptionSeenTo)
        // Another worker has taken over, and doesn't know of this one.
        if !stands, case .made(let id, _, _, _, _, _) = outcome.deed {
            await watcher.end(id, hold.entry, try await members(of: hold.entry).members)
        }
    }

    // MARK: - Connects and disconnects

    /// Has the mailbox of a connection that is being made watched, in whoever's name.
    ///
    /// - Throws: `FencedOut`, `StoreError`, `CancellationError`; what Graph says is an answer.
    func watch(_ connection: Connection, _ lease: Lease) async throws -> WatchState {
        let mailbox = connection.mailboxKey
        try await ledger.join(mailbox, lease).orThrow()
        let giveUp = ContinuousClock.now.advanced(by: Self.patience)
        while true {
            let (entry, hold) = try await ledger.take(mailbox, for: connection.id, limit: Self.hold)
            if let hold {
                let others = try await members(of: entry).members.filter { $0.id != connection.id }
                let outcome = await watcher.work(entry, others + [Watched(connection)])
                try await end(hold, outcome, syncs: outcome.hasGap && !others.isEmpty)
                return outcome.deed.state(after: entry)
            }
            if entry.subscription != nil, !entry.isGone { return .watched }
            guard ContinuousClock.now < giveUp else { return .polled("another worker is making its subscription") }
            try await tools.reactor.sleep(for: .milliseconds(250))
        }
    }

    /// A connection stops being told of changes: it goes, or syncs in another way from now on, or another mailbox. The
    /// last of its mailbox ends the subscription.
    ///
    /// - Returns: false if a subscription that was to end lives on at Graph.
    /// - Throws: `FencedOut`, `StoreError`, `CancellationError`.
    @discardableResult
    func release(_ connection: Connection, _ lease: Lease) async throws -> Bool {
        try await ledger.leave(lease).orThrow()
        let giveUp = ContinuousClock.now.advanced(by: .seconds(10))
        while ContinuousClock.now < giveUp {
            let (entry, hold) = try await ledger.take(connection.mailboxKey, for: connection.id, limit: Self.hold)
            if let hold {
                let (others, strangers, isWaiting) = try await members(of: entry)
                // Those whose connects are under way will find it, or make their own.
                let outcome =
                    others.isEmpty && isWaiting && entry.credential != connection.credential
                    ? Watcher.Outcome(deed: .unchanged(next: now))
                    : await watcher.work(entry, others, leaving: Watched(connection))
                try await end(hold, outcome, strangers, syncs: outcome.hasGap)
                return !outcome.isLeft
            }
            try await tools.reactor.sleep(for: .milliseconds(250))
        }
        // It is due, and somebody is at it: they see that this connection has left.
        return true
    }

    /// A connect failed for good: what it joined goes back to what the connection before it was watched by.
    ///
    /// - Throws: `FencedOut`, `StoreError`, `CancellationError`.
    func abandon(_ before: Connection?, _ lease: Lease) async throws {
        if let before, before.wantsRealtime {
            try await ledger.join(before.mailboxKey, lease).orThrow()
        } else {
            try await ledger.leave(lease).orThrow()
        }
    }

    // MARK: - Syncs

    /// A sync found changes, or none: if nothing announced them, somebody looks whether the subscription lives (S71). A
    /// connection that workers without a webhook URL made joins its mailbox here.
    func found(_ changes: Int, _ connection: Connection) async throws(StoreError) {
        guard isPossible, connection.wantsRealtime else { return }
        let since = changes > 0 ? connection.lastSyncAt : nil
        try await ledger.suspect(
            connection.id, of: connection.mailboxKey, since.map { .silentSince($0) } ?? .none)
    }

    /// A connection's consent has ended: if the subscription was made with it, another's has to make a new one.
    func consentEnded(_ connection: Connection) async throws(StoreError) {
        guard isPossible, connection.wantsRealtime else { return }
        try await ledger.suspect(connection.id, of: connection.mailboxKey, .certain)
    }
}

extension SubscriptionLedger.Deed {
    /// What the deed means for a connection.
    fileprivate func state(after entry: SubscriptionLedger.Entry) -> WatchState {
        switch self {
        case .made, .renewed: .watched
        case .unchanged: entry.subscription == nil ? .polled(entry.refusal ?? "refused before") : .watched
        case .failed(_, let reason): entry.subscription == nil || entry.isGone ? .polled(reason) : .watched
        case .refused(_, let reason): .polled(reason)
        case .gone: .polled("nobody asks for it")
        }
    }
}
