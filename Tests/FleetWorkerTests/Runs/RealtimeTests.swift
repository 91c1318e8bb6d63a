import FleetCore
import FleetStore
import FleetWorker
import Foundation
import GraphSimulator
import Redis
import TestSupport
import Testing

// Goal: a mailbox has one subscription while anybody wants it, whatever becomes of it at Graph, and a change in Outlook
// is told at once. Method: the simulator's own subscriptions, with handshakes and deliveries to a receiver.
@Suite("Realtime", .timeLimit(.minutes(1))) struct RealtimeTests {
    private static let mailbox = "room@example.com"
    private static let realtime = ",\"settings\":{\"frequency\":\"realtime\"}"

    private func world(
        _ body: @escaping @Sendable (Fleet, Receiver, Announcements) async throws -> Void
    ) async throws {
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.control("PATCH", "/settings", ["notificationDelay": 5])
            try await Receiver.with(fleet) { receiver, url in
                let announcements = Announcements()
                let configure: @Sendable (inout WorkerConfiguration) -> Void = {
                    $0.idleInterval = .milliseconds(100)
                    $0.realtimeInterval = .milliseconds(50)
                }
                try await fleet.withWorker(hooks: announcements.hooks, webhookURL: url, configure: configure) { _ in
                    try await body(fleet, receiver, announcements)
                }
            }
        }
    }

    @Test("a change in Outlook is told at once, without a period, and no result is written for it")
    func change() async throws {
        try await world { fleet, _, _ in
            let connected = try await fleet.connect("r", to: Self.mailbox, more: Self.realtime)
            #expect(connected.message == "Outlook Calendar connected successfully.")
            #expect(connected.data["frequency"] == "realtime" && !connected.data.has("warnings"))
            let subscription = try #require(try fleet.graph.subscriptions().first)
            #expect(subscription["resource"]?.string == "me/events")
            #expect(subscription["changeType"]?.string == "created,updated,deleted")
            try fleet.graph.addEvent(Self.mailbox, "New", hours: 2)
            try await eventually("the change") { try await fleet.changes.count == 2 }
            #expect(try await fleet.changes.last?.type == "event.created")
            #expect(try await fleet.results.count == 1)
            #expect(try await fleet.dump().contains(subscription["clientState"]?.string ?? "?") == false)
        }
    }

    @Test("S16 one subscription per mailbox serves all its connections, and a second connect makes no other")
    func shared() async throws {
        try await world { fleet, _, _ in
            try fleet.graph.control("POST", "/mailboxes/\(Self.mailbox)/calendars", ["name": "Side"])
            let side = try fleet.graph.calendarID(Self.mailbox, "Side")
            try await fleet.connect("r", to: Self.mailbox, more: Self.realtime)
            try await fleet.connect("r", to: Self.mailbox, more: Self.realtime)
            try await fleet.connect("s", to: Self.mailbox, more: ",\"calendar_id\":\"\(side)\"" + Self.realtime)
            #expect(try fleet.graph.subscriptions().count == 1)
            let before = try await fleet.changes.count
            try fleet.graph.addEvent(Self.mailbox, "Aside", hours: 2, calendar: "Side")
            try await eventually("the change") { try await fleet.changes.count == before + 1 }
            #expect(try await fleet.changes.last?["resource_id"] == "s")
            #expect(try await fleet.disconnect("r").type == "disconnect.succeeded")
            #expect(try fleet.graph.subscriptions().count == 1)
            #expect(try await fleet.disconnect("s").type == "disconnect.succeeded")
            #expect(try fleet.graph.subscriptions().isEmpty)
            #expect(try await fleet.allKeys().filter { $0.hasPrefix("sub") } == [])
        }
    }

    @Test(
        "S14 S15 where Graph refuses, the connection is polled, the result says so, and a day long nobody asks again",
        arguments: ["extensionError", "backendUnknown"])
    func refused(_ refusal: String) async throws {
        try await world { fleet, _, _ in
            try fleet.graph.control(
                "PATCH", "/mailboxes/\(Self.mailbox)", ["subscriptionRefusal": .string(refusal)])
            let connected = try await fleet.connect("r", to: Self.mailbox, more: Self.realtime)
            #expect(connected.message?.contains("Realtime is not available here") == true)
            #expect(connected.data.texts("warnings").contains { $0.contains("ExtensionError") })
            #expect(try await fleet.nextSync("r") != nil)
            let asked = try fleet.graph.requests().count { $0 == "POST /v1.0/subscriptions" }
            #expect(asked == 1)
            let again = try await fleet.connect("r", to: Self.mailbox, more: Self.realtime)
            #expect(again.message?.contains("Realtime is not available here") == true)
            let before = try fleet.graph.requests().count
            #expect(try await fleet.sync("r").type == "sync.succeeded")
            #expect(try fleet.graph.requests().count == before + 1)
            let due = try #require(try await fleet.subscriptionDue(Self.mailbox))
            #expect((86_000...91_000).contains(due.timeIntervalSinceNow))
        }
    }

    @Test("a handshake that fails falls back to polling, and is tried again within minutes")
    func handshake() async throws {
        try await world { fleet, receiver, _ in
            receiver.becomesDeaf()
            let connected = try await fleet.connect("r", to: Self.mailbox, more: Self.realtime)
            #expect(connected.message?.contains("Realtime is not available here") == true)
            let due = try #require(try await fleet.subscriptionDue(Self.mailbox))
            #expect((1...120).contains(due.timeIntervalSinceNow))
            receiver.becomesDeaf(false)
            try await fleet.makeSubscriptionDue(Self.mailbox)
            try await eventually("the subscription") { try fleet.graph.subscriptions().count == 1 }
        }
    }

    @Test("S69 renewal: before a tenth of what was granted is left, in time for another try", arguments: [45, 4320])
    func renewal(minutes: Int) async throws {
        try await world { fleet, _, _ in
            try fleet.graph.control("PATCH", "/settings", ["subscriptionMinutes": .integer(Int64(minutes))])
            try await fleet.connect("r", to: Self.mailbox, more: Self.realtime)
            let granted = Double(minutes) * 60
            let due = try #require(try await fleet.subscriptionDue(Self.mailbox))
            #expect((0.6 * granted...0.86 * granted).contains(due.timeIntervalSinceNow))
            try await fleet.makeSubscriptionDue(Self.mailbox, renews: true)
            try await eventually("the renewal") {
                try fleet.graph.requests().contains { $0.hasPrefix("PATCH /v1.0/subscriptions/") }
            }
            try await eventually("the next time") {
                try await fleet.subscriptionDue(Self.mailbox).map { $0.timeIntervalSinceNow > 0.6 * granted } ?? false
            }
            #expect(try fleet.graph.subscriptions().count == 1)
        }
    }

    @Test("S70 a renewal that is answered 404: a new subscription at once, and a sync covers the gap")
    func lostAtRenewal() async throws {
        try await world { fleet, _, _ in
            try await fleet.connect("r", to: Self.mailbox, more: Self.realtime)
            let old = try fleet.graph.subscriptions()[0]["id"]?.string ?? ""
            try fleet.graph.control("DELETE", "/subscriptions/\(old)?silent=1")
            try fleet.graph.addEvent(Self.mailbox, "In the gap", hours: 2)
            try await fleet.makeSubscriptionDue(Self.mailbox, renews: true)
            try await eventually("the change") { try await fleet.changes.last?.type == "event.created" }
            let new = try fleet.graph.subscriptions()
            #expect(new.count == 1 && new[0]["id"]?.string != old)
        }
    }

    @Test("S71 a subscription dropped without a word: the poll finds the change, and somebody replaces it")
    func silentDeath() async throws {
        try await world { fleet, _, _ in
            try await fleet.connect("r", to: Self.mailbox, more: Self.realtime)
            let old = try fleet.graph.subscriptions()[0]["id"]?.string ?? ""
            try fleet.graph.control("DELETE", "/subscriptions/\(old)?silent=1")
            try fleet.graph.addEvent(Self.mailbox, "Unannounced", hours: 2)
            try await fleet.makeDue("r")
            try await eventually("the change") { try await fleet.changes.last?.type == "event.created" }
            try await eventually("the replacement") { try fleet.graph.subscriptions().count == 1 }
            try fleet.graph.addEvent(Self.mailbox, "Announced", hours: 4)
            try await eventually("the next change") { try await fleet.changes.count == 3 }
        }
    }

    @Test("S72 what Graph says about a subscription: removed, missed, to be reauthorized")
    func lifecycle() async throws {
        try await world { fleet, receiver, _ in
            try await fleet.connect("r", to: Self.mailbox, more: Self.realtime)
            let old = try fleet.graph.subscriptions()[0]["id"]?.string ?? ""
            try fleet.graph.control(
                "POST", "/subscriptions/\(old)/lifecycle", ["event": "reauthorizationRequired"])
            try await eventually("the renewal") {
                try fleet.graph.requests().contains { $0 == "PATCH /v1.0/subscriptions/\(old)" }
            }
            let rounds = try fleet.graph.deltaRequests()
            try fleet.graph.control("POST", "/subscriptions/\(old)/lifecycle", ["event": "missed"])
            try await eventually("a sync") { try fleet.graph.deltaRequests() > rounds }
            try fleet.graph.control("DELETE", "/subscriptions/\(old)")
            try await eventually("another subscription") {
                let all = try fleet.graph.subscriptions()
                return all.count == 1 && all[0]["id"]?.string != old
            }
            #expect(receiver.fates.allSatisfy { $0 == .taken })
        }
    }

    @Test("S68 three notifications in two seconds for one event: at most two syncs, one event.created")
    func burst() async throws {
        try await world { fleet, receiver, _ in
            try await fleet.connect("r", to: Self.mailbox, more: Self.realtime)
            let rounds = try fleet.graph.deltaRequests()
            // Graph tells of a new event twice by itself, as created and as updated.
            let id = try fleet.graph.addEvent(Self.mailbox, "One", hours: 2)
            try await eventually("the first sync") { try await fleet.changes.count == 2 }
            try fleet.graph.control("POST", "/mailboxes/\(Self.mailbox)/events/\(id)/touch")
            try await eventually("three notices") { receiver.fates.count >= 3 }
            try await eventually("nothing more waits") {
                try await fleet.allKeys().contains { $0.hasPrefix("later:") || $0 == "head" } == false
            }
            #expect(try fleet.graph.deltaRequests() <= rounds + 2)
            #expect(try await fleet.changes.map(\.type) == ["calendar.connected", "event.created"])
        }
    }

    @Test("the maker's credential goes: another connection's makes a new one first, and no change is lost")
    func handover() async throws {
        try await world { fleet, _, _ in
            try await fleet.connect("r", to: Self.mailbox, more: Self.realtime)
            try await fleet.connect("s", to: Self.mailbox, more: Self.realtime)
            #expect(try fleet.graph.subscriptions().count == 1)
            #expect(try await fleet.disconnect("r").type == "disconnect.succeeded")
            #expect(try fleet.graph.subscriptions().count == 1)
            let before = try await fleet.changes.count
            try fleet.graph.addEvent(Self.mailbox, "After", hours: 2)
            try await eventually("the change") { try await fleet.changes.count == before + 1 }
            try await fleet.makeSubscriptionDue(Self.mailbox, renews: true)
            try await eventually("the renewal") {
                try await fleet.subscriptionDue(Self.mailbox).map { $0.timeIntervalSinceNow > 86_400 } ?? false
            }
            #expect(try fleet.graph.subscriptions().count == 1)
        }
    }

    @Test("connections that workers without a webhook URL made are watched after their next sync")
    func later() async throws {
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.withWorker { _ in
                let entry = try await fleet.connect("r", to: Self.mailbox, more: Self.realtime)
                #expect(entry.message?.contains("Realtime is not available here") == true)
            }
            try await Receiver.with(fleet) { _, url in
                try await fleet.withWorker(webhookURL: url, configure: { $0.realtimeInterval = .milliseconds(50) }) {
                    _ in
                    _ = try await fleet.sync("r")
                    try await eventually("the subscription") { try fleet.graph.subscriptions().count == 1 }
                    // Known here, too: a worker that stops in between leaves the mailbox to others after a while.
                    try await eventually("its renewal") {
                        try await fleet.subscriptionDue(Self.mailbox).map { $0.timeIntervalSinceNow > 3600 } ?? false
                    }
                }
            }
            // To end a subscription takes no URL.
            try await fleet.withWorker { _ in _ = try await fleet.disconnect("r") }
            #expect(try fleet.graph.subscriptions().isEmpty)
            #expect(try await fleet.subscriptionDue(Self.mailbox) == nil)
        }
    }

    @Test("another mailbox: its subscription is made, the old one's goes")
    func otherMailbox() async throws {
        try await world { fleet, _, _ in
            try fleet.graph.addMailbox("other@example.com")
            try await fleet.connect("r", to: Self.mailbox, more: Self.realtime)
            try await fleet.connect("r", to: "other@example.com", more: Self.realtime)
            let all = try fleet.graph.subscriptions()
            #expect(all.compactMap { $0["mailbox"]?.string } == ["other@example.com"])
            try await fleet.connect("r", to: "other@example.com")
            #expect(try fleet.graph.subscriptions().isEmpty)
        }
    }

    @Test("a connect that fails leaves no subscription, and a disconnect succeeds when consent is dead")
    func leftovers() async throws {
        try await world { fleet, _, _ in
            try fleet.graph.fault("calendarView/delta", times: 0, ["status": 403])
            let tokens = try fleet.graph.tokens(Self.mailbox)
            let failed = try await fleet.run(
                "c",
                "{\"kind\":\"connect\",\"tenant_id\":\"acme\",\"resource_id\":\"r\",\"oauth_token\":\(tokens)"
                    + "\(Self.realtime)}")
            #expect(failed.code == "access_denied")
            try fleet.graph.clearFaults()
            try await fleet.connect("r", to: Self.mailbox, more: Self.realtime)
            try fleet.graph.revoke(Self.mailbox)
            try fleet.graph.expireTokens()
            let entry = try await fleet.disconnect("r")
            #expect(entry.type == "disconnect.succeeded")
            try await eventually("nothing left") {
                try await fleet.allKeys().filter { $0.hasPrefix("sub") || $0.hasPrefix("cred") } == []
            }
        }
    }
}

extension GraphWorld {
    /// The subscriptions that live.
    func subscriptions() throws -> [JSON] { try control("GET", "/subscriptions").array ?? [] }

    func deltaRequests() throws -> Int { try requests().count { $0.contains("/delta") } }
}

extension Fleet {
    /// When something is due for a mailbox's subscription.
    func subscriptionDue(_ mailbox: String) async throws -> Date? {
        let reply = try await redis.send(["ZSCORE", .string(keys.prefix + "subdue"), .string(mailbox)])
        return reply.string.flatMap(Double.init).map { Date(timeIntervalSince1970: $0 / 1000) }
    }

    /// It is due now; with `renews` because its time comes to an end.
    func makeSubscriptionDue(_ mailbox: String, renews: Bool = false) async throws {
        if renews { try await redis.send(["HSET", .string(keys.prefix + "sub:" + mailbox), "renew", 1]) }
        try await redis.send(["ZADD", .string(keys.prefix + "subdue"), "XX", 1, .string(mailbox)])
    }
}
