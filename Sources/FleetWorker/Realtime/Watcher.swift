import FleetCore
import FleetStore
import Foundation
import Graph
import Logging
import Reactor
import Telemetry

// Carries out what WatchPlan decides about one mailbox, in the name of whichever of its connections can. A mailbox is
// in one worker's hands at a time (SubscriptionLedger); whoever dies in between leaves at most a subscription that
// nobody knows, whose notifications are ignored, which the next create finds by its 409, and which ends by itself.

/// Makes, renews and ends subscriptions at Graph.
struct Watcher: Sendable {
    let tools: WorkerTools
    let graph: GraphClient
    let admission: any CallAdmission
    let tokens: TokenKeeper
    /// Where notifications go; nil: nothing is made or renewed, only ended.
    let url: String?
    let plan: WatchPlan

    var ledger: SubscriptionLedger { SubscriptionLedger(tools.store) }
    private var now: Date { tools.clock.now }

    /// What was done, and whether changes may have gone unannounced meanwhile.
    struct Outcome: Sendable {
        var deed: SubscriptionLedger.Deed
        var hasGap = false
        /// What was to end lives on at Graph until its time is over.
        var isLeft = false
    }

    /// Does what is due for a mailbox. Never throws: what fails is tried again later.
    ///
    /// - Parameters:
    ///   - members: the connections that want it watched.
    ///   - leaving: one that doesn't any more, whose credential can still end what it made.
    func work(
        _ entry: SubscriptionLedger.Entry, _ members: [Watched], leaving: Watched? = nil
    ) async -> Outcome {
        switch plan.step(entry, members.map(\.credential), url: url, now: now) {
        case .nothing(let next): return Outcome(deed: .unchanged(next: next))
        case .giveUp:
            return Outcome(deed: .gone, isLeft: !(await endAll(entry, members + [leaving].compactMap(\.self))))
        case .create:
            let made = await create(entry, members)
            return Outcome(deed: made, hasGap: made.isMade)
        case .renew(let id): return await renew(id, entry, members, leaving)
        case .replace(let id): return await replace(id, entry, members, leaving)
        }
    }

    // MARK: - Renewing

    private func renew(
        _ id: SubscriptionID, _ entry: SubscriptionLedger.Entry, _ members: [Watched], _ leaving: Watched?
    ) async -> Outcome {
        let until = now.addingTimeInterval(GraphSession.longestSubscription.inSeconds)
        for member in ordered(members, first: entry.credential) {
            do {
                let end = try await session(member).renewSubscription(id, until: until)
                return Outcome(
                    deed: .renewed(member.credential, expiresAt: end, renewAt: plan.renewal(now: now, end: end)))
            } catch {
                switch WatchVerdict(error) {
                case .gone where member.credential == entry.credential:
                    log("a subscription is gone; making a new one", entry, error)
                    let made = await create(entry, members)
                    return Outcome(deed: made, hasGap: true)
                // Not to be seen with this credential; perhaps with another.
                case .gone, .refused, .duplicate: continue
                case .again:
                    log("a subscription could not be renewed; trying again later", entry, error)
                    return Outcome(deed: .failed(at: plan.retry(entry, now: now), reason: Self.reason(error)))
                }
            }
        }
        return await replace(id, entry, members, leaving)
    }

    /// A new one in another name, then the old one goes.
    private func replace(
        _ id: SubscriptionID, _ entry: SubscriptionLedger.Entry, _ members: [Watched], _ leaving: Watched?
    ) async -> Outcome {
        let made = await create(entry, members, yielding: id, leaving)
        if case .made(let fresh, _, _, _, _, _) = made, fresh != id {
            await end(id, entry, members + [leaving].compactMap(\.self))
        }
        return Outcome(deed: made, hasGap: true)
    }

    // MARK: - Creating

    /// A new subscription in the name of the first member that may.
    ///
    /// - Parameter old: one that lives and is to go for it; it stays while there is no new one.
    private func create(
        _ entry: SubscriptionLedger.Entry, _ members: [Watched], yielding old: SubscriptionID? = nil,
        _ leaving: Watched? = nil
    ) async -> SubscriptionLedger.Deed {
        var refusals: [CredentialID: Date] = [:]
        var reason = "refused before"
        for member in ordered(members, first: entry.credential) where plan.isWelcome(member.credential, entry, now) {
            do {
                return try await make(member, entry, yielding: old, leaving)
            } catch {
                reason = Self.reason(error)
                guard WatchVerdict(error) != .again else {
                    log("a subscription could not be made; trying again later", entry, error)
                    return .failed(at: plan.retry(entry, now: now), reason: reason)
                }
                log("no subscription for a mailbox: it is polled", entry, error)
                refusals[member.credential] = plan.refusal(now: now)
            }
        }
        guard old == nil else { return .failed(at: plan.refusal(now: now), reason: reason) }
        return .refused(refusals, reason: reason)
    }

    private func make(
        _ member: Watched, _ entry: SubscriptionLedger.Entry, yielding old: SubscriptionID?, _ leaving: Watched?
    ) async throws -> SubscriptionLedger.Deed {
        do {
            return try await post(member)
        } catch let error as GraphError where WatchVerdict(error) == .duplicate {
            // Ours, of a worker that died before it could note it, or the one that is to be replaced. Its secret is
            // known to nobody, so it has to go.
            if let old { await end(old, entry, [member, leaving].compactMap(\.self)) }
            try await sweep(member)
            return try await post(member)
        }
    }

    private func post(_ member: Watched) async throws -> SubscriptionLedger.Deed {
        do {
            return try await post(member, for: GraphSession.longestSubscription)
        } catch let error as GraphError where error.status == 400 && error.code?.lowercased() == "invalidrequest" {
            // Too long for an older cloud, perhaps; it says so in words only.
            return try await post(member, for: GraphSession.olderLongestSubscription)
        }
    }

    private func post(_ member: Watched, for life: Duration) async throws -> SubscriptionLedger.Deed {
        guard let url else { preconditionFailure("no subscription is planned without a URL") }
        let secret = Self.secret()
        let made = try await session(member).createSubscription(
            SubscriptionOrder(
                resource: member.resource, notificationURL: url, clientState: secret,
                until: now.addingTimeInterval(life.inSeconds)))
        return .made(
            made.id, clientState: secret, member.credential, url: url, expiresAt: made.expiresAt,
            renewAt: plan.renewal(now: now, end: made.expiresAt))
    }

    // MARK: - Ending

    /// Ends what a mailbox has: the subscription that is known, or one that a create made of which nobody heard.
    private func endAll(_ entry: SubscriptionLedger.Entry, _ members: [Watched]) async -> Bool {
        if let id = entry.subscription { return await end(id, entry, members) }
        guard entry.tries > 0, let member = ordered(members, first: entry.credential).first else { return true }
        do {
            try await sweep(member)
            return true
        } catch {
            log("a subscription could not be looked for at Graph", entry, error)
            return false
        }
    }

    /// Ends all of ours that a credential sees of a mailbox.
    private func sweep(_ member: Watched) async throws {
        let session = session(member)
        for other in try await insisting({ try await session.subscriptions() })
        where other.resource.lowercased() == member.resource.lowercased() && other.notificationURL == url {
            try await delete(other.id, session)
        }
    }

    private func delete(_ id: SubscriptionID, _ session: GraphSession) async throws {
        do {
            try await insisting { try await session.deleteSubscription(id) }
        } catch let error as GraphError where WatchVerdict(error) == .gone {}
    }

    /// Once more, some times, after what is over in seconds: nobody comes back to a mailbox that was left.
    private func insisting<Value: Sendable>(_ call: () async throws -> Value) async throws -> Value {
        for number in 1...SecondTries.most {
            do { return try await call() } catch {
                guard let wait = SecondTries.wait(after: error, number, random: tools.random()) else { throw error }
                try await tools.reactor.sleep(for: wait)
            }
        }
        return try await call()
    }

    /// Ends a subscription with whatever credential can; one that nobody can reach ends by itself.
    ///
    /// - Returns: false if it lives on.
    @discardableResult
    func end(_ id: SubscriptionID, _ entry: SubscriptionLedger.Entry, _ members: [Watched]) async -> Bool {
        var names = ordered(members, first: entry.credential)
        if let maker = entry.credential, !names.contains(where: { $0.credential == maker }) {
            names.append(Watched(maker, of: entry.mailbox))
        }
        for member in names {
            let session = session(member)
            do {
                try await insisting { try await session.deleteSubscription(id) }
                return true
            } catch {
                if WatchVerdict(error) == .gone, member.credential == entry.credential { return true }
                log("a subscription could not be ended at Graph; it ends by itself", entry, error)
            }
        }
        return false
    }

    // MARK: - Tools

    /// One member for each credential; that one first.
    private func ordered(_ members: [Watched], first: CredentialID?) -> [Watched] {
        var seen: Set<CredentialID> = []
        let single = members.sorted { $0.id.description < $1.id.description }.filter {
            seen.insert($0.credential).inserted
        }
        return single.filter { $0.credential == first } + single.filter { $0.credential != first }
    }

    private func session(_ member: Watched) -> GraphSession {
        graph.session(
            tokens: tokens.provider(member.credential),
            scope: GraphCallScope(tenant: member.id.tenant, mailboxes: member.charged), admission: admission)
    }

    private func log(_ message: StaticString, _ entry: SubscriptionLedger.Entry, _ error: any Error) {
        // Not the mailbox: that is somebody's address.
        var fields: LogFields = [.error: .text(Self.reason(error))]
        if let lane = entry.lanes.keys.min(by: { $0.description < $1.description }) {
            fields[.tenantID] = .of(lane.tenant)
            fields[.resourceID] = .of(lane.resource)
        }
        tools.log.event(.notice, message, fields)
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as GraphError: error.description
        case let error as TokenError: error.description
        default: "the budget has no room"
        }
    }

    /// 256 bits from the system, as hex.
    private static func secret() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }.joined()
    }
}

extension SubscriptionLedger.Deed {
    /// A new subscription came of it.
    var isMade: Bool { if case .made = self { true } else { false } }
}
