// Goal: a call that is repeated is one job, whichever gateway takes it and however its bytes are ordered; a key that
// stands for another call is refused; a job is found for as long as it waits. Method: two real gateways on one Redis.

import Foundation
import TestSupport
import Testing

@Suite("Gateway: repeated calls")
struct GatewayIdempotencyTests {
    private static let path = "/calendars/outlook/primary/sync?resource_id=room-1"

    @Test("a call repeated at the other instance with its Idempotency-Key gets the same job's result")
    func repeated() async throws {
        try await Fleet.run { fleet in
            try await fleet.withGateways(2) { gateways in
                let link = try fleet.link()
                try await link.connect()
                let headers = ["Idempotency-Key": "once-1"]
                let first = try gateways[0].call("POST", Self.path, headers: headers)
                gateways[0].signal(SIGKILL)
                let second = try gateways[1].call("POST", Self.path, headers: headers)
                #expect(first.status == 200 && second.status == 200)
                #expect(first.body == second.body)
                let runs = try fleet.results().filter { $0.jobID == "once-1" && $0.type == "sync.succeeded" }
                #expect(runs.count == 1)
                let job = try gateways[1].call("GET", "/jobs/once-1")
                #expect(job.status == 200 && job.json["type"].string == "sync.succeeded")
                let foreign = try gateways[1].call("GET", "/jobs/once-1", key: GatewayProgram.linguaKey)
                #expect(foreign.status == 404)
            }
        }
    }

    @Test("a gateway that is killed while its caller waits leaves the job to be asked for at the other")
    func killedWhileWaiting() async throws {
        try await Fleet.run(Fleet.Options(workers: 0)) { fleet in
            try await fleet.withGateways(2) { gateways in
                let headers = ["Idempotency-Key": "left-1", "Prefer": "wait=30"]
                let body = GatewayCallTests.body(try fleet.link())
                let first = gateways[0]
                async let cut = inBackground {
                    (try? first.call("POST", "/calendars/outlook/connect", headers: headers, body: body))?.status
                }
                try await eventually("the job is pushed") {
                    try fleet.probe.call("LLEN", fleet.key("jobs")).int == 1
                }
                first.signal(SIGKILL)
                #expect(try await cut == nil)
                try await fleet.startWorker()
                let second = try gateways[1].call("POST", "/calendars/outlook/connect", headers: headers, body: body)
                #expect(second.status == 200 && second.json["job_id"].string == "left-1", "\(second.text)")
                #expect(try fleet.results().filter { $0.type == "connect.succeeded" }.count == 1)
            }
        }
    }

    @Test("one that takes calls to its stop answers 202 to those that wait, and the job runs on")
    func stoppedWhileWaiting() async throws {
        try await Fleet.run(Fleet.Options(workers: 0)) { fleet in
            try await fleet.withGateways(2) { gateways in
                let headers = ["Idempotency-Key": "left-2", "Prefer": "wait=60"]
                let body = GatewayCallTests.body(try fleet.link())
                let first = gateways[0]
                async let told = inBackground {
                    try first.call("POST", "/calendars/outlook/connect", headers: headers, body: body)
                }
                try await eventually("the job is pushed") {
                    try fleet.probe.call("LLEN", fleet.key("jobs")).int == 1
                }
                first.signal(SIGTERM)
                let answer = try await told
                #expect(answer.status == 202 && answer.json["job_id"].string == "left-2", "\(answer.text)")
                #expect(try await first.waitForExit() == .code(0))
                try await fleet.startWorker()
                try await eventually("its end is told at the other") {
                    try gateways[1].call("GET", "/jobs/left-2").status == 200
                }
            }
        }
    }

    @Test(
        "a key that stands for another call is refused with 422, at either instance; the order of members is no matter")
    func reused() async throws {
        try await Fleet.run { fleet in
            try await fleet.withGateways(2) { gateways in
                let link = try fleet.link()
                try await link.connect()
                func post(_ gateway: Int, _ path: String, _ body: String) throws -> LoopbackHTTP.Answer {
                    try gateways[gateway].http.raw(
                        "POST \(path) HTTP/1.1\r\n\(GatewayBadInputTests.json)Idempotency-Key: key-1\r\n",
                        body: Array(body.utf8))
                }
                let booking = "\"booking_id\":\"b-1\",\"op\":\"cancel\""
                let turned = "\"op\":\"cancel\",\"booking_id\":\"b-1\""
                let first = try post(0, Self.path, "{\"priority\":\"high\",\"bookings\":[{\(booking)}]}")
                #expect(first.status == 200, "\(first.text)")
                let same = try post(1, Self.path, " {\"bookings\": [{\(turned)}], \"priority\": \"high\"}")
                #expect(same.status == 200 && same.body == first.body, "\(same.text)")
                for (path, body) in [
                    (Self.path, "{\"bookings\":[{\(booking)}]}"), (Self.path, "{}"),
                    (
                        "/calendars/outlook/primary/sync?resource_id=room-2",
                        "{\"priority\":\"high\",\"bookings\":[{\(booking)}]}"
                    ),
                    ("/calendars/outlook/connect", "{\"resource_id\":\"room-1\",\"oauth_token\":\"t\"}"),
                ] {
                    let other = try post(1, path, body)
                    #expect(other.status == 422, "\(other.text)")
                    #expect(other.json["code"].string == "idempotency_key_reused")
                }
                // Another tenant's keys are its own.
                let lingua = try gateways[1].call(
                    "POST", Self.path, key: GatewayProgram.linguaKey, headers: ["Idempotency-Key": "key-1"])
                #expect(lingua.status == 404)
                // Nor may it stand for a job of another kind that was pushed past the gateways.
                try await link.fleet.run(link.payload.merging(["id": "key-2"]))
                let foreign = try gateways[0].call("POST", Self.path, headers: ["Idempotency-Key": "key-2"])
                #expect(foreign.status == 422)
                #expect(try fleet.results().filter { $0.jobID == "key-1" && $0["tenant_id"] == "acme" }.count == 1)
            }
        }
    }

    @Test("a job that waits for longer than ids are remembered is 202, whoever pushed it; a stranger's is 404")
    func waitsForDays() async throws {
        try await Fleet.run { fleet in
            try await fleet.withGateways { gateways in
                let link = try fleet.link()
                try await link.connect()
                let later: JSON = ["not_before": .string(Instant.write(fleet.day(3)))]
                let pushed = try gateways[0].call(
                    "POST", Self.path, headers: ["Idempotency-Key": "late-1", "Prefer": "respond-async"], body: later)
                #expect(pushed.status == 202)
                let mark = try fleet.probe.call("TTL", fleet.key("pushed:acme:late-1")).int ?? 0
                #expect(mark > 3 * 86_400, "the mark outlives its wait: \(mark) s")
                _ = try link.pushSync(later.merging(["id": "late-2"]))
                try await eventually("both are taken in") {
                    try fleet.probe.call("HLEN", fleet.key("later:acme:room-1")).int == 2
                }
                // A day later: whatever remembers ids has forgotten them.
                for key in try fleet.probe.call("KEYS", fleet.key("*")).strings
                where key.contains(":id:") || key.contains(":pushed:") || key.hasSuffix(":iddays") {
                    try fleet.probe.call("DEL", key)
                }
                for id in ["late-1", "late-2"] {
                    #expect(try gateways[0].call("GET", "/jobs/\(id)").status == 202, "\(id)")
                    #expect(try gateways[0].call("GET", "/jobs/\(id)", key: GatewayProgram.linguaKey).status == 404)
                }
                #expect(try gateways[0].call("GET", "/jobs/late-3").status == 404)
            }
        }
    }
}
