// Goal: /livez and /readyz tell a supervisor what it needs: restart only what a restart helps, send work only where it
// is done. Method: a real worker while it drains, and while Redis is frozen for longer than /livez is patient. A loop
// that hangs is HealthServerTests' matter.

import Foundation
import TestSupport
import Testing

@Suite("Health")
struct HealthTests {
    @Test("a worker that drains is alive and not ready")
    func draining() async throws {
        try await Fleet.run(.init(workers: 0)) { fleet in
            let port = try freePort()
            let worker = try await fleet.startWorker(["--metrics-listen", "127.0.0.1:\(port)"])
            let health = LoopbackHTTP(port: port)
            let link = try fleet.link()
            try await link.connect()
            #expect(try health.request("GET", "/readyz").text == "ready\n")
            let delay = try fleet.simulator.add(.delay(milliseconds: 3000, on: Fault.delta, times: 1))
            let job = try link.pushSync()
            try await fleet.simulator.awaitHit(of: delay)
            worker.signal(SIGTERM)
            try await worker.logLine(containing: "draining")
            let ready = try health.request("GET", "/readyz")
            #expect(ready.status == 503 && ready.text == "draining\n")
            #expect(try health.request("GET", "/livez").status == 200)
            #expect(try health.request("GET", "/metrics").text.contains("outlook_fleet_worker_ready 0\n"))
            #expect(try await fleet.result(of: job).type == "sync.succeeded")
            #expect(try await worker.waitForExit() == .code(0))
        }
    }

    @Test("the age of the oldest ready job grows while no slot is free, and is 0 when none waits any more")
    func queueAge() async throws {
        try await Fleet.run(.init(workers: 0)) { fleet in
            let port = try freePort()
            try await fleet.startWorker(["--concurrency", "1", "--metrics-listen", "127.0.0.1:\(port)"])
            let health = LoopbackHTTP(port: port)
            func metric(_ name: String) throws -> Double {
                let lines = try health.request("GET", "/metrics").text.split(separator: "\n")
                let line = lines.first { $0.hasPrefix("outlook_fleet_\(name) ") }
                return line?.split(separator: " ").last.flatMap { Double($0) } ?? -1
            }
            let link = try fleet.link()
            try await link.connect()
            let delay = try fleet.simulator.add(.delay(milliseconds: 6000, on: Fault.delta, times: 1))
            let first = try link.pushSync()
            try await fleet.simulator.awaitHit(of: delay)
            let second = try fleet.push([
                "kind": "connect", "tenant_id": "t", "resource_id": "waits", "oauth_token": "expired",
            ])
            try await eventually("it has waited for two seconds") { try metric("queue_oldest_age_seconds") > 2 }
            #expect(try metric("queue_jobs{state=\"ready\"}") == 1)
            #expect(try metric("queue_work") == 2, "the one that runs, and the one that could")
            #expect(try await fleet.result(of: first).type == "sync.succeeded")
            _ = try await fleet.result(of: second)
            try await eventually("nothing waits") { try metric("queue_oldest_age_seconds") == 0 }
        }
    }

    @Test("while Redis is frozen a worker stays alive, since a restart would not help, and says why it is not ready")
    func frozen() async throws {
        try await Fleet.run(.init(workers: 0, simulator: false)) { fleet in
            let port = try freePort()
            try await fleet.startWorker(["--metrics-listen", "127.0.0.1:\(port)"])
            let health = LoopbackHTTP(port: port)
            try await eventually("ready") { try health.request("GET", "/readyz").status == 200 }
            fleet.redis.freeze()
            try await eventually("not ready") { try health.request("GET", "/readyz").status == 503 }
            // /livez's patience is 30 s since the last talk with Redis: a failed one is a talk too.
            let end = ContinuousClock.now.advanced(by: .seconds(36))
            try await eventually("a time longer than that", within: .seconds(60)) {
                let alive = try health.request("GET", "/livez")
                guard alive.status == 200 else { throw TestSupportError("/livez: \(alive.text)") }
                return ContinuousClock.now > end
            }
            #expect(try health.request("GET", "/readyz").text.hasPrefix("redis "))
            let text = try health.request("GET", "/metrics").text
            #expect(text.contains("outlook_fleet_redis_up 0\n"))
            fleet.redis.thaw()
            try await eventually("ready again") { try health.request("GET", "/readyz").status == 200 }
        }
    }
}
