import Foundation
import Testing

// Goal: the three kinds of job go from the list to the stream against a real Redis and the simulator, with all that the
// contract says about them.
@Suite("Happy path", .timeLimit(.minutes(1))) struct HappyPathTests {
    @Test("connect, sync, disconnect: results, changes and mirror are as the contract says")
    func wholeLife() async throws {
        try await Fleet.withWorker { fleet in
            try fleet.graph.addMailbox("room@example.com")
            try fleet.graph.addEvent("room@example.com", "Breakfast", hours: 2)
            try fleet.graph.addEvent("room@example.com", "Lunch", hours: 6)

            let connected = try await fleet.connect("room-1", to: "room@example.com", id: "c-1")
            #expect(connected.data.int("events") == 2)
            #expect(connected.message == "Outlook Calendar connected successfully.")
            #expect(connected["attempts"] == "1")
            #expect(try await fleet.titles("room-1") == ["Breakfast", "Lunch"])
            #expect(try await fleet.changes.map(\.type) == ["calendar.connected"])

            try fleet.graph.addEvent("room@example.com", "Dinner", hours: 10)
            let synced = try await fleet.sync("room-1", id: "s-1")
            #expect(synced.type == "sync.succeeded")
            #expect(synced.data.int("created") == 1)
            #expect(synced.data.int("graph_calls") == 1)
            #expect(try await fleet.titles("room-1") == ["Breakfast", "Dinner", "Lunch"])
            let last = try #require(try await fleet.changes.last)
            #expect(last.type == "event.created")
            let id = try #require(last["event_id"])
            #expect(try await fleet.mirror("room-1")[id]?["title"] == "Dinner")
            #expect(last["job_id"] == "s-1")

            let disconnected = try await fleet.disconnect("room-1", id: "d-1")
            #expect(disconnected.type == "disconnect.succeeded")
            #expect(try await fleet.mirror("room-1").isEmpty)
            #expect(try await fleet.changes.last?.type == "calendar.disconnected")
        }
    }

    @Test("a sync of a resource that isn't connected fails with not_connected, and nobody is asked")
    func notConnected() async throws {
        try await Fleet.withWorker { fleet in
            let entry = try await fleet.sync("nowhere", id: "s-1")
            #expect(entry.type == "sync.failed")
            #expect(entry.code == "not_connected")
            #expect(try fleet.graph.requests().isEmpty)
        }
    }

    @Test("rubbish is answered with job.rejected, and the worker goes on")
    func rubbish() async throws {
        try await Fleet.withWorker { fleet in
            try await fleet.push("not json")
            let entry = try await fleet.sync("nowhere", id: "s-1")
            #expect(entry.type == "sync.failed")
            #expect(try await fleet.results.map(\.type) == ["job.rejected", "sync.failed"])
        }
    }
}
