// Goal: Graph's notifications are kept before they are acknowledged, prove themselves, and tell a stranger nothing.
// Method: real gateways and Redis; subscriptions that a worker made at the simulator, and posts made up here.

import Foundation
import TestSupport
import Testing

@Suite("Gateway: webhooks")
struct GatewayWebhookTests {
    static func item(_ subscription: String, state: String?, event: String = "e") -> JSON {
        var item: JSON = [
            "subscriptionId": .string(subscription), "changeType": "updated", "resource": "Users/1/Events/1",
            "resourceData": ["id": .string(event)],
        ]
        if let state { item["clientState"] = .string(state) }
        return item
    }

    static func post(_ items: [JSON]) -> JSON { ["value": .array(items)] }

    @Test("S65: the handshake answers the decoded token as plain text, and nothing is enqueued")
    func handshake() async throws {
        try await Fleet.run(Fleet.Options(workers: 0, simulator: false)) { fleet in
            try await fleet.withGateways { gateways in
                for (sent, echoed) in [
                    ("Validation%3a+Testing%20client%2Fid%3D%2B%C3%A9", "Validation: Testing client/id=+é"),
                    ("%3Cscript%3E1%3C%2Fscript%3E", "<script>1</script>"),
                ] {
                    let answer = try gateways[0].http.request("POST", "/webhooks/graph?validationToken=\(sent)")
                    #expect(answer.status == 200 && answer.text == echoed)
                    #expect(answer.header("Content-Type")?.hasPrefix("text/plain") == true)
                    #expect(answer.header("X-Content-Type-Options") == "nosniff")
                }
                let long = String(repeating: "a", count: 5000)
                #expect(try gateways[0].http.request("POST", "/webhooks/graph?validationToken=\(long)").status == 400)
                try GatewayBadInputTests.expectNothingEnqueued(fleet)
            }
        }
    }

    @Test("S66, S74: unknown subscriptions, wrong secrets and odd items are all answered alike, and start nothing")
    func strangers() async throws {
        try await Fleet.run(Fleet.Options(workers: 0, simulator: false)) { fleet in
            try await fleet.withGateways { gateways in
                let before = try fleet.probe.call("KEYS", "*").strings.count
                let posts: [JSON] = [
                    Self.post([Self.item("nobody", state: "guess")]), Self.post([Self.item("nobody", state: nil)]),
                    Self.post([]), ["value": "x"], ["value": [1, nil, "x", ["subscriptionId": 7]]], [], [1],
                    Self.post([["subscriptionId": "s", "clientState": "c", "lifecycleEvent": "new-in-2030"]]),
                ]
                for post in posts {
                    let answer = try gateways[0].http.request("POST", "/webhooks/graph", body: post)
                    #expect(answer.status == 202 && answer.body.isEmpty, "\(post.text)")
                }
                let head = "POST /webhooks/graph HTTP/1.1\r\nContent-Type: application/json\r\n"
                #expect(try gateways[0].http.raw(head, body: Array("{\"value\":[".utf8)).status == 202)
                #expect(try gateways[0].http.raw(head, body: []).status == 202)
                #expect(try gateways[0].http.raw(head, length: 10_000_000, body: []).status == 413)
                #expect(try fleet.probe.call("KEYS", "*").strings.count == before)
                try GatewayBadInputTests.expectNothingEnqueued(fleet)
            }
        }
    }

    @Test("without Redis a post is answered 503 within three seconds, so that Graph sends it again")
    func redisAway() async throws {
        try await Fleet.run(Fleet.Options(workers: 0, simulator: false)) { fleet in
            try await fleet.withGateways { gateways in
                try await fleet.redis.kill()
                let post = Self.post([Self.item("s", state: "c")])
                var status = 0
                let time = try ContinuousClock().measure {
                    status = try gateways[0].http.request("POST", "/webhooks/graph", body: post).status
                }
                #expect(status == 503)
                #expect(time < .seconds(3))
            }
        }
    }
}
