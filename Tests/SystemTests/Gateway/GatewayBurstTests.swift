// Goal: no notification that was acknowledged is lost, at 5,000 items a second in posts of 20, though a gateway is
// killed in between. Method: mailboxes that changed while nobody listened; each one's notification is in exactly one
// post of a burst at two gateways, among forged and unknown ones; what fails is sent again to the other gateway, as
// Graph does. Afterwards a worker starts: the change of every mailbox whose post was answered 202 must come, long
// before any poll, and that of mailboxes without a notification must not.

import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("Gateway: bursts of notifications")
struct GatewayBurstTests {
    private static let mailboxes = 100
    /// Mailboxes that nobody is told of: what comes of their changes would have come without a notification, too.
    private static let untold = 5
    private static let posts = 2000
    private static let itemsOfPost = 20
    private static let senders = 8

    /// What became of the posts.
    private final class Tally: Sendable {
        struct Sums {
            var statuses: [Int: Int] = [:]
            var repeated = 0
            var times: [Duration] = []
        }

        let sums = Mutex(Sums())

        func count(_ status: Int, _ time: Duration, repeated: Int) {
            sums.withLock { sums in
                sums.statuses[status, default: 0] += 1
                sums.repeated += repeated
                sums.times.append(time)
            }
        }

        var answered: Int { sums.withLock { $0.times.count } }
    }

    @Test("S73: 5,000 items a second, a gateway killed in between: every one that was acknowledged brings its sync")
    func killed() async throws {
        try await Fleet.run(Fleet.Options(workers: 0)) { fleet in
            try await fleet.withGateways(3) { gateways in
                let links = try await GatewayRealtimeTests.connect(Self.mailboxes, fleet, gateways[0])
                let posts = try Self.bodies(fleet, told: links.dropFirst(Self.untold))
                // Nobody is left whom the simulator could tell, and nobody who would read.
                gateways[0].signal(SIGKILL)
                for worker in fleet.workers { try await worker.kill() }
                let mark = try fleet.changesMark()
                for link in links { try link.mailbox.create(GraphEvent.timed("Change", fleet.day(2, hour: 9))) }

                let tally = Tally()
                let clock = ContinuousClock()
                let began = clock.now
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for sender in 0..<Self.senders {
                        group.addTask {
                            try await inBackground { try Self.send(posts, sender, Array(gateways[1...]), tally) }
                        }
                    }
                    try await eventually("half of the posts", within: .seconds(60)) {
                        tally.answered >= Self.posts / 2
                    }
                    gateways[1].signal(SIGKILL)
                    try await group.waitForAll()
                }
                Self.report(tally, clock.now - began)

                try await fleet.startWorker(["--webhook-url", "http://127.0.0.1:\(gateways[2].port)"])
                var seen: Set<String> = []
                try await eventually("the changes of all that were told of", within: .seconds(60)) {
                    for entry in try fleet.changes(since: mark) where entry.type == "event.created" {
                        seen.insert(entry.connection)
                    }
                    return seen.count >= Self.mailboxes - Self.untold
                }
                let told = Set(links.dropFirst(Self.untold).map { "\($0.tenant)/\($0.resource)" })
                #expect(seen == told)
            }
        }
    }

    /// The bodies of all posts: 20 items each; every told mailbox's own item in exactly one of them, spread evenly.
    private static func bodies(_ fleet: Fleet, told: ArraySlice<Link>) throws -> [JSON] {
        var items: [String: JSON] = [:]
        for subscription in try fleet.simulator.control("GET", "subscriptions").elements {
            items[subscription["mailbox"].string ?? ""] = GatewayWebhookTests.item(
                subscription["id"].string ?? "", state: subscription["clientState"].string)
        }
        // Forged ones of subscriptions that there are, and others: each is looked up like a right one.
        let ids = items.values.compactMap { $0["subscriptionId"].string }.prefix(itemsOfPost / 2)
        let others = (0..<itemsOfPost).map { number in
            GatewayWebhookTests.item(
                number < ids.count ? ids[number] : "unknown-\(number)", state: "secret-\(number)")
        }
        var bodies = Array(repeating: others, count: posts)
        for (number, link) in told.enumerated() {
            guard let item = items[link.mailbox.address] else { throw TestSupportError("no subscription") }
            bodies[number * posts / told.count][itemsOfPost - 1] = item
        }
        return bodies.map(GatewayWebhookTests.post)
    }

    /// Every so-manieth post, in turn to the gateways; what isn't answered 202 is sent again, to the next one.
    private static func send(_ posts: [JSON], _ sender: Int, _ gateways: [GatewayProgram], _ tally: Tally) throws {
        let clock = ContinuousClock()
        for number in stride(from: sender, to: posts.count, by: senders) {
            let began = clock.now
            for attempt in 0... {
                let gateway = gateways[(number + attempt) % gateways.count]
                let answer = try? gateway.http.request("POST", "/webhooks/graph", body: posts[number])
                if answer?.status == 202 || attempt == 20 {
                    tally.count(answer?.status ?? 0, clock.now - began, repeated: attempt)
                    break
                }
            }
        }
    }

    private static func report(_ tally: Tally, _ time: Duration) {
        let sums = tally.sums.withLock { $0 }
        let times = sums.times.sorted()
        let rate = Int(Double(posts * itemsOfPost) / (time / .seconds(1)))
        let line =
            "webhook burst, one of two gateways killed: \(rate) items/s, \(sums.repeated) posts sent again, "
            + "p50 \(times[times.count / 2]), p90 \(times[times.count * 9 / 10]), max \(times[times.count - 1])\n"
        FileHandle.standardError.write(Data(line.utf8))
        #expect(sums.statuses == [202: posts])
        #expect(times[times.count * 9 / 10] < .seconds(1))
        #expect(times[times.count - 1] < .seconds(3))
        #expect(rate >= 5000)
    }
}
