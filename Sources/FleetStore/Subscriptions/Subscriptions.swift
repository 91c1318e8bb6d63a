import Crypto
package import FleetCore
import Foundation
import Redis

// The seam between Graph's webhooks and the queue. Whoever receives notifications hands them over as they came; what
// they prove and what they set off is decided in one script per 500 of them (takeNotices.lua):
//
//     takeNotices   subscription id -> mailbox -> its connections; clientState by its SHA-256, so that nobody who reads
//                   Redis can send notifications
//     wantSync      at most one sync waits per connection, however many notifications come
//
// A notification is a hint: nothing of it but the ids is used, and losing one is bounded by polling.

/// Takes notifications in.
package struct Subscriptions: Sendable {
    /// What a notification says.
    package enum Kind: Sendable, Equatable, CaseIterable {
        /// Something was created, updated or deleted in the mailbox.
        case change
        /// Lifecycle `missed`: Graph dropped notifications; the subscription lives.
        case missed
        /// Lifecycle `subscriptionRemoved`: Graph deleted the subscription.
        case removed
        /// Lifecycle `reauthorizationRequired`: it is to be renewed, or deliveries stop.
        case reauthorization
    }

    /// One item of what Graph posted.
    package struct Notice: Sendable, Equatable {
        /// `subscriptionId`.
        package var subscription: SubscriptionID
        /// `clientState`; nil where it is missing.
        package var clientState: String?
        /// What it says.
        package var kind: Kind

        /// An item as it came; nothing is checked.
        package init(subscription: SubscriptionID, clientState: String?, kind: Kind) {
            self.subscription = subscription
            self.clientState = clientState
            self.kind = kind
        }
    }

    /// What became of a notice. For metrics and logs: Graph gets the same answer for all of them.
    package enum Fate: Sendable, Equatable {
        /// Its connections will sync, its subscription will be seen to.
        case taken
        /// No subscription of ours, or one that is replaced.
        case unknown
        /// Another clientState than ours: not Graph.
        case forged
    }

    /// Notifications that come within this time after one that set off syncs set off one more, at its end.
    package static let spacing = Duration.seconds(3)
    /// Longest clientState that Graph lets us choose; a longer one is not ours.
    package static let longestClientState = 128
    private static let mostPerCall = 500

    let store: Store

    /// The subscriptions in `store`.
    package init(_ store: Store) { self.store = store }

    /// Checks notices and makes the connections of their mailboxes sync now. One round trip for up to 500; all are kept
    /// when this returns. Safe to repeat.
    ///
    /// - Returns: what became of each, in order.
    /// - Throws: `StoreError` when Redis can't keep them, after the store's patience: answer 503, and Graph sends them
    ///   again.
    package func take(_ notices: [Notice]) async throws(StoreError) -> [Fate] {
        var fates: [Fate] = []
        var rest = notices[...]
        while !rest.isEmpty {
            fates += try await takePiece(Array(rest.prefix(Self.mostPerCall)))
            rest = rest.dropFirst(Self.mostPerCall)
        }
        return fates
    }

    private func takePiece(_ notices: [Notice]) async throws(StoreError) -> [Fate] {
        let reply = try await store.call(.takeNotices) { _ in
            [.integer(Self.spacing.milliseconds)]
                + notices.flatMap { notice -> [RedisValue] in
                    [
                        .string(notice.subscription.rawValue), .string(Self.digest(notice.clientState)),
                        .string(notice.kind.letter),
                    ]
                }
        }
        guard let outcomes = reply.string, outcomes.utf8.count == notices.count else {
            throw store.unexpected(.takeNotices)
        }
        return outcomes.map { $0 == "1" ? .taken : $0 == "0" ? .forged : .unknown }
    }

    /// What is stored of a clientState. That of a missing or overlong one fits nothing.
    static func digest(_ clientState: String?) -> String {
        guard let clientState, clientState.utf8.count <= longestClientState else { return "" }
        let digits = Array("0123456789abcdef".utf8)
        let hex = SHA256.hash(data: Data(clientState.utf8)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: hex, as: UTF8.self)
    }
}

extension Subscriptions.Kind {
    fileprivate var letter: String {
        switch self {
        case .change, .missed: "c"
        case .removed: "r"
        case .reauthorization: "a"
        }
    }
}
