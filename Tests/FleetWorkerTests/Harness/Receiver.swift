import FleetCore
import FleetStore
import Hummingbird
import Logging
import Synchronization
import TestSupport

/// Where the simulator posts notifications: as much of a gateway as workers need. Echoes the handshake's token, hands
/// the rest to the store.
final class Receiver: Sendable {
    private let subscriptions: Subscriptions
    private let state = Mutex<(fates: [Subscriptions.Fate], isDeaf: Bool)>(([], false))

    private init(_ store: Store) { subscriptions = Subscriptions(store) }

    /// What became of all notices so far.
    var fates: [Subscriptions.Fate] { state.withLock { $0.fates } }

    /// From now on handshakes fail, and notifications are answered and dropped.
    func becomesDeaf(_ isDeaf: Bool = true) { state.withLock { $0.isDeaf = isDeaf } }

    /// Runs `body` with a receiver and its URL.
    static func with(_ fleet: Fleet, _ body: @escaping @Sendable (Receiver, String) async throws -> Void) async throws {
        let receiver = Receiver(fleet.store)
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        var quiet = Logger(label: "receiver")
        quiet.logLevel = .critical
        let application = Application(
            router: receiver.router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in listening.yield(channel.localAddress?.port ?? 0) }, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await application.run() }
            defer { group.cancelAll() }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else { throw TestSupportError("no receiver") }
            try await body(receiver, "http://127.0.0.1:\(port)/webhooks/graph")
        }
    }

    private var router: Router<BasicRequestContext> {
        let router = Router()
        router.post("/webhooks/graph") { request, _ in
            let isDeaf = self.state.withLock { $0.isDeaf }
            if let token = request.uri.queryParameters["validationToken"] {
                return Response(
                    status: isDeaf ? .internalServerError : .ok, headers: [.contentType: "text/plain"],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: String(token))))
            }
            let body = try await request.body.collect(upTo: 1 << 20)
            if !isDeaf { try await self.take(String(buffer: body)) }
            return Response(status: .accepted)
        }
        return router
    }

    private func take(_ body: String) async throws {
        let notices = Fields(body).objects("value").map { item in
            let kind: Subscriptions.Kind =
                switch item["lifecycleEvent"]?.stringValue {
                case "missed": .missed
                case "subscriptionRemoved": .removed
                case "reauthorizationRequired": .reauthorization
                default: .change
                }
            return Subscriptions.Notice(
                subscription: SubscriptionID(item["subscriptionId"]?.stringValue ?? ""),
                clientState: item["clientState"]?.stringValue, kind: kind)
        }
        let fates = try await subscriptions.take(notices)
        state.withLock { $0.fates += fates }
    }
}
