// Goal: a job that meets a limit waits with its progress, uses up no attempt and asks Graph nothing twice. Method: a
// worker with small limits against the simulator, and its request log.
import FleetCore
import FleetStore
import Foundation
import Graph
import GraphSimulator
import Telemetry
import TestSupport
import Testing

@testable import FleetWorker

@Suite("Runs and budgets", .timeLimit(.minutes(1))) struct BudgetRunTests {
    private static let mailbox = "room@example.com"

    private func limits(_ count: Int, per window: Duration) -> BudgetLimits {
        var limits = BudgetLimits()
        limits.tenant = CallRate(count: count, window: window)
        return limits
    }

    @Test("a connect of more pages than its budget goes on where it was, and reads no page twice")
    func progress() async throws {
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.limitPages(1)
            for number in 0..<9 { try fleet.graph.addEvent(Self.mailbox, "E\(number)", hours: Double(number + 1)) }
            let entry = try await fleet.withWorker(budgets: limits(5, per: .seconds(6))) { _ in
                try await fleet.connect("r", to: Self.mailbox, more: ",\"settings\":{\"frequency\":\"manual\"}")
            }
            #expect(entry["attempts"] == "1")
            #expect(try await fleet.titles("r").count == 9)
            let pages = try fleet.graph.requests().filter { $0.contains("/delta") }
            #expect(pages.count == Set(pages).count && pages.count >= 9, "\(pages.count)")
            #expect(fleet.logs.count(containing: "a run waits") > 0, "it met the limit")
        }
    }

    @Test("lesson 24: a tenant is at its limit and one of its jobs never ends: others run as if nothing were")
    func neverEnds() async throws {
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try fleet.graph.addMailbox("other@example.com")
            try await fleet.withWorker(budgets: limits(6, per: .seconds(30))) { _ in
                try await fleet.connect("a", to: Self.mailbox)
                try fleet.graph.fault("delta", ["hang": "before"])
                try await fleet.push(#"{"id":"hangs","kind":"sync","tenant_id":"acme","resource_id":"a"}"#)
                try await eventually("the call hangs") {
                    try fleet.graph.control("GET", "/faults").array?.first?["hits"]?.integer == 1
                }
                let more = try fleet.graph.tokens(Self.mailbox)
                for number in 0..<20 {
                    let names = #""kind":"connect","tenant_id":"acme","resource_id":"x\#(number)""#
                    try await fleet.push(#"{"id":"w\#(number)",\#(names),"oauth_token":\#(more)}"#)
                }
                try await eventually("the tenant is held") { try await fleet.allKeys().contains("held") }
                let tokens = try fleet.graph.tokens("other@example.com")
                let began = ContinuousClock.now
                let entry = try await fleet.run(
                    "z", #"{"kind":"connect","tenant_id":"zeta","resource_id":"r","oauth_token":\#(tokens)}"#)
                #expect(entry.type == "connect.succeeded")
                #expect(began.duration(to: .now) < .seconds(5))
                try fleet.graph.clearFaults()
            }
        }
    }

    @Test(
        "S95 a batch counts its parts and their places; the part that Graph throttles closes its mailbox, others stand")
    func batch() async throws {
        try await GateHarness.with { harness in
            let fleet = harness.fleet
            try fleet.graph.addMailbox(Self.mailbox)
            let id = try fleet.graph.addEvent(Self.mailbox, "E", hours: 2)
            let endpoint = try GraphEndpoint(
                graphURL: fleet.graph.simulator.graphURL, loginURL: fleet.graph.simulator.url)
            let token = try fleet.graph.accessToken(Self.mailbox)
            let counter = GraphCallCounter()
            let session = GraphClient(http: fleet.http, endpoint: endpoint).session(
                tokens: BareAccessToken(AccessToken(Secret(token))),
                scope: GraphCallScope(tenant: TenantID("acme"), mailboxes: [Self.mailbox]),
                admission: harness.gates[0], counter: counter)
            let reads = (0..<20).map { _ in EventRequest.read(EventID(id)) }
            try fleet.graph.fault("/events/", after: 5, times: 1, ["status": 429, "retryAfter": "7"])
            let answers = try await session.batch(CalendarTarget(.me, .primary), reads)
            #expect(answers.count == 20 && counter.count == 20)
            let failures = answers.compactMap { if case .failure(let error) = $0 { error } else { nil } }
            #expect(failures.map(\.action) == [.throttled(retryAfter: .seconds(7))])
            let statistics = try fleet.graph.control("GET", "/statistics")
            for entry in statistics["atOnce"]?.array ?? [] { #expect(entry["peak"]?.integer ?? 9 <= 4) }
            await #expect(throws: BudgetWait.self) {
                try await session.freshEvent(CalendarTarget(.me, .primary), EventID(id))
            }
        }
    }
}
