// Goal: an operator sees the fleet live and puts dead letters right, with a mouse or a keyboard; nobody else sees
// anything. Method: a real gateway and a headless Chromium that really clicks (Fixtures/browser.py).

import Foundation
import TestSupport
import Testing

@Suite("Dashboard in a browser") struct DashboardTests {
    @Test(
        "it is live, its dead letters can be retried by a click, and it fits a phone",
        .enabled(if: hasChromium, "chromium is missing"))
    func clicks() async throws {
        try await withGateway { fleet, url in
            let link = try fleet.link()
            try await link.connect()
            _ = try await fleet.run(["kind": "sync", "tenant_id": "acme", "resource_id": "nobody"])
            // A tenant that is paused with a job in line.
            try await runProgram(Executables.fleet, ["tenant", "pause", "held"] + fleet.redisFlags)
            _ = try fleet.push(["kind": "sync", "tenant_id": "held", "resource_id": "r"])
            let script = Bundle.module.bundleURL.appendingPathComponent("Fixtures/dashboard_clicks.py").path
            let output = try await runProgram(
                "python3", [script, url, GatewayProgram.operatorKey, fleet.directory.path], within: .seconds(90))
            let seen = try #require(JSON(text: output))
            #expect(seen["said"].string?.hasPrefix("Enqueued again for acme:nobody as retry-") == true, "\(output)")
            #expect(seen["tenants"].string?.contains("held") == true, "\(output)")
            #expect(seen["tenants"].string?.contains("paused") == true, "\(output)")
            #expect(seen["first_stop"] == "skip")
            #expect(seen["stays"] == true, "\(output)")
            #expect(seen["nameless"] == [], "\(output)")
            #expect(seen["phone_width"] == 390)
            #expect(seen["complaints"] == [])
            let names = seen["sections"].elements.compactMap(\.string)
            for name in ["Tenants", "Workers", "Connections", "Dead letters", "Changes"] {
                #expect(names.contains { $0.hasPrefix(name) }, "\(name) in \(names)")
            }
            let retried = try await eventualResult(fleet) { $0.jobID.hasPrefix("retry-") }
            #expect(retried.type == "sync.failed")
        }
    }

    @Test("without the key nothing is shown and nothing is done, and another site's form is refused")
    func locked() async throws {
        try await withGateway { fleet, url in
            func status(_ arguments: String...) async throws -> String {
                try await runProgram(
                    "curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}"] + arguments, within: .seconds(20))
            }
            let login = "x:\(GatewayProgram.operatorKey)"
            #expect(try await status(url) == "401")
            #expect(try await status("-u", "x:wrong-wrong-wrong-wrong", url) == "401")
            #expect(try await status("-H", "Authorization: Bearer \(GatewayProgram.acmeKey)", url) == "401")
            #expect(try await status("-u", login, url) == "200")
            #expect(try await status(url + "dashboard/stream") == "401")
            let retry = url + "dashboard/dead/retry"
            #expect(try await status("-d", "entry=1-0", retry) == "401")
            for elsewhere in ["Sec-Fetch-Site: cross-site", "Origin: https://evil.example"] {
                #expect(try await status("-u", login, "-H", elsewhere, "-d", "entry=1-0", retry) == "403")
            }
            #expect(try await status("-u", login, "-d", "entry=1-0", retry) == "404")
            #expect(try await status("-u", login, "-d", "entry=%2A", retry) == "400")
            fleet.keepSecret(GatewayProgram.operatorKey, GatewayProgram.acmeKey)
            try fleet.expectNoSecretAnywhere()
        }
    }

    // MARK: Harness

    private func withGateway(_ body: (Fleet, String) async throws -> Void) async throws {
        try await Fleet.run { fleet in
            try await fleet.withGateways { gateways in
                try await body(fleet, "http://127.0.0.1:\(gateways[0].port)/")
            }
        }
    }

    private func eventualResult(_ fleet: Fleet, _ matches: (StreamEntry) -> Bool) async throws -> StreamEntry {
        var found: StreamEntry?
        try await eventually("the retried job ends") {
            found = try fleet.results().first(where: matches)
            return found != nil
        }
        return try #require(found)
    }

    /// `scripts/test` installs it where the system has it.
    static let hasChromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].contains {
        FileManager.default.isExecutableFile(atPath: $0)
    }
}
