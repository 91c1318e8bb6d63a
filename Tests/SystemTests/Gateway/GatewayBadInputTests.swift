// Goal: whatever is sent, the answer has the right status, tells nothing, and nothing is enqueued. Method: each kind of
// bad request against a real gateway without a worker: what was enqueued would lie in the lists.

import Foundation
import TestSupport
import Testing

@Suite("Gateway: bad input")
struct GatewayBadInputTests {
    struct Bad: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let request: String
        var body = ""
        let status: Int
    }

    static let auth = "Authorization: Bearer \(GatewayProgram.acmeKey)\r\n"
    static let json = auth + "Content-Type: application/json\r\n"

    static let requests: [Bad] = [
        Bad(testDescription: "no key", request: "GET /calendars/outlook HTTP/1.1\r\n", status: 401),
        Bad(
            testDescription: "a wrong key",
            request: "GET /calendars/outlook HTTP/1.1\r\nAuthorization: Bearer wrong-key-0123456789\r\n", status: 401),
        Bad(
            testDescription: "another scheme",
            request: "GET /calendars/outlook HTTP/1.1\r\nAuthorization: Basic YTpi\r\n", status: 401),
        Bad(testDescription: "no such path", request: "GET /admin HTTP/1.1\r\n\(auth)", status: 404),
        Bad(testDescription: "dot segments", request: "GET /calendars/../jobs HTTP/1.1\r\n\(auth)", status: 400),
        Bad(
            testDescription: "encoded dot segments",
            request: "GET /calendars/outlook/%2e%2e/events HTTP/1.1\r\n\(auth)", status: 400),
        Bad(testDescription: "a doubled slash", request: "GET //calendars/outlook HTTP/1.1\r\n\(auth)", status: 404),
        Bad(testDescription: "a NUL in the path", request: "GET /jobs/%00 HTTP/1.1\r\n\(auth)", status: 400),
        Bad(
            testDescription: "a line break in the path",
            request: "GET /jobs/a%0d%0aX-Evil:%201 HTTP/1.1\r\n\(auth)", status: 400),
        Bad(
            testDescription: "a line break in a parameter",
            request: "GET /calendars/outlook?cursor=a%0d%0ab HTTP/1.1\r\n\(auth)", status: 400),
        Bad(
            testDescription: "a long path",
            request: "GET /jobs/\(String(repeating: "a", count: 5000)) HTTP/1.1\r\n\(auth)", status: 414),
        Bad(
            testDescription: "another method", request: "PUT /calendars/outlook HTTP/1.1\r\n\(auth)", status: 405),
        Bad(
            testDescription: "another method on a callback",
            request: "POST /calendars/outlook/callback HTTP/1.1\r\n", status: 405),
        Bad(
            testDescription: "no JSON", request: "POST /calendars/outlook/connect HTTP/1.1\r\n\(json)", body: "{]",
            status: 400),
        Bad(
            testDescription: "a key twice", request: "POST /calendars/outlook/connect HTTP/1.1\r\n\(json)",
            body: "{\"resource_id\":\"a\",\"resource_id\":\"b\"}", status: 400),
        Bad(
            testDescription: "too deep", request: "POST /calendars/outlook/connect HTTP/1.1\r\n\(json)",
            body: "{\"a\":" + String(repeating: "[", count: 100), status: 400),
        Bad(
            testDescription: "a form",
            request: "POST /calendars/outlook/connect HTTP/1.1\r\n\(auth)"
                + "Content-Type: application/x-www-form-urlencoded\r\n", body: "resource_id=a", status: 415),
        Bad(
            testDescription: "another tenant", request: "POST /calendars/outlook/connect HTTP/1.1\r\n\(json)",
            body: "{\"tenant_id\":\"lingua\",\"resource_id\":\"a\",\"oauth_token\":\"t\"}", status: 403),
        Bad(
            testDescription: "another kind", request: "POST /calendars/outlook/connect HTTP/1.1\r\n\(json)",
            body: "{\"kind\":\"disconnect\",\"resource_id\":\"a\"}", status: 400),
        Bad(
            testDescription: "a sealed token made up", request: "POST /calendars/outlook/connect HTTP/1.1\r\n\(json)",
            body: "{\"resource_id\":\"a\",\"oauth_token\":{\"sealed\":\"k:AAAA\"}}", status: 400),
        Bad(
            testDescription: "an odd resource",
            request: "POST /calendars/outlook/primary/sync?resource_id=a%2Fb HTTP/1.1\r\n\(auth)", status: 400),
        Bad(
            testDescription: "an odd Idempotency-Key",
            request: "POST /calendars/outlook/primary/sync?resource_id=a HTTP/1.1\r\n\(auth)Idempotency-Key: "
                + String(repeating: "k", count: 200) + "\r\n", status: 400),
        Bad(
            testDescription: "a booking without times",
            request: "POST /calendars/outlook/primary/sync?resource_id=a HTTP/1.1\r\n\(json)",
            body: "{\"bookings\":[{\"booking_id\":\"b\",\"op\":\"upsert\"}]}", status: 400),
        Bad(
            testDescription: "a preflight from another origin",
            request: "OPTIONS /calendars/outlook HTTP/1.1\r\nOrigin: https://evil.example\r\n"
                + "Access-Control-Request-Method: GET\r\n", status: 405),
        Bad(testDescription: "a trailing slash", request: "GET /calendars/outlook/ HTTP/1.1\r\n\(auth)", status: 404),
        Bad(testDescription: "no UTF-8 in the path", request: "GET /jobs/%ff%fe HTTP/1.1\r\n\(auth)", status: 400),
        Bad(testDescription: "half an escape", request: "GET /jobs/%4 HTTP/1.1\r\n\(auth)", status: 400),
        Bad(
            testDescription: "an encoded slash in a calendar's id",
            request: "GET /calendars/outlook/a%2Fb/events HTTP/1.1\r\n\(auth)", status: 404),
        Bad(
            testDescription: "a time without an offset",
            request: "GET /calendars/outlook/primary/events?from=2026-05-01T00:00:00 HTTP/1.1\r\n\(auth)", status: 400),
        Bad(
            testDescription: "a day that isn't",
            request: "GET /calendars/outlook/primary/events?to=2026-02-30T00:00:00Z HTTP/1.1\r\n\(auth)", status: 400),
        Bad(
            testDescription: "from behind to",
            request: "GET /calendars/outlook/primary/events?from=2027-01-01T00:00:00Z&to=2026-01-01T00:00:00Z HTTP/1.1"
                + "\r\n\(auth)", status: 400),
        Bad(
            testDescription: "a parameter twice",
            request: "GET /calendars/outlook/primary/events?from=2026-01-01T00:00:00Z&from=2026-01-02T00:00:00Z "
                + "HTTP/1.1\r\n\(auth)", status: 400),
        Bad(
            testDescription: "a page of none",
            request: "GET /calendars/outlook?limit=0 HTTP/1.1\r\n\(auth)", status: 400),
        Bad(
            testDescription: "two lengths",
            request: "POST /calendars/outlook/connect HTTP/1.1\r\n\(json)Content-Length: 5\r\n", body: "{}", status: 400
        ),
        Bad(
            testDescription: "a length and chunks",
            request: "POST /calendars/outlook/connect HTTP/1.1\r\n\(json)Transfer-Encoding: chunked\r\n",
            body: "0\r\n\r\n", status: 400),
        Bad(testDescription: "no HTTP", request: "\u{16}\u{3}\u{1} hello\r\n", status: 400),
        Bad(
            testDescription: "a line that folds",
            request: "GET /calendars/outlook HTTP/1.1\r\n\(auth)X-A: b\r\n c: d\r\n", status: 400),
        Bad(
            testDescription: "a header list beyond all measure",
            request: "GET /livez HTTP/1.1\r\nX-Long: \(String(repeating: "x", count: 100_000))\r\n", status: 400),
    ]

    @Test("bad requests get their status, leak nothing and enqueue nothing")
    func bad() async throws {
        try await Fleet.run(Fleet.Options(workers: 0)) { fleet in
            try await fleet.withGateways { gateways in
                for bad in Self.requests {
                    let answer = try gateways[0].http.raw(bad.request, body: Array(bad.body.utf8))
                    #expect(answer.status == bad.status, "\(bad.testDescription): \(answer.text)")
                    #expect(answer.header("X-Evil") == nil, "\(bad.testDescription)")
                    // RFC 9457, also where no call of ours was reached.
                    #expect(answer.header("Content-Type") == "application/problem+json", "\(bad.testDescription)")
                    #expect(answer.json["status"].int == bad.status && answer.json["code"].string != nil)
                    #expect(answer.json["request_id"].string == answer.header("X-Request-Id"))
                    #expect(answer.header("Access-Control-Allow-Origin") == nil)
                    for secret in [GatewayProgram.acmeKey, Fleet.clientSecret, "wrong-key"] {
                        #expect(!answer.text.contains(secret), "\(bad.testDescription)")
                    }
                }
                try Self.expectNothingEnqueued(fleet)
            }
        }
    }

    @Test("an oversized body is refused by its length, and by its bytes when it hides its length")
    func oversized() async throws {
        try await Fleet.run(Fleet.Options(workers: 0, simulator: false)) { fleet in
            try await fleet.withGateways { gateways in
                let head = "POST /calendars/outlook/connect HTTP/1.1\r\n\(Self.json)"
                let told = try gateways[0].http.raw(head, length: 50_000_000, body: [])
                #expect(told.status == 413)
                let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0x20, count: 0x10000) + Array("\r\n".utf8)
                let hidden = try gateways[0].http.raw(
                    head + "Transfer-Encoding: chunked\r\n", length: nil,
                    body: Array(repeatElement(chunk, count: 40).joined()))
                #expect(hidden.status == 413)
                try Self.expectNothingEnqueued(fleet)
            }
        }
    }

    @Test("a body that trickles is cut off, and others are served meanwhile")
    func slow() async throws {
        try await Fleet.run(Fleet.Options(workers: 0, simulator: false)) { fleet in
            try await fleet.withGateways { gateways in
                let head = "POST /calendars/outlook/connect HTTP/1.1\r\n\(Self.json)"
                async let slow = inBackground { try gateways[0].http.raw(head, length: 1000, body: [0x7B]) }
                #expect(try gateways[0].call("GET", "/calendars/outlook").status == 200)
                let cut = try await slow.status
                #expect(cut == 408)
            }
        }
    }

    @Test("guessing keys gets slower; a key that was right before isn't held up")
    func guessing() async throws {
        try await Fleet.run(Fleet.Options(workers: 0, simulator: false)) { fleet in
            try await fleet.withGateways { gateways in
                #expect(try gateways[0].call("GET", "/calendars/outlook").status == 200)
                for number in 0..<12 {
                    #expect(
                        try gateways[0].call("GET", "/calendars/outlook", key: "guess-number-\(number)-000").status
                            == 401)
                }
                let clock = ContinuousClock()
                let guess = try clock.measure {
                    _ = try gateways[0].call("GET", "/calendars/outlook", key: "guess-number-last")
                }
                #expect(guess > .milliseconds(500))
                var status = 0
                let right = try clock.measure {
                    status = try gateways[0].call("GET", "/calendars/outlook").status
                }
                #expect(status == 200)
                #expect(right < guess)
            }
        }
    }

    @Test("a body that nobody wants ends its connection, so that it can't be fed for ever")
    func unwanted() async throws {
        try await Fleet.run(Fleet.Options(workers: 0, simulator: false)) { fleet in
            try await fleet.withGateways { gateways in
                let head = "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
                let descriptor = try BlockingSocket.connect(port: gateways[0].port)
                defer { close(descriptor) }
                try BlockingSocket.writeAll(Array(head.utf8), to: descriptor)
                let began = ContinuousClock.now
                let answer = try await inBackground { () -> String in
                    var bytes: [UInt8] = []
                    while case let more = try BlockingSocket.readOrEnd(from: descriptor), !more.isEmpty {
                        bytes += more
                    }
                    return String(decoding: bytes, as: UTF8.self)
                }
                #expect(answer.hasPrefix("HTTP/1.1 200") && answer.lowercased().contains("connection: close"))
                #expect(ContinuousClock.now - began < .seconds(10))
            }
        }
    }

    @Test("SIGHUP while calls come drops none of them")
    func rotationUnderLoad() async throws {
        try await Fleet.run(Fleet.Options(workers: 0, simulator: false)) { fleet in
            try await fleet.withGateways { gateways in
                let gateway = gateways[0]
                let ask: @Sendable () throws -> [Int] = {
                    try (0..<150).map { _ in try gateway.call("GET", "/calendars/outlook").status }
                }
                async let first = inBackground(ask)
                async let second = inBackground(ask)
                for round in 1...20 {
                    gateway.signal(SIGHUP)
                    try await eventually("keys read for the \(round)th time") {
                        gateway.log.components(separatedBy: "tenant keys read again").count > round
                    }
                }
                let statuses = try await first + second
                #expect(statuses.count == 300 && statuses.allSatisfy { $0 == 200 })
            }
        }
    }

    @Test("SIGHUP reads the keys again: new ones count, dropped ones don't, a broken file changes nothing")
    func rotation() async throws {
        try await Fleet.run(Fleet.Options(workers: 0, simulator: false)) { fleet in
            try await fleet.withGateways { gateways in
                let keys = fleet.directory.file("tenant.keys")
                let made = try await runProgram(Executables.fleet, ["tenant", "key", "acme"])
                let fresh = String(made.dropFirst("acme:".count))
                try writeFile(keys, made + "\n")
                gateways[0].signal(SIGHUP)
                _ = try await gateways[0].logLine("tenant keys read again")
                #expect(try gateways[0].call("GET", "/calendars/outlook", key: fresh).status == 200)
                #expect(try gateways[0].call("GET", "/calendars/outlook").status == 401)
                try writeFile(keys, "no line of ours\n")
                gateways[0].signal(SIGHUP)
                _ = try await gateways[0].logLine("tenant keys can't be used")
                #expect(try gateways[0].call("GET", "/calendars/outlook", key: fresh).status == 200)
            }
        }
    }

    @Test("without Redis calls answer 503, and the gateway says that it lives but isn't ready")
    func redisAway() async throws {
        try await Fleet.run(Fleet.Options(workers: 0, simulator: false)) { fleet in
            try await fleet.withGateways { gateways in
                try await fleet.redis.kill()
                let answer = try gateways[0].call("GET", "/calendars/outlook")
                #expect(answer.status == 503 && answer.json["code"].string == "unavailable")
                #expect(try gateways[0].http.request("GET", "/readyz").status == 503)
                #expect(try gateways[0].http.request("GET", "/livez").status == 200)
            }
        }
    }

    static func expectNothingEnqueued(_ fleet: Fleet, sourceLocation: SourceLocation = #_sourceLocation) throws {
        for list in ["jobs", "jobs:connect", "jobs:sync", "jobs:disconnect"] {
            let count = try fleet.probe.call("LLEN", fleet.key(list)).int
            #expect(count == 0, "\(list)", sourceLocation: sourceLocation)
        }
    }
}
