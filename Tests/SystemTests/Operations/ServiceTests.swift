// Goal: what systemd, Prometheus and a tracer see of a worker, from outside.

import Foundation
import TestSupport
import Testing

@Suite("A worker as a service")
struct ServiceTests {
    @Test("systemd hears of the start once work may be expected, of every healthy moment, and of the drain")
    func notifies() async throws {
        try await Fleet.run(.init(workers: 0, simulator: false)) { fleet in
            let manager = try NotifySocket(fleet.directory.file("notify"))
            let worker = try await Worker.start(
                fleet.workerArguments(), environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "1000000"])
            defer { worker.signal(SIGKILL) }
            try await manager.hear("READY=1")
            try await manager.hear("WATCHDOG=1")
            // Frozen as a whole stands for a loop that hangs: silence, and systemd would restart it.
            worker.signal(SIGSTOP)
            _ = manager.take()
            #expect(manager.isSilent(milliseconds: 1200), "two of its pauses")
            worker.signal(SIGCONT)
            try await manager.hear("WATCHDOG=1")
            worker.signal(SIGTERM)
            try await manager.hear("STOPPING=1")
            #expect(try await worker.waitForExit() == .code(0))
        }
    }

    @Test("while Redis is away the start takes longer instead of failing")
    func waitsForRedis() async throws {
        try await Fleet.run(.init(workers: 0, simulator: false)) { fleet in
            let manager = try NotifySocket(fleet.directory.file("notify"))
            var arguments = fleet.workerArguments()
            let redis = try #require(arguments.firstIndex(of: "--redis"))
            arguments[redis + 1] = "redis://127.0.0.1:1/0"
            let worker = try Worker(arguments, environment: ["NOTIFY_SOCKET": manager.path])
            defer { worker.signal(SIGKILL) }
            try await manager.hear("EXTEND_TIMEOUT_USEC=")
            try await manager.hear("EXTEND_TIMEOUT_USEC=")
            #expect(!manager.take().contains("READY=1"))
        }
    }

    @Test("systemd hears the same of a gateway, and its /metrics has its own figures and the queue's")
    func gateway() async throws {
        try await Fleet.run(.init(workers: 0, simulator: false)) { fleet in
            let manager = try NotifySocket(fleet.directory.file("notify"))
            let port = try freePort()
            let gateway = try await GatewayProgram.start(
                fleet, ["--metrics-listen", "127.0.0.1:\(port)"],
                environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "1000000"])
            defer { gateway.signal(SIGKILL) }
            try await manager.hear("READY=1")
            try await manager.hear("WATCHDOG=1")
            #expect(try gateway.call("GET", "/calendars/outlook").status == 200)
            let http = LoopbackHTTP(port: port)
            try await eventually("the queue's numbers") {
                try http.request("GET", "/metrics").text.contains("outlook_fleet_queue_work 0\n")
            }
            let text = try http.request("GET", "/metrics").text
            #expect(text.contains("outlook_fleet_gateway_requests_total{route=\"list\",status=\"2xx\"} 1\n"), "\(text)")
            #expect(text.contains("outlook_fleet_gateway_ready 1\n"))
            #expect(text.contains("outlook_fleet_build_info{version="))
            for path in ["/livez", "/readyz"] { #expect(try http.request("GET", path).status == 200) }
            try await fleet.redis.kill()
            try await eventually("it isn't ready") { try http.request("GET", "/readyz").status == 503 }
            #expect(try http.request("GET", "/livez").status == 200)
            gateway.signal(SIGTERM)
            try await manager.hear("STOPPING=1")
            #expect(try await gateway.waitForExit() == .code(0))
        }
    }

    @Test("/metrics tells of the queue: what waits, what could run, how long the oldest has waited")
    func queue() async throws {
        try await Fleet.run(.init(workers: 0, simulator: false)) { fleet in
            let port = try freePort()
            let http = LoopbackHTTP(port: port)
            // Nobody answers at Graph's address, so each job is in backoff or runs.
            try await fleet.startWorker(["--metrics-listen", "127.0.0.1:\(port)"])
            for number in 0..<3 {
                try fleet.push([
                    "kind": "connect", "tenant_id": "t", "resource_id": .string("r\(number)"), "oauth_token": "x",
                    "not_before": .string(Instant.write(fleet.day(1))),
                ])
            }
            try await eventually("the queue's numbers", within: .seconds(20)) {
                try http.request("GET", "/metrics").text.contains("outlook_fleet_queue_jobs{state=\"parked\"} 3\n")
            }
            let text = try http.request("GET", "/metrics").text
            #expect(text.contains("outlook_fleet_queue_work 0\n"), "what is parked is no work")
            #expect(text.contains("outlook_fleet_queue_oldest_age_seconds 0\n"))
            #expect(text.contains("outlook_fleet_workers 1\n") && text.contains("outlook_fleet_tenants_held 0\n"))
            #expect(text.contains("outlook_fleet_stream_length{stream=\"results\"} 0\n"))
            #expect(text.contains("outlook_fleet_redis_script_duration_seconds_count{script=\"claim\"}"))
            #expect(text.components(separatedBy: "# TYPE outlook_fleet_queue_jobs ").count == 2)
        }
    }

    @Test("a job's traceparent goes with its Graph requests, its result and its changes")
    func trace() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
            let parent = "00-\(trace)-00f067aa0ba902b7-01"
            let result = try await fleet.run(link.payload.merging(["traceparent": .string(parent)]))
            #expect(result.type == "connect.succeeded")
            #expect(result["traceparent"] == parent)
            #expect(try fleet.changes().map { $0["traceparent"] } == [parent])
            let log = try fleet.simulator.control("GET", "log").elements
            let graph = log.filter { $0["path"].string?.hasPrefix("/v1.0") == true }
            #expect(!graph.isEmpty)
            for entry in graph {
                let sent = entry["traceparent"].string ?? ""
                #expect(sent.hasPrefix("00-\(trace)-") && !sent.contains("00f067aa0ba902b7"), "\(entry)")
            }
            // The next job has no trace, and gets none of this one's.
            let plain = try await fleet.run(["kind": "sync", "tenant_id": "acme", "resource_id": "room-1"])
            #expect(plain.type == "sync.succeeded" && plain["traceparent"] == nil)
        }
    }

    @Test("syncs that one run serves keep their own traceparent, as do jobs that end without running")
    func traceOfOthers() async throws {
        func trace(_ digit: Int) -> String { "00-\(String(repeating: "\(digit)", count: 32))-00f067aa0ba902b7-01" }
        try await Fleet.run(.init(workers: 0)) { fleet in
            let link = try fleet.link()
            try fleet.push(link.payload)
            let sync: JSON = ["kind": "sync", "tenant_id": "acme", "resource_id": "room-1"]
            func with(_ id: String, _ digit: Int) -> JSON {
                sync.merging(["id": .string(id), "traceparent": .string(trace(digit))])
            }
            // The first that has one lends it to the run.
            let syncs = [try fleet.push(sync)] + (try (1...2).map { try fleet.push(with("s\($0)", $0)) })
            try fleet.probe.call("LPUSH", fleet.key("jobs"), with("s1", 3).text)
            try fleet.push(with("bad", 4).merging(["priority": "urgent"]))
            let late = try fleet.push(with("late", 5).merging(["not_before": .string(Instant.write(fleet.day(1)))]))
            try fleet.push(["kind": "disconnect", "tenant_id": "acme", "resource_id": "room-1"])
            try await fleet.startWorker()
            let ended = try await fleet.results(of: syncs + ["bad", late])
            #expect(ended.map { $0["traceparent"] } == [nil, trace(1), trace(2), trace(4), trace(5)])
            #expect(ended[4].code == "cancelled", "the disconnect overtook it")
            let all = try fleet.results()
            #expect(all.filter { $0.data["served_by"].string != nil }.count == 2, "\(all)")
            #expect(all.first { $0.type == "job.duplicate" }?["traceparent"] == trace(3))
            let sent = try fleet.simulator.control("GET", "log").elements.compactMap { $0["traceparent"].string }
            #expect(sent.contains { $0.hasPrefix("00-1111") } && !sent.contains { $0.hasPrefix("00-2222") })
        }
    }
}
