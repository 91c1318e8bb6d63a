// Goal: a person gets from the product to a connected calendar, and back, with nothing but clicks; who says no reads
// what that means. Method: a headless Chromium between a real gateway and the simulator's consent page.

import Foundation
import TestSupport
import Testing

@Suite("Consent in a browser")
struct ConsentBrowserTests {
    @Test(
        "accept, decline, an administrator's consent, the return to the product, clicked through; a reload is harmless",
        .enabled(if: DashboardTests.hasChromium, "chromium is missing"))
    func clicks() async throws {
        try await Fleet.run { fleet in
            try await fleet.withGateways { gateways in
                let gateway = gateways[0]
                _ = try fleet.simulator.mailbox("olga@acme.example")
                // The product's page, played by a path of the gateway.
                let home = "http://127.0.0.1:\(gateway.port)/livez?from=product"
                let returning = try await GatewayProgram.start(fleet, ["--return-url", home])
                defer { returning.signal(SIGKILL) }
                func ask(_ gateway: GatewayProgram, _ query: String) throws -> String {
                    let answer = try gateway.call("GET", "/calendars/outlook/authorize?\(query)")
                    return try #require(answer.header("Location"), "\(answer.text)")
                }
                func choice(_ decision: String) -> String {
                    "a[href*='sim_mailbox=olga%40acme.example'][href*='sim_decision=\(decision)']"
                }
                let script = Bundle.module.bundleURL.appendingPathComponent("Fixtures/consent_clicks.py").path
                let steps = [
                    "accept", try ask(gateway, "resource_id=room-1&frequency=PT10M"), choice("accept"),
                    "product", try ask(returning, "resource_id=room-2"), choice("accept"),
                    "admin", try ask(gateway, "resource_id=room-3&directory=acme.example&mailbox=olga@acme.example"),
                    "a[href*='sim_decision=accept']",
                    "no admin", try ask(gateway, "resource_id=room-5&directory=acme.example&mailbox=olga@acme.example"),
                    "a[href*='sim_decision=deny']",
                    "deny", try ask(gateway, "resource_id=room-4"), choice("deny"),
                ]
                let output = try await runProgram(
                    "python3", [script, fleet.directory.path] + steps, within: .seconds(120))
                let said = try #require(JSON(text: output))
                let seen = said["seen"]
                #expect(seen["accept"]["heading"] == "Your calendar is connected", "\(output)")
                #expect(seen["product"]["path"].string?.hasPrefix("/livez?from=product&status=connecting") == true)
                #expect(seen["admin"]["heading"] == "Your calendar is connected", "\(output)")
                #expect(seen["no admin"]["heading"] == "You didn't give access", "\(output)")
                #expect(seen["deny"]["heading"] == "You didn't give access", "\(output)")
                #expect(seen["deny"]["text"].string?.contains("choose Accept") == true)
                #expect(seen["reloaded"]["heading"] == "This link was used already")
                #expect(seen["phone"]["heading"] == "This link was used already" && seen["phone"]["width"] == 390)
                #expect(said["complaints"] == [])
                try await eventually("three calendars are connected") {
                    let list = try gateway.call("GET", "/calendars/outlook").json["calendars"].elements
                    return list.map { $0["resource_id"].string } == ["room-1", "room-2", "room-3"]
                        && list.allSatisfy { $0["state"] == "active" }
                }
                try fleet.expectNoSecretAnywhere()
            }
        }
    }
}
