import Foundation
import GraphSimulator
import Hummingbird
import Logging
import Synchronization
import TestSupport
import Testing

/// Goal: subscribing, its handshake and deliveries go as Microsoft describes them.
/// Method: a subscriber that echoes the handshake and keeps what it gets.
@Suite struct SubscriptionTests {
    private static func body(_ url: String, _ more: [(String, JSON)] = []) -> JSON {
        let expires = Date(timeIntervalSinceNow: 86_400).formatted(.iso8601)
        var object = JSONObject([
            ("changeType", "created,updated,deleted"), ("notificationUrl", .string(url)), ("resource", "/me/events"),
            ("expirationDateTime", .string(expires)), ("clientState", "secret"),
        ])
        for (name, value) in more { object[name] = value }
        return .object(object)
    }

    private static let lunch = event("Lunch", "2026-05-04T12:00:00", "2026-05-04T13:00:00")

    @Test("the handshake comes before the 201; then changes are posted with the client's state")
    func deliveries() async throws {
        try await withAda { client in
            try await Subscriber.run { subscriber in
                let made = try await client.send("POST", "/subscriptions", Self.body(subscriber.url))
                #expect(made.status == 201)
                #expect(subscriber.handshakes == 1)
                let id = try #require(made["id"]?.string)
                let created = try await client.send("POST", "/me/events", Self.lunch)
                try await eventually("two notifications", within: .seconds(10)) { subscriber.items.count == 2 }
                let item = try #require(subscriber.items.first)
                #expect(item["subscriptionId"]?.string == id && item["clientState"] == "secret")
                #expect(subscriber.items.compactMap { $0["changeType"]?.string } == ["created", "updated"])
                #expect(item["resourceData"]?["id"] == created["id"])
                #expect(try await client.send("DELETE", "/subscriptions/\(id)").status == 204)
                #expect(try await client.get("/subscriptions/\(id)").status == 404)
            }
        }
    }

    @Test("a subscriber that doesn't echo is refused, one that fails is posted to again")
    func failures() async throws {
        try await withAda { client in
            try await Subscriber.run { subscriber in
                subscriber.echoes = false
                let refused = try await client.send("POST", "/subscriptions", Self.body(subscriber.url))
                #expect((refused.status, refused.code) == (400, "ValidationError"))
                subscriber.echoes = true
                #expect(try await client.send("POST", "/subscriptions", Self.body(subscriber.url)).status == 201)
                subscriber.failures = 1
                _ = try await client.send("POST", "/me/events", Self.lunch)
                try await eventually("a second try", within: .seconds(15)) { subscriber.items.count >= 4 }
            }
        }
    }

    @Test("the same again is 409; renewal, expiry, reauthorization, lifecycle and silent death")
    func life() async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            try await Subscriber.run { subscriber in
                let body = Self.body(subscriber.url, [("lifecycleNotificationUrl", .string(subscriber.url))])
                let made = try await client.send("POST", "/subscriptions", body)
                #expect(subscriber.handshakes == 2)
                let id = try #require(made["id"]?.string)
                #expect(try await client.send("POST", "/subscriptions", body).status == 409)
                #expect(try await client.get("/subscriptions")["value"]?.array?.count == 1)
                #expect(try await client.send("POST", "/subscriptions/\(id)/reauthorize").status == 204)
                try simulator.control("PATCH", "/control/settings", ["subscriptionMinutes": 45])
                let later = Date(timeIntervalSinceNow: 3 * 86_400).formatted(.iso8601)
                let both = try await client.send(
                    "PATCH", "/subscriptions/\(id)", ["expirationDateTime": .string(later)])
                #expect(both.status == 400, "not within ten minutes of a reauthorization")
                try simulator.control("POST", "/control/clock", ["advance": 601])
                let renewed = try await client.send(
                    "PATCH", "/subscriptions/\(id)", ["expirationDateTime": .string(later)])
                #expect(renewed.status == 200)
                #expect(try #require(renewed["expirationDateTime"]?.string) < later)
                #expect(try await client.send("POST", "/subscriptions/\(id)/reauthorize").status == 400)
                try simulator.control("POST", "/control/subscriptions/\(id)/lifecycle", ["event": "missed"])
                try await eventually("a lifecycle notification", within: .seconds(10)) {
                    subscriber.items.contains { $0["lifecycleEvent"] == "missed" && $0["clientState"] == "secret" }
                }
                try simulator.control("POST", "/control/clock", ["advance": 2800])
                let gone = try await client.send(
                    "PATCH", "/subscriptions/\(id)", ["expirationDateTime": .string(later)])
                #expect(gone.status == 404)
            }
        }
    }

    @Test("asked for its rights a subscription falls silent after a quarter of an hour, and speaks again when renewed")
    func reauthorization() async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            try await Subscriber.run { subscriber in
                let body = Self.body(subscriber.url, [("lifecycleNotificationUrl", .string(subscriber.url))])
                let id = try #require(try await client.send("POST", "/subscriptions", body)["id"]?.string)
                try simulator.control("PATCH", "/control/settings", ["reauthorizeMinutes": 60])
                try simulator.control("POST", "/control/clock", ["advance": 3601])
                try await eventually("it is asked for its rights", within: .seconds(10)) {
                    subscriber.items.contains { $0["lifecycleEvent"] == "reauthorizationRequired" }
                }
                try simulator.control("POST", "/control/clock", ["advance": 901])
                let token = try simulator.control("POST", "/control/tokens", ["mailbox": "ada@contoso.example"])
                var later = client
                later.token = token["access_token"]?.string
                #expect(try await later.send("POST", "/me/events", Self.lunch).status == 201)
                #expect(try simulator.control("GET", "/control/notifications")["waiting"]?.integer == 0)
                #expect(try await later.send("POST", "/subscriptions/\(id)/reauthorize").status == 204)
                #expect(try await later.send("POST", "/me/events", Self.lunch).status == 201)
                try await eventually("it speaks again", within: .seconds(10)) {
                    subscriber.items.contains { $0["changeType"] == "created" }
                }
            }
        }
    }

    @Test("with the consent goes the subscription, and its lifecycle URL is told; notifications may be spelled oddly")
    func revoked() async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            try simulator.control("PATCH", "/control/settings", ["notificationsOdd": true])
            try await Subscriber.run { subscriber in
                let body = Self.body(subscriber.url, [("lifecycleNotificationUrl", .string(subscriber.url))])
                #expect(try await client.send("POST", "/subscriptions", body).status == 201)
                let made = event("E", "2026-05-01T10:00:00", "2026-05-01T11:00:00")
                #expect(try await client.send("POST", "/me/events", made).status == 201)
                try await eventually("a notification", within: .seconds(10)) {
                    subscriber.items.contains { item in
                        item["resource"]?.string?.hasPrefix("users('") == true
                            && item["subscriptionExpirationDateTime"]?.string?.hasSuffix("+05:30") == true
                    }
                }
                try simulator.control("POST", "/control/consent", ["mailbox": "ada@contoso.example"])
                try await eventually("the end of the subscription", within: .seconds(10)) {
                    subscriber.items.contains { $0["lifecycleEvent"] == "subscriptionRemoved" }
                }
                #expect(try simulator.control("GET", "/control/subscriptions").array?.isEmpty == true)
            }
        }
    }

    @Test("what Graph refuses: other people's mailboxes, http, odd changes, long states, past and far expirations")
    func refusals() async throws {
        try await withAda { client in
            let simulator = client.simulator.simulator
            try simulator.control("POST", "/control/mailboxes", ["address": "bob@contoso.example"])
            let far = Date(timeIntervalSinceNow: 8 * 86_400).formatted(.iso8601)
            for (name, value, status): (String, JSON, Int) in [
                ("resource", "/users/bob@contoso.example/events", 403), ("resource", "/me/messages", 400),
                ("notificationUrl", "http://fleet.example/hook", 400), ("changeType", "created,exploded", 400),
                ("clientState", .string(String(repeating: "x", count: 129)), 400),
                ("expirationDateTime", "2020-01-01T00:00:00Z", 400),
                ("expirationDateTime", .string(far), 400), ("surprise", true, 400),
            ] {
                let reply = try await client.send(
                    "POST", "/subscriptions", Self.body("https://fleet.example/hook", [(name, value)]))
                #expect(reply.status == status, "\(name) \(value)")
            }
            try simulator.control(
                "PATCH", "/control/mailboxes/ada@contoso.example", ["subscriptionRefusal": "extensionError"])
            let refused = try await client.send("POST", "/subscriptions", Self.body("https://fleet.example/hook"))
            #expect((refused.status, refused.code) == (403, "ExtensionError"))
        }
    }
}

/// A receiver of notifications on loopback.
private final class Subscriber: Sendable {
    private struct State {
        var items: [JSON] = []
        var handshakes = 0
        var echoes = true
        var failures = 0
    }

    let url: String
    private let state: Mutex<State>

    private init(url: String) {
        self.url = url
        state = Mutex(State())
    }

    var items: [JSON] { state.withLock { $0.items } }
    var handshakes: Int { state.withLock { $0.handshakes } }
    var echoes: Bool {
        get { state.withLock { $0.echoes } }
        set { state.withLock { $0.echoes = newValue } }
    }
    var failures: Int {
        get { state.withLock { $0.failures } }
        set { state.withLock { $0.failures = newValue } }
    }

    static func run(_ body: @escaping @Sendable (Subscriber) async throws -> Void) async throws {
        let port = try freePort()
        let subscriber = Subscriber(url: "http://127.0.0.1:\(port)/hook")
        let router = Router()
        router.post("hook") { request, _ in try await subscriber.answer(request) }
        var logger = Logger(label: "subscriber")
        logger.logLevel = .critical
        let (ready, continuation) = AsyncStream.makeStream(of: Void.self)
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { _ in continuation.yield() }, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            for await _ in ready { break }
            defer { group.cancelAll() }
            try await body(subscriber)
        }
    }

    private func answer(_ request: Request) async throws -> Response {
        let buffer = try await request.body.collect(upTo: 1 << 20)
        if let token = request.uri.queryParameters["validationToken"] {
            let text = state.withLock { state in
                state.handshakes += 1
                return state.echoes ? String(token) : "something else"
            }
            return Response(
                status: .ok, headers: [.contentType: "text/plain"], body: .init(byteBuffer: .init(string: text)))
        }
        let items = (try JSON(parsing: Array(buffer.readableBytesView)))["value"]?.array ?? []
        let isRefused = state.withLock { state in
            state.items += items
            state.failures -= 1
            return state.failures >= 0
        }
        return Response(status: isRefused ? .serviceUnavailable : .accepted)
    }
}
