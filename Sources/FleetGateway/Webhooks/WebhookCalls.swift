import FleetCore
import FleetStore
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import Telemetry

/// `POST /webhooks/graph`: Graph's change and lifecycle notifications, and the handshake that comes before them
/// (Microsoft Graph documentation, "Receive change notifications through webhooks").
///
/// The answer says nothing about what we know: 202 whether a subscription is ours, its secret right, or neither.
struct WebhookCalls: Sendable {
    private static let longestToken = 4096
    private static let largestPost = 2 << 20

    let batcher: NoticeBatcher

    var routes: [Routes.Route] {
        [Routes.Route("webhook", "/webhooks/graph", ["POST": { try await post($0) }])]
    }

    private func post(_ call: GatewayRequest) async throws -> Response {
        if call.query.formValue("validationToken") != nil {
            return try await handshake(call)
        }
        let bytes = try await call.readBody(limit: Self.largestPost, within: .seconds(5))
        var limits = StrictJSON.Limits()
        limits.maximumBytes = Self.largestPost
        guard let value = try? StrictJSON.parse(bytes, limits: limits) else {
            // Graph would post the same again for four hours.
            FleetMetric.gatewayNotifications.counter([("outcome", "unreadable")]).increment()
            return .empty(202)
        }
        let notices = NoticeReader.notices(in: value)
        guard !notices.isEmpty else { return .empty(202) }
        do {
            count(try await batcher.submit(notices))
        } catch {
            FleetMetric.gatewayNotifications.counter([("outcome", "refused")]).increment(by: Int64(notices.count))
            throw error
        }
        return .empty(202)
    }

    /// The token, decoded once, and nothing else; never as anything that a browser would run.
    private func handshake(_ call: GatewayRequest) async throws -> Response {
        guard let token = call.query.formValue("validationToken"), !token.isEmpty,
            token.utf8.count <= Self.longestToken
        else { throw Problem.invalid("validationToken: must be 1-\(Self.longestToken) bytes, percent-encoded") }
        return .text(200, token)
    }

    private func count(_ fates: [Subscriptions.Fate]) {
        for (fate, label) in [(Subscriptions.Fate.taken, "kept"), (.unknown, "unknown"), (.forged, "forged")] {
            let number = fates.count { $0 == fate }
            if number > 0 {
                FleetMetric.gatewayNotifications.counter([("outcome", label)]).increment(by: Int64(number))
            }
        }
    }
}

/// Reads what Graph posts. Of each item only three fields are used; what is odd is left out, the rest counts.
enum NoticeReader {
    private static let itemsAtMost = 10_000

    static func notices(in value: JSONValue) -> [Subscriptions.Notice] {
        guard case .array(let items) = value.objectValue?["value"] else { return [] }
        return items.prefix(itemsAtMost).compactMap { item in
            guard let object = item.objectValue, let subscription = object["subscriptionId"]?.stringValue,
                (1...256).contains(subscription.utf8.count), let kind = kind(object["lifecycleEvent"])
            else { return nil }
            return Subscriptions.Notice(
                subscription: SubscriptionID(subscription), clientState: object["clientState"]?.stringValue, kind: kind)
        }
    }

    private static func kind(_ lifecycleEvent: JSONValue?) -> Subscriptions.Kind? {
        switch lifecycleEvent {
        case nil, .null: .change
        case .string("missed"): .missed
        case .string("subscriptionRemoved"): .removed
        case .string("reauthorizationRequired"): .reauthorization
        default: nil
        }
    }
}
