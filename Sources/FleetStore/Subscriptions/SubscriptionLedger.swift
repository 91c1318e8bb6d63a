package import FleetCore
package import Foundation
import Redis

// What workers know and do of subscriptions (includes/subscriptions.lua has the keys):
//
//   join              a connect of a realtime connection: its lane belongs to the mailbox from now on
//   take, takeDue     one mailbox, or those where something is due, each for one worker at a time
//   end               what was done, and when to look again
//   leave             a disconnect, or a connect to something else: the mailbox is due, to be given up or handed on
//
// Lanes of connects that never came to be are found when the mailbox is next looked at: the connections' records decide
// who belongs to it, the lanes are a hint.

/// The subscriptions as workers keep them.
package struct SubscriptionLedger: Sendable {
    /// A mailbox's subscription as it stands.
    package struct Entry: Sendable, Equatable {
        /// Whose changes it tells.
        package var mailbox: MailboxKey
        /// nil: there is none.
        package var subscription: SubscriptionID?
        /// In whose name it was made.
        package var credential: CredentialID?
        /// Where notifications go.
        package var url: String?
        /// As Graph granted.
        package var expiresAt: Date?
        /// When it is to be renewed.
        package var renewAt: Date?
        /// Tries that failed since the last that didn't.
        package var tries = 0
        /// Graph said that it dropped it.
        package var isGone = false
        /// It should be asked for: something speaks against its being alive.
        package var isSuspect = false
        /// Why there is none, as Graph said last.
        package var refusal: String?
        /// Credentials that aren't tried before then.
        package var refused: [CredentialID: Date] = [:]
        /// The connections, and when each joined.
        package var lanes: [ConnectionID: Date] = [:]

        /// A mailbox without a subscription.
        package init(mailbox: MailboxKey) { self.mailbox = mailbox }
    }

    /// The right to work on a mailbox's subscription.
    package struct Hold: Sendable, Equatable {
        /// As it was found.
        package let entry: Entry
        let word: String
    }

    /// The answer to `takeDue`.
    package struct Due: Sendable, Equatable {
        /// To be worked on; each is to be given back by `end`.
        package let holds: [Hold]
        /// When the next is due; nil: none.
        package let next: Date?
        /// Redis's clock.
        package let now: Date
    }

    /// What a worker did.
    package enum Deed: Sendable, Equatable {
        /// A new one, to be renewed at `renewAt`.
        case made(SubscriptionID, clientState: String, CredentialID, url: String, expiresAt: Date, renewAt: Date)
        /// The one that is there got more time, in the name of `credential`.
        case renewed(CredentialID, expiresAt: Date, renewAt: Date)
        /// Nothing was to be done; look again at `next`.
        case unchanged(next: Date?)
        /// It couldn't be tried, or not be told; again at `at`.
        case failed(at: Date, reason: String)
        /// There is none: refused to these credentials, until then each.
        case refused([CredentialID: Date], reason: String)
        /// There is none, and nobody wants one.
        case gone
    }

    let store: Store

    /// The ledger in `store`.
    package init(_ store: Store) { self.store = store }

    // MARK: - Runs

    /// The connection whose job this is wants its mailbox watched; leaves another one. Fenced.
    package func join(_ mailbox: MailboxKey, _ lease: Lease) async throws(StoreError) -> FencedOutcome {
        try await move(to: mailbox.rawValue, lease)
    }

    /// The connection whose job this is wants no mailbox watched. Fenced.
    package func leave(_ lease: Lease) async throws(StoreError) -> FencedOutcome {
        try await move(to: "", lease)
    }

    private func move(to mailbox: String, _ lease: Lease) async throws(StoreError) -> FencedOutcome {
        let reply = try await store.call(.joinMailbox) { _ in
            [
                .string(lease.owner.name), .string(lease.lane.description), .string(lease.fence.description),
                .string(mailbox),
            ]
        }
        return reply.string == "1" ? .done : .fencedOut
    }

    /// What speaks against a subscription's being alive.
    package enum Suspicion: Sendable, Equatable {
        /// Nothing.
        case none
        /// Something changed, and it is, unless a notification came since then.
        case silentSince(Date)
        /// It is.
        case certain
    }

    /// Has somebody look whether a connection's subscription lives, if there is reason to; a connection of no mailbox
    /// joins `mailbox`. One command.
    ///
    /// - Returns: whether somebody will look.
    @discardableResult
    package func suspect(
        _ connection: ConnectionID, of mailbox: MailboxKey, _ suspicion: Suspicion
    ) async throws(StoreError) -> Bool {
        let since: RedisValue =
            switch suspicion {
            case .none: "0"
            case .silentSince(let date): .integer(date.milliseconds)
            case .certain: ""
            }
        let reply = try await store.call(.suspectSubscription) { _ in
            [.string(connection.description), since, .string(mailbox.rawValue)]
        }
        return reply.string == "1"
    }

    // MARK: - Work

    /// A mailbox's subscription to work on; nil while another worker is at it.
    ///
    /// - Parameters:
    ///   - lane: whose run asks: it takes over from an earlier run of its lane.
    ///   - limit: how long others leave it alone.
    package func take(
        _ mailbox: MailboxKey, for lane: ConnectionID, limit: Duration
    ) async throws(StoreError) -> (Entry, Hold?) {
        let word = lane.description + " " + Self.word()
        let reply = try await call(word, limit, most: 1, mailbox.rawValue)
        guard let part = reply[2], let entry = Entry(part) else { throw store.unexpected(.takeSubscriptions) }
        return (entry, part[1]?.string == "1" ? Hold(entry: entry, word: word) : nil)
    }

    /// The mailboxes where something is due, at most `most`.
    package func takeDue(most: Int, limit: Duration) async throws(StoreError) -> Due {
        let word = Self.word()
        let reply = try await call(word, limit, most: most, "")
        guard let now = reply[0]?.string.flatMap(Date.init(millisecondsText:)) else {
            throw store.unexpected(.takeSubscriptions)
        }
        let holds = (reply.array ?? []).dropFirst(2).compactMap { part -> Hold? in
            guard part[1]?.string == "1", let entry = Entry(part) else { return nil }
            return Hold(entry: entry, word: word)
        }
        return Due(holds: holds, next: reply[1]?.string.flatMap(Date.init(millisecondsText:)), now: now)
    }

    private func call(
        _ word: String, _ limit: Duration, most: Int, _ mailbox: String
    ) async throws(StoreError) -> RedisReply {
        try await store.call(.takeSubscriptions) { _ in
            [.string(word), .integer(limit.milliseconds), .integer(most), .string(mailbox)]
        }
    }

    /// Gives a mailbox back with what was done.
    ///
    /// - Parameters:
    ///   - strangers: lanes that don't belong to it any more.
    ///   - syncs: makes its connections sync now, because changes may have gone unannounced.
    /// - Returns: false if another worker has it: whatever was made at Graph is not known here, so delete it there.
    @discardableResult
    package func end(
        _ hold: Hold, _ deed: Deed, strangers: [ConnectionID] = [], syncs: Bool = false
    ) async throws(StoreError) -> Bool {
        let (set, deleted, next) = hold.entry.fields(after: deed)
        var arguments: [RedisValue] = [
            .string(hold.entry.mailbox.rawValue), .string(hold.word), next.map { .integer($0.milliseconds) } ?? "",
            syncs ? "1" : "0", .integer(2 * set.count),
        ]
        for (name, value) in set { arguments += [.string(name), .string(value)] }
        arguments.append(.integer(deleted.count))
        arguments += deleted.map { .string($0) }
        arguments.append(.integer(strangers.count))
        arguments += strangers.map { .string($0.description) }
        return try await store.call(.endSubscription) { [arguments] _ in arguments }.string == "1"
    }

    private static func word() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(generator.next() as UInt64, radix: 36) + String(generator.next() as UInt64, radix: 36)
    }
}

extension Date {
    /// A time as scripts write it.
    fileprivate init?(millisecondsText text: String) {
        guard let milliseconds = Double(text) else { return nil }
        self.init(timeIntervalSince1970: milliseconds / 1000)
    }
}

// MARK: - As it rests

extension SubscriptionLedger.Entry {
    /// Reads one mailbox of takeSubscriptions' answer.
    fileprivate init?(_ part: RedisReply) {
        guard let mailbox = part[0]?.string else { return nil }
        self.init(mailbox: MailboxKey(mailbox))
        for (key, value) in part[2]?.pairs ?? [] {
            if let name = key.string, let text = value.string { read(name, text) }
        }
        for (key, value) in part[3]?.pairs ?? [] {
            guard let lane = key.string.flatMap({ ConnectionID($0) }) else { continue }
            lanes[lane] = value.string.flatMap(Date.init(millisecondsText:)) ?? Date(timeIntervalSince1970: 0)
        }
    }

    private mutating func read(_ name: String, _ text: String) {
        switch name {
        case "id": subscription = SubscriptionID(text)
        case "credential": credential = CredentialID(text)
        case "url": url = text
        case "expires": expiresAt = Date(millisecondsText: text)
        case "renew": renewAt = Date(millisecondsText: text)
        case "tries": tries = Int(text) ?? 0
        case "gone": isGone = text == "1"
        case "probe": isSuspect = text == "1"
        case "code": refusal = text
        case _ where name.hasPrefix("r:"):
            refused[CredentialID(String(name.dropFirst(2)))] = Date(millisecondsText: text)
        default: break
        }
    }

    /// The fields to set and to delete after a deed, and when to look again.
    fileprivate func fields(
        after deed: SubscriptionLedger.Deed
    ) -> (set: [(String, String)], deleted: [String], next: Date?) {
        let troubles = ["tries", "gone", "probe", "code"]
        let subscriptionFields = ["id", "digest", "credential", "url", "expires", "renew"]
        switch deed {
        case .made(let id, let clientState, let credential, let url, let expiresAt, let renewAt):
            let set = [
                ("id", id.rawValue), ("digest", Subscriptions.digest(clientState)),
                ("credential", credential.rawValue), ("url", url), ("expires", String(expiresAt.milliseconds)),
                ("renew", String(renewAt.milliseconds)),
            ]
            return (set, troubles + refused.keys.map { "r:" + $0.rawValue }, renewAt)
        case .renewed(let credential, let expiresAt, let renewAt):
            let set = [
                ("credential", credential.rawValue), ("expires", String(expiresAt.milliseconds)),
                ("renew", String(renewAt.milliseconds)),
            ]
            return (set, troubles, renewAt)
        case .unchanged(let next): return ([], ["probe"], next)
        case .failed(let at, let reason): return ([("tries", String(tries + 1)), ("code", reason)], [], at)
        case .refused(let refusals, let reason):
            let set = refusals.map { ("r:" + $0.key.rawValue, String($0.value.milliseconds)) }
            return (set + [("code", reason)], subscriptionFields + ["gone", "probe", "tries"], refusals.values.min())
        case .gone: return ([], subscriptionFields + troubles + refused.keys.map { "r:" + $0.rawValue }, nil)
        }
    }
}
