import Crypto
package import FleetCore
import Redis

// What is counted and how stands in Scripts/includes/budgets.lua; why so in Decisions/0010.

/// The fleet's budgets: how often Graph may be asked. A value; all state is in Redis, and only Redis's clock counts.
package struct Budgets: Sendable {
    let store: Store
    /// What this caller was started with; the fleet may hold to something stricter.
    package let limits: BudgetLimits

    /// The budgets in `store`.
    package init(_ store: Store, limits: BudgetLimits) {
        self.store = store
        self.limits = limits
    }

    /// What stands for a mailbox in Redis: a digest, so that no address outlives its connection there.
    package static func key(ofMailbox identity: String) -> String { digest(identity) }

    /// What stands for a mailbox of a tenant of which nobody knows yet whose it is, under the name by which it is
    /// called (Scripts/includes/strangers.lua).
    package static func key(ofStranger name: String, of tenant: TenantID) -> String {
        "?" + digest(name) + tenant.rawValue
    }

    private static func digest(_ identity: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let digest = SHA256.hash(data: Array(identity.utf8)).prefix(12)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Decides asks in their order, each for its tenant, its mailboxes, their places and the app, all or nothing; gives
    /// back places first. One round trip; safe to repeat.
    ///
    /// - Parameters:
    ///   - asks: at most 256.
    ///   - learned: whose mailboxes strangers are; it counts for these asks already.
    /// - Returns: an answer for each ask.
    package func ask(
        _ asks: [BudgetAsk], releasing releases: [BudgetRelease] = [], learned: [BudgetLesson] = []
    ) async throws(StoreError) -> [BudgetAnswer] {
        guard !asks.isEmpty || !releases.isEmpty || !learned.isEmpty else { return [] }
        let arguments = [.string(limits.text)] + Self.arguments(asks, releases, learned)
        let reply = try await store.call(.askBudgets, .these(store.keys.budgets)) { _ in arguments }
        guard let parts = reply.array, parts.count == 2 * asks.count else { throw store.unexpected(.askBudgets) }
        var answers: [BudgetAnswer] = []
        answers.reserveCapacity(asks.count)
        for index in asks.indices {
            guard let answer = BudgetAnswer(parts[2 * index], parts[2 * index + 1]) else {
                throw store.unexpected(.askBudgets)
            }
            answers.append(answer)
        }
        return answers
    }

    static func arguments(
        _ asks: [BudgetAsk], _ releases: [BudgetRelease], _ learned: [BudgetLesson]
    ) -> [RedisValue] {
        var arguments: [RedisValue] = [.integer(learned.count)]
        for lesson in learned { arguments += [.string(lesson.stranger), .string(lesson.mailbox)] }
        arguments.append(.integer(releases.count))
        for release in releases { release.append(to: &arguments) }
        arguments.append(.integer(asks.count))
        for ask in asks { ask.append(to: &arguments) }
        return arguments
    }

    /// Closes mailboxes for the whole fleet, because Graph said "too many".
    ///
    /// - Parameters:
    ///   - mailboxes: their keys.
    ///   - asked: for how long, if Graph said it.
    ///   - isConcurrencyLimit: too many at once: never longer than 10 s.
    ///   - base: the first wait where Graph says nothing, or says something that doesn't help; it doubles each time.
    ///   - cap: the longest such wait.
    /// - Returns: for how long they are closed now.
    package func close(
        _ mailboxes: [String], asked: Duration?, isConcurrencyLimit: Bool, base: Duration, cap: Duration
    ) async throws(StoreError) -> Duration {
        guard !mailboxes.isEmpty else { return .zero }
        let reply = try await store.call(.closeMailboxes, .these(store.keys.budgets)) { _ in
            [
                .string(limits.text), asked.map { .integer($0.milliseconds) } ?? "", isConcurrencyLimit ? "1" : "0",
                .integer(base.milliseconds), .integer(cap.milliseconds),
            ] + mailboxes.map { .string($0) }
        }
        guard let wait = reply.int else { throw store.unexpected(.closeMailboxes) }
        return .milliseconds(wait)
    }

    /// Says which limits this worker holds to, for `length`.
    ///
    /// - Returns: those that hold in the fleet: equal to `limits` unless somebody is stricter.
    package func announce(for length: Duration) async throws(StoreError) -> BudgetLimits {
        let reply = try await store.call(.announceRates, .these(store.keys.budgets)) { _ in
            [.string(limits.text), .integer(length.milliseconds)]
        }
        guard let text = reply.string, let limits = BudgetLimits(text: text) else {
            throw store.unexpected(.announceRates)
        }
        return limits
    }
}

extension BudgetAnswer {
    fileprivate init?(_ number: RedisReply, _ word: RedisReply) {
        guard let milliseconds = number.int else { return nil }
        if milliseconds == 0 {
            guard let goodFor = word.int else { return nil }
            self = .go(goodFor: .milliseconds(goodFor))
        } else if milliseconds < 0 {
            self = .tooLarge(atMost: -milliseconds)
        } else {
            guard let cause = word.string.flatMap(BudgetCause.init(rawValue:)) else { return nil }
            self = .wait(.milliseconds(milliseconds), cause)
        }
    }
}

extension JobQueue {
    /// Gives a job back whose tenant may not go on: to the front of the tenant's lanes, of which none is claimed before
    /// `delay` is over. Counts a deferral.
    package func hold(_ lease: Lease, for delay: Duration) async throws(StoreError) -> FencedOutcome {
        let call = lease.owner.nextCall()
        let reply = try await store.call(.holdJob) { again in
            [
                .string(lease.owner.name), .integer(call), again ? "1" : "0", .string(lease.lane.description),
                .string(lease.fence.description), .integer(max(0, delay.milliseconds)),
            ]
        }
        return reply[0]?.string == "1" ? .done : .fencedOut
    }
}
