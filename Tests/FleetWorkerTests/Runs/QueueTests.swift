import FleetCore
import FleetWorker
import Foundation
import GraphSimulator
import TestSupport
import Testing

// Goal: attempts, waits and riders, as a producer sees them in the results.
@Suite("Attempts and waits", .timeLimit(.minutes(1))) struct QueueTests {
    private static let mailbox = "room@example.com"

    private func connected(_ body: @escaping @Sendable (Fleet) async throws -> Void) async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.connect("r", to: Self.mailbox)
            try await body(fleet)
        }
    }

    @Test("a passing failure is tried again, and its attempts are counted")
    func retried() async throws {
        try await connected { fleet in
            try fleet.graph.fault("delta", times: 2, ["status": 500])
            let entry = try await fleet.sync("r")
            #expect(entry.type == "sync.succeeded")
            #expect(entry["attempts"] == "3")
        }
    }

    @Test("when the attempts are used up the last cause stands")
    func usedUp() async throws {
        try await connected { fleet in
            try fleet.graph.fault("delta", times: 0, ["status": 500, "code": "ErrorInternalServerError"])
            let entry = try await fleet.sync("r", more: ",\"max_attempts\":3")
            #expect(entry.type == "sync.failed")
            #expect(entry.code == "graph_unavailable")
            #expect(entry["attempts"] == "3")
            #expect(entry.error.bool("retryable") == false)
            #expect(entry.fields["error"]?.contains("\"status\":500") == true)
            #expect(try await fleet.connection("r")?.lastError?.code == .graphUnavailable)
        }
    }

    @Test("S05 what no repetition cures fails at once, and blames no consent")
    func permanent() async throws {
        try await connected { fleet in
            try fleet.graph.fault("delta", ["status": 403, "code": "ErrorAccessDenied"])
            let entry = try await fleet.sync("r")
            #expect(entry.code == "access_denied")
            #expect(entry["attempts"] == "1")
            #expect(try await fleet.changes.map(\.type) == ["calendar.connected"])
            #expect(try fleet.graph.refreshes() == 0)
            #expect(try await fleet.sync("r").type == "sync.succeeded")
        }
    }

    @Test("a Retry-After is waited out, and uses up no attempt")
    func throttled() async throws {
        try await connected { fleet in
            try fleet.graph.fault("delta", ["status": 429, "retryAfter": "1"])
            let start = ContinuousClock.now
            let entry = try await fleet.sync("r", more: ",\"max_attempts\":1")
            #expect(entry.type == "sync.succeeded")
            #expect(entry["attempts"] == "1")
            #expect(start.duration(to: .now) >= .seconds(1))
        }
    }

    @Test("an expired job fails with expired, without a call and without an attempt")
    func expired() async throws {
        try await connected { fleet in
            let calls = try fleet.graph.requests().count
            let entry = try await fleet.sync("r", more: ",\"expires_at\":\"2020-01-01T00:00:00Z\"")
            #expect(entry.code == "expired")
            #expect(entry["attempts"] == "0")
            #expect(try fleet.graph.requests().count == calls)
        }
    }

    @Test("a second payload with the same id doesn't run")
    func duplicate() async throws {
        try await connected { fleet in
            _ = try await fleet.sync("r", id: "s-1")
            try await fleet.push("{\"kind\":\"sync\",\"id\":\"s-1\",\"tenant_id\":\"acme\",\"resource_id\":\"r\"}")
            _ = try await fleet.sync("r", id: "s-2")
            #expect(
                try await fleet.results.filter { $0["job_id"] == "s-1" }.map(\.type)
                    == ["sync.succeeded", "job.duplicate"])
        }
    }

    @Test("plain syncs that wait together are served by one run, each with an entry of its own")
    func riders() async throws {
        let announced = Announcements()
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.withWorker(hooks: announced.hooks) { _ in
                try await fleet.connect("r", to: Self.mailbox)
                announced.hold(\.isRun)
                for number in 0..<10 {
                    try await fleet.push(
                        "{\"kind\":\"sync\",\"id\":\"s-\(number)\",\"tenant_id\":\"acme\",\"resource_id\":\"r\"}")
                }
                try await eventually("all stored") { try await fleet.waiting("r") == 9 }
                announced.release()
                var served: Set<String> = []
                for number in 0..<10 {
                    let entry = try await fleet.result("s-\(number)")
                    #expect(entry.type == "sync.succeeded")
                    if let by = entry.data["served_by"] { served.insert(by) }
                }
                // One or two: the first may have been claimed with some of the others behind it already.
                #expect((1...2).contains(served.count))
                #expect(try fleet.graph.requests().count { $0.contains("delta") } <= 3)
            }
        }
    }

    @Test("of a tenant with many jobs no more run at once than its share")
    func share() async throws {
        let announced = Announcements()
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            announced.hold(\.isRun)
            try await fleet.withWorker(hooks: announced.hooks, configure: { $0.concurrency = 16 }) { _ in
                let tokens = try fleet.graph.tokens(Self.mailbox)
                for number in 0..<12 {
                    try await fleet.push(
                        "{\"kind\":\"connect\",\"id\":\"c-\(number)\",\"tenant_id\":\"acme\","
                            + "\"resource_id\":\"r\(number)\","
                            + "\"oauth_token\":\(tokens)}")
                }
                try await fleet.push(
                    "{\"kind\":\"connect\",\"id\":\"other\",\"tenant_id\":\"zeta\",\"resource_id\":\"r\","
                        + "\"oauth_token\":\(tokens)}"
                )
                // The two tenants' runs may begin in either order. Whatever is claimed has begun once all five have,
                // and a sixth would be one of the first tenant above its share of four.
                try await announced.reached("the other tenant's run") { $0.tenantOfRun == "zeta" }
                try await eventually("the first tenant fills its share") {
                    announced.points.count { $0.tenantOfRun == "acme" } >= 4
                }
                #expect(announced.points.count(where: \.isRun) == 5)
                announced.release()
                for number in 0..<12 { #expect(try await fleet.result("c-\(number)").type == "connect.succeeded") }
            }
        }
    }
}
