import FleetCore
import FleetStore
import FleetWorker
import Foundation
import GraphSimulator
import Synchronization
import TestSupport
import Testing

// Goal: a connection that has gone quiet is said once, and once that it is back. Method: a clock that the test moves,
// and a Graph in trouble.
@Suite("Silence", .timeLimit(.minutes(1))) struct SilenceTests {
    private static let mailbox = "room@example.com"

    private func connected(
        _ more: String = "",
        _ body: @escaping @Sendable (Fleet, @escaping @Sendable (Double) -> Void) async throws -> Void
    ) async throws {
        let minutes = Mutex(0.0)
        let clock = FleetClock(shift: { minutes.withLock { $0 } * 60 })
        try await Fleet.with { fleet in
            try fleet.graph.addMailbox(Self.mailbox)
            try await fleet.withWorker(clock: clock) { _ in
                try await fleet.connect("r", to: Self.mailbox, more: more)
                try await body(fleet) { later in minutes.withLock { $0 = later } }
            }
        }
    }

    private func failedSync(_ fleet: Fleet) async throws {
        #expect(try await fleet.sync("r", more: ",\"max_attempts\":1").type == "sync.failed")
    }

    @Test("three periods and 15 minutes without a sync: calendar.stalled once, then calendar.recovered once")
    func stalled() async throws {
        try await connected { fleet, wait in
            try fleet.graph.fault("v1.0", times: 0, ["status": 503])
            wait(14)
            try await failedSync(fleet)
            #expect(try await fleet.changes.count == 1)
            wait(16)
            for _ in 0..<3 { try await failedSync(fleet) }
            let change = try #require(try await fleet.changes.last)
            #expect(change.type == "calendar.stalled" && change.data["code"] == "graph_unavailable")
            #expect(change.data["since"] != nil)
            #expect(try await fleet.changes.count == 2)
            try fleet.graph.clearFaults()
            for _ in 0..<2 { #expect(try await fleet.sync("r").type == "sync.succeeded") }
            #expect(
                try await fleet.changes.map(\.type)
                    == ["calendar.connected", "calendar.stalled", "calendar.recovered"])
            #expect(try await !fleet.allKeys().contains("stalled"))
        }
    }

    @Test("it is said between two attempts of one job, too, and while Graph throttles")
    func waiting() async throws {
        try await connected { fleet, wait in
            wait(20)
            try fleet.graph.fault("v1.0", times: 1, ["status": 429, "retryAfter": 1])
            #expect(try await fleet.sync("r").type == "sync.succeeded")
            let types = try await fleet.changes.map(\.type)
            #expect(types == ["calendar.connected", "calendar.stalled", "calendar.recovered"])
            #expect(try await fleet.changes[1].data["code"] == "throttled")
        }
    }

    @Test("periods of an hour are waited for, manual connections never stall, and a dead consent is said otherwise")
    func others() async throws {
        try await connected(",\"settings\":{\"frequency\":\"PT1H\"}") { fleet, wait in
            try fleet.graph.fault("v1.0", times: 0, ["status": 503])
            wait(170)
            try await failedSync(fleet)
            #expect(try await fleet.changes.count == 1)
            wait(190)
            try await failedSync(fleet)
            #expect(try await fleet.changes.last?.type == "calendar.stalled")
            #expect(try await fleet.disconnect("r").type == "disconnect.succeeded")
            #expect(try await !fleet.allKeys().contains("stalled"))
        }
        try await connected(",\"settings\":{\"frequency\":\"manual\"}") { fleet, wait in
            try fleet.graph.fault("v1.0", times: 0, ["status": 503])
            wait(1000)
            try await failedSync(fleet)
            #expect(try await fleet.changes.count == 1)
        }
        try await connected { fleet, wait in
            wait(60)
            try fleet.graph.revoke(Self.mailbox)
            try fleet.graph.expireTokens()
            try await failedSync(fleet)
            #expect(
                try await fleet.changes.map(\.type) == ["calendar.connected", "calendar.reconnect_required"])
        }
    }
}
