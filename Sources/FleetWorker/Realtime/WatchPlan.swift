import FleetCore
import FleetStore
import Foundation
import Graph

// Decisions about a mailbox's subscription, without I/O.
//
//   renewed     between 35 and 15 % before its granted end, anywhere in between, so that what was made together isn't
//               renewed together, and a first failure leaves time for others before a tenth is left
//   suspected   renewed at once: whether it lives shows in the same answer
//   refused     not asked again with that credential for a day: Exchange refuses for reasons that stay
//   trouble     after 1, 2, 4 ... minutes, a day at most

/// What to do for a mailbox.
enum WatchStep: Sendable, Equatable {
    /// Nobody wants it watched.
    case giveUp
    case create
    /// Give it more time, with whatever credential can.
    case renew(SubscriptionID)
    /// It was made in a name that is leaving, or for another URL: a new one first, then the old one goes.
    case replace(SubscriptionID)
    case nothing(until: Date?)
}

/// Plans subscriptions.
struct WatchPlan: Sendable {
    /// 0 ..< 1.
    let random: @Sendable () -> Double

    /// A refusal stands that long, and up to an hour more.
    static let refusalSeconds = 86_400.0
    private static let longestBackoffSeconds = 86_400.0

    /// - Parameters:
    ///   - credentials: of the connections that want the mailbox watched.
    ///   - url: where notifications are to go; nil: this worker can only end subscriptions.
    func step(
        _ entry: SubscriptionLedger.Entry, _ credentials: [CredentialID], url: String?, now: Date
    ) -> WatchStep {
        guard !credentials.isEmpty else { return .giveUp }
        guard let url else { return .nothing(until: now) }
        if let id = entry.subscription, !entry.isGone, let expiresAt = entry.expiresAt, expiresAt > now {
            guard entry.url == url, let credential = entry.credential else { return .replace(id) }
            if entry.isSuspect || entry.renewAt.map({ $0 <= now }) ?? true { return .renew(id) }
            return credentials.contains(credential) ? .nothing(until: entry.renewAt) : .renew(id)
        }
        guard credentials.contains(where: { isWelcome($0, entry, now) }) else {
            return .nothing(until: credentials.compactMap { entry.refused[$0] }.min())
        }
        return .create
    }

    /// Whether a credential may be tried: it wasn't refused within a day.
    func isWelcome(_ credential: CredentialID, _ entry: SubscriptionLedger.Entry, _ now: Date) -> Bool {
        entry.refused[credential].map { $0 <= now } ?? true
    }

    /// When to renew what lives from `now` to `end`.
    func renewal(now: Date, end: Date) -> Date {
        let left = end.timeIntervalSince(now)
        return end.addingTimeInterval(-left * (0.15 + 0.2 * random()))
    }

    /// When to try again after so many failures; a renewal not past its end.
    func retry(_ entry: SubscriptionLedger.Entry, now: Date) -> Date {
        let step = min(60 * pow(2, Double(min(entry.tries, 20))), Self.longestBackoffSeconds)
        let left = entry.subscription == nil ? nil : entry.expiresAt?.timeIntervalSince(now)
        let most = left.map { max(20, $0 / 4) } ?? step
        return now.addingTimeInterval(min(step, most) * (0.75 + random() / 2))
    }

    /// Until when a credential isn't tried.
    func refusal(now: Date) -> Date { now.addingTimeInterval(Self.refusalSeconds + 3600 * random()) }
}

/// What an error says about asking again.
enum WatchVerdict: Sendable, Equatable {
    /// Not with this credential: it may not, or has ended.
    case refused
    case gone
    case duplicate
    case again

    init(_ error: any Error) {
        switch error {
        case let error as GraphError: self.init(error)
        case let error as TokenError:
            switch error.action {
            case .reconnect, .directory: self = .refused
            default: self = .again
            }
        default: self = .again
        }
    }

    private init(_ error: GraphError) {
        switch error.action {
        case .notFound: self = .gone
        case .duplicate: self = .duplicate
        case .accessDenied, .mailboxUnavailable, .permanent, .reconnect: self = .refused
        // "backend Unknown" on each subscription of some tenants, for years (closeio/sync-engine): no outage.
        case .retry, .throttled: self = error.code?.lowercased() == "extensionerror" ? .refused : .again
        default: self = .again
        }
    }
}
