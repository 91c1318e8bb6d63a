// Goal: `top` and `status` show a running fleet, fit a terminal of 80 columns, and give it back. Method: a real
// terminal (a pseudo-terminal held by Python), and the output without one.

import Foundation
import TestSupport
import Testing

@Suite("top")
struct TopTests {
    @Test("in a terminal it shows tenants, workers and groups in 80 columns, and Ctrl-C gives the terminal back")
    func live() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            let delay = try fleet.simulator.add(.delay(milliseconds: 20_000, on: Fault.delta, times: 1))
            _ = try link.pushSync()
            try await fleet.simulator.awaitHit(of: delay)
            _ = try link.pushSync(["full": true])
            try fleet.push([
                "kind": "sync", "tenant_id": "globex", "resource_id": "later", "not_before": "2099-01-01T00:00:00Z",
            ])
            try fleet.probe.call("XGROUP", "CREATE", fleet.key("results"), "billing", "0")
            let script = Bundle.module.bundleURL.appendingPathComponent("Fixtures/watch_top.py").path
            let output = try await runProgram(
                "python3", [script, "globex", Executables.fleet, "top", "--interval", "200ms"] + fleet.redisFlags)
            #expect(output.contains("exit 0, terminal restored, fits"), "\(output)")
            for word in [
                "acme", "globex", "its time", "running 1", "WORKER", "billing", "256", "of 130000/10s", "of 1200/60s",
            ] {
                #expect(output.contains(word), "\(word) is missing in\n\(output)")
            }
        }
    }

    @Test("they say who is paused and until when, and what the budgets have been used for")
    func budgets() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            try await link.connect()
            #expect(try await fleet.command("tenant", "limit", "acme", "7/60s").code == 0)
            #expect(try await fleet.command("tenant", "pause", "globex").code == 0)
            for arguments in [["top"], ["status"]] {
                let table = try await CommandOutcome.run(arguments + fleet.redisFlags).output
                #expect(table.contains(#/globex +.*paused +for good/#), "\(table)")
                #expect(table.contains("130000/10s"), "\(table)")
            }
            try fleet.push([
                "kind": "sync", "tenant_id": "acme", "resource_id": "later", "not_before": "2099-01-01T00:00:00Z",
            ])
            try await eventually("it waits for its time") {
                try await fleet.command("status").output.contains(#/acme +0 +0 +1 +[1-7] +7\/60s +its time +in/#)
            }
            let status = JSON(text: try await fleet.command("status", "--json").output) ?? .null
            #expect(status["budgets"]["tenant_limit"] == "1200/60s" && status["budgets"]["app_used"].int ?? 0 > 0)
            let acme = status["tenants"].elements.first { $0["tenant_id"] == "acme" }
            #expect(acme?["limit"] == "7/60s" && acme?["own_limit"] == true)
        }
    }

    @Test("without a terminal it prints one frame, with --json one object")
    func once() async throws {
        try await Fleet.run(.init(simulator: false)) { fleet in
            let frame = try await fleet.command("top")
            #expect(frame.code == 0 && frame.output.contains("WORKER") && !frame.output.contains("\u{1B}"))
            #expect(frame.lines.allSatisfy { $0.count <= 80 })
            let json = try await fleet.command("top", "--json", "--count", "2", "--interval", "200ms")
            #expect(json.code == 0 && json.lines.count == 2)
            let status = JSON(text: json.lines.last ?? "") ?? .null
            #expect(status["worker_count"] == 1 && status["jobs"]["waiting"] == 0, "\(json.output)")
            let worker = status["workers"].elements.first ?? .null
            #expect(worker["slots"] == 256 && worker["version"].string != nil, "\(worker)")
        }
    }
}
