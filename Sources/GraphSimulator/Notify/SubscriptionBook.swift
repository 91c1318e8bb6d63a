import Foundation

// Subscriptions and what is to be sent to them.
//
// A change puts a delivery in the queue, due after the usual delay; the notifier, outside the lock, takes what is due,
// sends it in one POST per URL, and puts back what failed, with growing pauses, until it is four hours old. A
// subscription that was dropped without a word is simply no longer there: nobody is told.

/// All subscriptions, the deliveries that wait, and those that were tried.
final class SubscriptionBook {
    private(set) var all: [String: Subscription] = [:]
    private(set) var queue: [Delivery] = []
    private(set) var records: [DeliveryRecord] = []
    /// By URL.
    private var endpoints: [String: EndpointHealth] = [:]
    /// Milliseconds from a change to its notification.
    var delayMilliseconds = 100
    /// Nothing is sent while this is set.
    var isPaused = false
    /// The most minutes that are granted, whatever was asked for; nil grants what was asked for.
    var grantMinutes: Int?
    /// So long after a subscription's rights were shown, Graph asks for them again; nil is never. Ignored for
    /// ``graceMinutes``, deliveries stop.
    var reauthorizeMinutes: Int?
    /// Whether notifications are spelled in the other way that Graph has: `users('x')/events('y')`, and times with an
    /// offset.
    var isOddlySpelled = false
    private let wake: @Sendable () -> Void

    static let graceMinutes = 15
    static let maximumMinutes = 10_080
    static let minimumMinutes = 45
    static let maximumPerMailbox = 1000
    private static let triesFor = 4.0 * 3600
    private static let maximumQueue = 100_000
    private static let maximumRecords = 20_000

    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    // MARK: Subscriptions

    func add(_ subscription: Subscription) { all[subscription.id] = subscription }

    @discardableResult
    func remove(_ id: String) -> Subscription? { all.removeValue(forKey: id) }

    func renew(_ id: String, until: Instant, at now: Instant) {
        all[id]?.expires = until
        all[id]?.renewedAt = now
        showRights(id, at: now)
    }

    func reauthorize(_ id: String, at now: Instant) {
        all[id]?.reauthorizedAt = now
        showRights(id, at: now)
    }

    private func showRights(_ id: String, at now: Instant) {
        all[id]?.authorized = now
        all[id]?.isAsked = false
    }

    /// Asks for rights that were shown too long ago, and says when the next are; nil where none will be.
    private func askForRights(at now: Instant) -> Instant? {
        guard let minutes = reauthorizeMinutes else { return nil }
        var next: Instant?
        for subscription in live(at: now) where !subscription.isAsked {
            let due = subscription.authorized.adding(seconds: Double(minutes) * 60)
            if due <= now {
                all[subscription.id]?.isAsked = true
                lifecycle("reauthorizationRequired", of: subscription, at: now)
            } else {
                next = min(next ?? due, due)
            }
        }
        return next
    }

    /// Whether Graph asked for its rights, and waited long enough.
    private func isSilenced(_ subscription: Subscription, at now: Instant) -> Bool {
        guard let minutes = reauthorizeMinutes else { return false }
        return subscription.authorized.adding(seconds: Double(minutes + Self.graceMinutes) * 60) <= now
    }

    /// A subscription that lives.
    func live(_ id: String, at now: Instant) -> Subscription? {
        guard let found = all[id], found.expires > now else { return nil }
        return found
    }

    func live(at now: Instant) -> [Subscription] {
        all.values.filter { $0.expires > now }.sorted { $0.id < $1.id }
    }

    // MARK: Changes

    func changed(_ kind: ChangeKind, item: EventItem, mailbox: Mailbox, folder: CalendarFolder, world: World) {
        guard !all.isEmpty else { return }
        let now = world.now
        // Graph tells of a new event twice: as created, and as updated moments later.
        let kinds: [ChangeKind] = kind == .created ? [.created, .updated] : [kind]
        for subscription in live(at: now) where subscription.target.mailbox == mailbox.id {
            if let number = subscription.target.folder, number != folder.number { continue }
            if isSilenced(subscription, at: now) { continue }
            for kind in kinds where subscription.kinds.contains(kind) {
                let item = notification(kind, item, mailbox, folder, subscription, world)
                enqueue(item, to: subscription.notificationURL, for: subscription, at: now)
            }
        }
    }

    private func notification(
        _ kind: ChangeKind, _ item: EventItem, _ mailbox: Mailbox, _ folder: CalendarFolder,
        _ subscription: Subscription, _ world: World
    ) -> JSON {
        let reference = OutlookReference(
            kind: .event, folder: subscription.isImmutable ? 0 : folder.number, item: item.number,
            isImmutable: subscription.isImmutable)
        let id = item.customID ?? mailbox.ids.text(reference)
        let resource =
            isOddlySpelled ? "users('\(mailbox.id)')/events('\(id)')" : "Users/\(mailbox.id)/Events/\(id)"
        return [
            "id": .string(world.random.guid()),
            "subscriptionId": .string(subscription.id),
            "subscriptionExpirationDateTime": .string(spelled(subscription.expires)),
            "changeType": .string(kind.rawValue),
            "resource": .string(resource),
            "clientState": JSON(subscription.clientState),
            "tenantId": .string(subscription.directory),
            "resourceData": [
                "@odata.type": "#Microsoft.Graph.Event", "@odata.id": .string(resource),
                "@odata.etag": .string("W/\"\(mailbox.ids.changeKey(item.content.change))\""), "id": .string(id),
            ],
        ]
    }

    /// In UTC, or in the offset that some of Graph's data centres write.
    private func spelled(_ time: Instant) -> String {
        guard isOddlySpelled else { return time.iso }
        return time.adding(seconds: 5.5 * 3600).iso.replacingOccurrences(of: "Z", with: "+05:30")
    }

    /// Tells a subscriber about its subscription itself.
    func lifecycle(_ event: String, of subscription: Subscription, at now: Instant) {
        guard let url = subscription.lifecycleURL else { return }
        let item: JSON = [
            "subscriptionId": .string(subscription.id),
            "subscriptionExpirationDateTime": .string(spelled(subscription.expires)),
            "tenantId": .string(subscription.directory), "clientState": JSON(subscription.clientState),
            "lifecycleEvent": .string(event), "resource": .string(subscription.resource),
        ]
        enqueue(item, to: url, for: subscription, at: now)
    }

    private func enqueue(_ item: JSON, to url: String, for subscription: Subscription, at now: Instant) {
        let state = endpoints[url]?.state(at: now) ?? .well
        guard queue.count < Self.maximumQueue, state != .dropped else { return }
        let pause = state == .slow ? EndpointHealth.delaySeconds : 0
        queue.append(
            Delivery(
                subscription: subscription.id, url: url, item: item,
                due: now.adding(seconds: Double(delayMilliseconds) / 1000 + pause),
                expires: now.adding(seconds: Self.triesFor))
        )
        wake()
    }

    /// Lets the notifier look at the queue again.
    func awaken() { wake() }

    // MARK: Sending

    /// Takes what is due, grouped by URL, and says how long to wait for the next; nil if there is none.
    func takeDue(at now: Instant) -> (groups: [[Delivery]], wait: Double?) {
        if isPaused { return ([], nil) }
        let asks = askForRights(at: now)
        queue.removeAll { $0.expires <= now }
        let due = queue.filter { $0.due <= now }
        queue.removeAll { $0.due <= now }
        var groups: [String: [Delivery]] = [:]
        for delivery in due { groups[delivery.url, default: []].append(delivery) }
        let next = (queue.map(\.due) + [asks].compactMap(\.self)).min().map { max(0, $0.seconds - now.seconds) }
        return (groups.keys.sorted().compactMap { groups[$0] }, next)
    }

    /// Notes how a POST went; what failed is tried again after 1, 2, 4, ... seconds, at most ten minutes.
    func sent(_ group: [Delivery], status: Int, isSlow: Bool, at now: Instant) {
        if let first = group.first {
            endpoints[first.url, default: EndpointHealth()].answered(items: group.count, isSlow: isSlow, at: now)
            records.append(DeliveryRecord(at: now, url: first.url, items: group.map(\.item), status: status))
            if records.count > Self.maximumRecords { records.removeFirst(Self.maximumRecords / 10) }
        }
        guard !(200..<300).contains(status) else { return }
        for var delivery in group {
            let pause = min(600, Double(1 << min(delivery.attempts, 10)))
            delivery.attempts += 1
            delivery.due = now.adding(seconds: pause)
            queue.append(delivery)
        }
    }

    func forgetRecords() { records = [] }

    /// What Graph makes of each endpoint now.
    func endpointStates(at now: Instant) -> [(url: String, state: EndpointHealth.State)] {
        endpoints.keys.sorted().map { url in
            var health = endpoints[url] ?? EndpointHealth()
            return (url, health.state(at: now))
        }
    }
}
