import FleetCore
import FleetStore
import Foundation
import Graph
import Logging
import Reactor
import Synchronization
import Telemetry

// Every call to Graph passes here. What asks while a question is on its way goes into the next one, so a busy worker
// asks for many calls at a time, and an idle one at once.
//
// A call waits here for a moment: it keeps its job's slot meanwhile. What would take longer ends the run with a
// `BudgetWait`; the job then waits in Redis with its progress, where it holds nothing.
//
// While Redis is away nothing is granted: nobody would count.

/// The fleet's budgets, as the calls of this worker meet them.
final class BudgetGate: CallAdmission {
    /// How long a call may wait for its turn in a window. A second: less than that is dearer to park than to wait, and
    /// more would keep a slot from others.
    static let patience = Duration.seconds(1)
    /// The same once a run has spent calls that it would have to make again: with one call a second allowed, a run of
    /// four calls would begin anew for ever.
    static let patienceUnderWay = Duration.seconds(5)
    /// How long a call may wait for a place in its mailbox: several calls' length, as places come back by themselves.
    static let placePatience = Duration.seconds(3)
    /// Asks in one question.
    private static let batch = 64

    private enum Item: Sendable {
        case ask(PendingAsk)
        case release(BudgetRelease)
        case lesson(BudgetLesson)
    }

    private let tools: WorkerTools
    private let budgets: Budgets
    private let metrics = BudgetMetrics()
    let places = PlaceQueue()
    private let outbox = Coalescer<Item>(limit: BudgetGate.batch)
    /// Makes ids unique in the fleet: places are known by them.
    private let name: String
    private let number = Atomic(0)

    /// - Parameter name: never used before.
    init(_ tools: WorkerTools, limits: BudgetLimits, name: String) {
        self.tools = tools
        self.name = name
        budgets = Budgets(tools.hastyStore, limits: limits)
    }

    /// Asks Redis, and says which limits it holds to, until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await BudgetAnnouncer(tools: self.tools, budgets: self.budgets).run() }
            group.addTask { await self.outbox.run { await self.send($0) } }
        }
    }

    // MARK: Calls

    func admit(_ ask: CallAsk) async throws -> CallGrant {
        let began = ContinuousClock.now
        let mailboxes = keys(ask.scope)
        while true {
            try Task.checkCancellation()
            let pending = PendingAsk(
                BudgetAsk(
                    id: "\(name).\(number.add(1, ordering: .relaxed).newValue)", tenant: ask.scope.tenant,
                    mailboxes: mailboxes, units: ask.units, places: ask.places, timeout: ask.timeout))
            outbox.add(.ask(pending))
            let (answer, sent) = try await pending.answer()
            metrics.answered(answer)
            let waited = began.duration(to: .now)
            switch answer {
            case .go(let life):
                metrics.passed(after: waited)
                return CallGrant(ask, id: pending.ask.id, goodUntil: sent.advanced(by: life))
            case .tooLarge(let most): throw CallTooLarge(atMost: most)
            case .wait(let length, .places): try await waitForPlace(mailboxes, hint: length, waited: waited)
            case .wait(let length, let cause):
                let patience = ask.spent > 0 ? Self.patienceUnderWay : Self.patience
                guard waited + length <= patience else { throw BudgetWait(length: length, cause: cause) }
                try await tools.reactor.sleep(for: length)
            }
        }
    }

    private func waitForPlace(_ mailboxes: [String], hint: Duration, waited: Duration) async throws {
        guard waited < Self.placePatience else {
            // Somewhere between a half and one and a half, so that they don't all come back at once.
            throw BudgetWait(length: .seconds(0.5 + tools.random()), cause: .places)
        }
        // The longer it waits, the less often it asks: up to a tenth of what it has waited.
        let pause = max(hint, waited / 10) * (0.75 + tools.random() / 2)
        try await places.wait(mailboxes, atMost: pause, on: tools.reactor)
    }

    func finished(_ grant: CallGrant) {
        let mailboxes = keys(grant.ask.scope)
        outbox.add(.release(BudgetRelease(id: grant.id, mailboxes: mailboxes)))
        places.freed(mailboxes, places: grant.ask.places)
    }

    func throttled(_ scope: GraphCallScope, _ throttle: CallThrottle) async -> Duration? {
        let cap = tools.configuration.backoffCap
        do {
            let closed = try await budgets.close(
                keys(scope), asked: throttle.retryAfter, isConcurrencyLimit: throttle.isConcurrencyLimit,
                base: min(tools.configuration.throttleBackoff, cap), cap: cap)
            return closed
        } catch {
            // The job waits for as long as Graph said; the others will be told by Graph.
            tools.outages.failed(.budgets, error)
            return nil
        }
    }

    /// Whose mailbox a stranger turned out to be: from now on it is charged to that one alone.
    func learned(_ stranger: String, is mailbox: String, of tenant: TenantID) {
        outbox.add(
            .lesson(
                BudgetLesson(
                    stranger: ChargedMailbox.key(stranger, of: tenant), mailbox: Budgets.key(ofMailbox: mailbox))))
    }

    private func keys(_ scope: GraphCallScope) -> [String] {
        scope.mailboxes.map { ChargedMailbox.key($0, of: scope.tenant) }
    }

    // MARK: Asking

    private func send(_ items: [Item]) async {
        var asks: [PendingAsk] = []
        var releases: [BudgetRelease] = []
        var lessons: [BudgetLesson] = []
        for item in items {
            switch item {
            case .ask(let pending): asks.append(pending)
            case .release(let release): releases.append(release)
            case .lesson(let lesson): lessons.append(lesson)
            }
        }
        var pause = Pause()
        while !Task.isCancelled {
            asks.removeAll { !$0.isWanted }
            let sent = ContinuousClock.now
            do {
                let answers = try await budgets.ask(asks.map(\.ask), releasing: releases, learned: lessons)
                tools.outages.succeeded(.budgets)
                for (pending, answer) in zip(asks, answers) where !pending.deliver((answer, sent)) {
                    giveBack(pending.ask, answer)
                }
                return
            } catch {
                tools.outages.failed(.budgets, error)
                try? await tools.reactor.sleep(for: pause.next(random: tools.random()))
            }
        }
    }

    /// What came too late for its caller.
    private func giveBack(_ ask: BudgetAsk, _ answer: BudgetAnswer) {
        guard case .go = answer else { return }
        outbox.add(.release(BudgetRelease(id: ask.id, mailboxes: ask.mailboxes)))
        places.freed(ask.mailboxes, places: ask.places)
    }
}
