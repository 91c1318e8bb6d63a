package import FleetCore
package import Foundation
import HTTP

/// What is asked of Graph: to tell changes of a mailbox's events.
package struct SubscriptionOrder: Sendable, Equatable {
    /// `me/events` or `users/{id}/events`: a whole mailbox; single calendars aren't documented as resources.
    package var resource: String
    /// Where notifications go, those about the subscription itself too. Graph asks it to echo a token first.
    package var notificationURL: String
    /// Comes back with each notification: the only proof that it is Graph's. At most 128 characters.
    package var clientState: String
    /// How long it is wanted. More than Graph allows is refused.
    package var until: Date

    /// An order.
    package init(resource: String, notificationURL: String, clientState: String, until: Date) {
        self.resource = resource
        self.notificationURL = notificationURL
        self.clientState = clientState
        self.until = until
    }
}

/// A subscription as Graph tells it.
package struct RemoteSubscription: Sendable, Equatable {
    /// Graph's id.
    package var id: SubscriptionID
    /// As its maker wrote it.
    package var resource: String
    /// Where its notifications go; nil where Graph doesn't say.
    package var notificationURL: String?
    /// As granted, whatever was asked for.
    package var expiresAt: Date
}

extension GraphSession {
    /// The longest life of a subscription to events (Microsoft Graph documentation, "subscription resource type":
    /// 10,080 minutes), less a margin for clocks that differ: what is too long is refused, not cut.
    package static let longestSubscription = Duration.seconds(10_080 * 60 - 600)
    /// The same by older documentation (4,230 minutes), for clouds that still hold to it.
    package static let olderLongestSubscription = Duration.seconds(4230 * 60 - 600)

    /// Subscribes. One call, as long as the handshake takes.
    ///
    /// - Throws: as `perform`; `duplicate` when the same app and user have an equal one, `accessDenied` where Exchange
    ///   refuses (a user's token for somebody else's mailbox), `retry` when the URL didn't pass the handshake.
    package func createSubscription(_ order: SubscriptionOrder) async throws -> RemoteSubscription {
        let body: [String: String] = [
            "changeType": "created,updated,deleted", "notificationUrl": order.notificationURL,
            "lifecycleNotificationUrl": order.notificationURL, "resource": order.resource,
            "expirationDateTime": RFC3339.string(order.until), "clientState": order.clientState,
            "latestSupportedTlsVersion": "v1_2",
        ]
        let bytes = try JSONEncoder().encode(body)
        // The preference decides on the ids in notifications; none of them is used, but one format everywhere.
        let call = GraphCall(
            .subscription, .post, .path("/subscriptions"), preferences: [Preference.immutableID], body: Array(bytes))
        return try subscription(try await perform(call), .subscription)
    }

    /// Gives a subscription more time, and reauthorizes it. One call.
    ///
    /// - Returns: until when it now lives.
    /// - Throws: as `perform`; `notFound` when it is gone, or another's.
    package func renewSubscription(_ id: SubscriptionID, until: Date) async throws -> Date {
        let bytes = try JSONEncoder().encode(["expirationDateTime": RFC3339.string(until)])
        let call = GraphCall(
            .renewSubscription, .patch, .path("/subscriptions/" + PercentCoding.encode(id.rawValue)),
            body: Array(bytes))
        return try subscription(try await perform(call), .renewSubscription).expiresAt
    }

    /// Ends a subscription. One call.
    ///
    /// - Throws: as `perform`; `notFound` when it is gone, or another's.
    package func deleteSubscription(_ id: SubscriptionID) async throws {
        _ = try await perform(
            GraphCall(.deleteSubscription, .delete, .path("/subscriptions/" + PercentCoding.encode(id.rawValue))))
    }

    /// The subscriptions of this app and user. One call a page; those that can't be read are left out.
    ///
    /// - Throws: as `perform`.
    package func subscriptions() async throws -> [RemoteSubscription] {
        var found: [RemoteSubscription] = []
        try await pages(.subscriptions, "/subscriptions") { bytes in
            let wire = try? JSONDecoder().decode(WireSubscription.self, from: Data(bytes))
            if let subscription = wire?.subscription { found.append(subscription) }
        }
        return found
    }

    private func subscription(
        _ response: HTTPResponse, _ operation: GraphOperation
    ) throws(GraphError) -> RemoteSubscription {
        let wire = try? JSONDecoder().decode(WireSubscription.self, from: Data(response.body))
        guard let subscription = wire?.subscription else { throw unreadable(operation, "no subscription") }
        return subscription
    }
}

private struct WireSubscription: Decodable {
    var id: String?
    var resource: String?
    var notificationUrl: String?
    var expirationDateTime: String?

    var subscription: RemoteSubscription? {
        guard let id, !id.isEmpty, let expires = expirationDateTime.flatMap({ RFC3339.date($0) }) else { return nil }
        return RemoteSubscription(
            id: SubscriptionID(id), resource: resource ?? "", notificationURL: notificationUrl, expiresAt: expires)
    }
}
