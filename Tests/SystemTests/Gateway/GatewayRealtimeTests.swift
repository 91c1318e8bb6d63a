// Goal: a change in Outlook is in `outlook:changes` within a second, and what Graph sends sets off as many syncs as it
// should. Method: a worker that subscribes at the simulator, a real gateway that the simulator notifies, changes by
// people; the time from the change to the stream's entry.

import Foundation
import TestSupport
import Testing

@Suite("Gateway: real time")
struct GatewayRealtimeTests {
    /// Connects so many mailboxes in real time and waits for their subscriptions.
    static func connect(_ count: Int, _ fleet: Fleet, _ gateway: GatewayProgram) async throws -> [Link] {
        try await fleet.startWorker(["--webhook-url", "http://127.0.0.1:\(gateway.port)"])
        var links: [Link] = []
        var jobs: [String] = []
        for number in 0..<count {
            let mailbox = try fleet.simulator.mailbox("live-\(number)@acme.example")
            var link = try fleet.link(mailbox, tenant: "tenant-\(number % 10)", resource: "room-\(number)")
            link.settings = ["frequency": "realtime"]
            jobs.append(try fleet.push(link.payload))
            links.append(link)
        }
        for entry in try await fleet.results(of: jobs) { #expect(entry.type == "connect.succeeded", "\(entry)") }
        try await eventually("\(count) subscriptions", within: .seconds(60)) {
            try fleet.simulator.control("GET", "subscriptions").elements.count >= count
        }
        return links
    }

    @Test("a change in Outlook is in outlook:changes within a second at p95, with 100 connections in real time")
    func latency() async throws {
        try await Fleet.run(Fleet.Options(workers: 0)) { fleet in
            try await fleet.withGateways { gateways in
                let links = try await Self.connect(100, fleet, gateways[0])
                let mark = try fleet.changesMark()
                var made: [String: Date] = [:]
                for link in links {
                    made[link.resource] = Date()
                    try link.mailbox.create(GraphEvent.timed("Change", fleet.day(2, hour: 9)))
                }
                var seen: [String: Date] = [:]
                try await eventually("the changes of all", within: .seconds(60)) {
                    for entry in try fleet.changes(since: mark) where entry.type == "event.created" {
                        let milliseconds = entry.id.split(separator: "-").first.flatMap { Double($0) } ?? 0
                        let resource = entry.connection.split(separator: "/").last.map(String.init) ?? ""
                        seen[resource] = seen[resource] ?? Date(timeIntervalSince1970: milliseconds / 1000)
                    }
                    return seen.count == links.count
                }
                let times = made.compactMap { resource, at in seen[resource]?.timeIntervalSince(at) }.sorted()
                let (median, high) = (times[times.count / 2], times[times.count * 95 / 100])
                let line = "change to outlook:changes, \(links.count) connections: p50 \(median) s, p95 \(high) s\n"
                FileHandle.standardError.write(Data(line.utf8))
                #expect(high < 1)
            }
        }
    }

    @Test("S67: of many items in one post each counts by itself; one with a wrong secret starts nothing")
    func many() async throws {
        try await Fleet.run(Fleet.Options(workers: 0)) { fleet in
            try await fleet.withGateways { gateways in
                _ = try await Self.connect(4, fleet, gateways[0])
                let items = try fleet.simulator.control("GET", "subscriptions").elements.map { subscription in
                    let isForged = subscription["mailbox"].string == "live-0@acme.example"
                    return GatewayWebhookTests.item(
                        subscription["id"].string ?? "", state: isForged ? "guess" : subscription["clientState"].string)
                }
                let before = try fleet.simulator.graphRequests().filter(\.isDelta).count
                let post = GatewayWebhookTests.post(items + items + items)
                #expect(try gateways[0].http.request("POST", "/webhooks/graph", body: post).status == 202)
                try await eventually("three mailboxes are read") {
                    try fleet.simulator.graphRequests().filter(\.isDelta).count >= before + 3
                }
                let after = try fleet.simulator.graphRequests().filter(\.isDelta).count
                #expect(after == before + 3)
            }
        }
    }
}
