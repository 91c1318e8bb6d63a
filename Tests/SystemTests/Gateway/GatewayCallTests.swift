// Goal: the product's API does what CONTRACT, section 8, says, also over two instances. Method: real gateways, worker,
// Redis and simulator; each call as the product makes it.

import Foundation
import TestSupport
import Testing

@Suite("Gateway: calls")
struct GatewayCallTests {
    static func body(_ link: Link) -> JSON {
        ["resource_id": .string(link.resource), "oauth_token": link.token]
    }

    @Test("connect, list, events, availability, sync and disconnect answer as the contract says")
    func round() async throws {
        try await Fleet.run { fleet in
            try await fleet.withGateways { gateways in
                let gateway = gateways[0]
                let link = try fleet.link()
                let from = fleet.day(2, hour: 9)
                try link.mailbox.create(GraphEvent.timed("Review", from, minutes: 120))
                let connected = try gateway.call("POST", "/calendars/outlook/connect", body: Self.body(link))
                #expect(connected.status == 200, "\(connected.text)")
                #expect(connected.json["type"].string == "connect.succeeded")
                #expect(connected.json["message"].string == "Outlook Calendar connected successfully.")

                let list = try gateway.call("GET", "/calendars/outlook").json["calendars"].elements
                #expect(list.map { $0["resource_id"].string } == ["room-1"])
                #expect(list.first?["state"].string == "active")
                #expect(
                    try gateway.call("GET", "/calendars/outlook", key: GatewayProgram.linguaKey).text.contains("[]"))

                let path = "/calendars/outlook/primary/events?resource_id=room-1"
                let events = try gateway.call("GET", path)
                #expect(events.json["events"].elements.map { $0["title"].string } == ["Review"])
                let tag = try #require(events.header("ETag"))
                let again = try gateway.call("GET", path, headers: ["If-None-Match": tag])
                #expect(again.status == 304 && again.body.isEmpty)

                let busy = try gateway.call("GET", "/calendars/outlook/\(Self.encoded(link.calendarID))/availability")
                #expect(busy.json["busy"].elements.map { $0["start_time"].string } == [Instant.write(from)])
                #expect(busy.json["window"]["from"].string.map { $0 < Instant.write(from) } == true, "\(busy.text)")

                let synced = try gateway.call("POST", "/calendars/outlook/primary/sync?resource_id=room-1")
                #expect(synced.json["message"].string == "Outlook Calendar synchronized successfully.")
                let gone = try gateway.call("DELETE", "/calendars/outlook/primary?resource_id=room-1")
                #expect(gone.json["message"].string == "Outlook Calendar disconnected successfully.")
                #expect(try gateway.call("GET", path).json["code"].string == "not_connected")
                try fleet.expectNoSecretAnywhere()
            }
        }
    }

    @Test("a long list comes in pages, each event once, by start")
    func pages() async throws {
        try await Fleet.run { fleet in
            try await fleet.withGateways { gateways in
                let link = try fleet.link()
                try link.mailbox.fill(45, from: fleet.day(1), days: 20)
                try await link.connect()
                var path: String? = "/calendars/outlook/primary/events?resource_id=room-1&limit=10"
                var starts: [String] = []
                var ids: Set<String> = []
                while let next = path {
                    let page = try gateways[0].call("GET", next)
                    let events = page.json["events"].elements
                    #expect(events.count <= 10)
                    starts += events.compactMap { $0["start_time"].string }
                    ids.formUnion(events.compactMap { $0["event_id"].string })
                    path = page.header("Link").flatMap { $0.split(separator: ">").first.map { String($0.dropFirst()) } }
                }
                let mirrored = try link.mirror().count
                #expect(ids.count == starts.count)
                #expect(starts.count == mirrored)
                #expect(starts == starts.sorted())
            }
        }
    }

    @Test("what takes longer than Prefer: wait says is 202, and GET /jobs tells the end, at either instance")
    func waiting() async throws {
        try await Fleet.run(Fleet.Options(workers: 0)) { fleet in
            try await fleet.withGateways(2) { gateways in
                let link = try fleet.link()
                let answer = try gateways[0].call(
                    "POST", "/calendars/outlook/connect",
                    headers: ["Prefer": "wait=0", "Idempotency-Key": "slow-1"], body: Self.body(link))
                #expect(answer.status == 202 && answer.header("Location") == "/jobs/slow-1")
                // What lies in Redis before a worker takes it in holds no token.
                try fleet.expectNoSecretAnywhere()
                #expect(try gateways[1].call("GET", "/jobs/slow-1").status == 202)
                #expect(try gateways[1].call("GET", "/jobs/slow-1", key: GatewayProgram.linguaKey).status == 404)
                #expect(try gateways[1].call("GET", "/jobs/never").status == 404)
                try await fleet.startWorker()
                try await eventually("the job's end is told") {
                    try gateways[1].call("GET", "/jobs/slow-1").status == 200
                }
                try fleet.expectNoSecretAnywhere()
            }
        }
    }

    @Test("a failed job answers the status of its code")
    func failures() async throws {
        try await Fleet.run { fleet in
            try await fleet.withGateways { gateways in
                let unknown = try gateways[0].call("POST", "/calendars/outlook/primary/sync?resource_id=nobody")
                #expect(unknown.status == 404 && unknown.json["code"].string == "not_connected")
                for resource in ["room-1", "room-2"] {
                    let mailbox = try fleet.simulator.mailbox("\(resource)@acme.example")
                    try await fleet.link(mailbox, resource: resource).connect()
                }
                let several = try gateways[0].call("POST", "/calendars/outlook/primary/sync")
                #expect(several.status == 409 && several.json["code"].string == "ambiguous_calendar")
                #expect(try gateways[0].call("GET", "/calendars/outlook/primary/events").status == 409)
                // A resource and another one's calendar: neither is meant, and neither is touched.
                let list = try gateways[0].call("GET", "/calendars/outlook").json["calendars"].elements
                let first = Self.encoded(list.first?["calendar_id"].string ?? "")
                for (method, path) in [
                    ("GET", "/events"), ("GET", "/availability"), ("POST", "/sync"), ("DELETE", ""),
                ] {
                    let crossed = try gateways[0].call(method, "/calendars/outlook/\(first)\(path)?resource_id=room-2")
                    #expect(
                        crossed.status == 404 && crossed.json["code"].string == "not_connected", "\(method) \(path)")
                    let own = "/calendars/outlook/\(first)\(path)?resource_id=room-1"
                    if method != "DELETE" { #expect(try gateways[0].call(method, own).status == 200) }
                }
                #expect(try gateways[0].call("GET", "/calendars/outlook").json["calendars"].elements.count == 2)
                let dead = try fleet.link(try fleet.simulator.mailbox("dead@acme.example"), resource: "room-3")
                try dead.mailbox.revokeConsent()
                let refused = try gateways[0].call("POST", "/calendars/outlook/connect", body: Self.body(dead))
                #expect(refused.status == 409 && refused.json["code"].string == "reconnect_required")
            }
        }
    }

    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }
}
