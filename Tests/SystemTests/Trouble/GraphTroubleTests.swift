// Goal: whatever Graph or the wire between does, a job ends as the contract says: what passes is waited for, what lies
// is refused, and nothing is lost or doubled. Method: each fault once or twice in the middle of a round of several
// pages.

import Foundation
import TestSupport
import Testing

@Suite("Trouble with Graph")
struct GraphTroubleTests {
    /// Faults that pass: the job succeeds in spite of them.
    static let passing: [(String, JSON)] = [
        ("cut before it was carried out", ["cut": "before"]), ("cut afterwards", ["cut": "after"]),
        ("cut in the middle of the answer", ["cut": "middle"]), ("malformed JSON", ["malformed": true]),
        ("a gateway's HTML", ["status": 502, "html": true]), ("504 with an empty body", ["status": 504, "body": ""]),
        ("500", ["status": 500]), ("a hang", ["hang": "before"]), ("an answer of 100 MB", ["huge": 104_857_600]),
        ("429 with Retry-After", ["status": 429, "retryAfter": 1]),
        ("429 with a fraction", ["status": 429, "retryAfter": "0.6"]), ("429 without a word", ["status": 429]),
        ("503 with Retry-After", ["status": 503, "retryAfter": 1]),
    ]

    @Test("a fault that passes costs time and nothing else", arguments: passing)
    func passes(_ name: String, _ effect: JSON) async throws {
        try await Fleet.run(.init(workerFlags: ["--request-timeout", "1s"])) { fleet in
            let link = try fleet.link()
            try fleet.simulator.limitPages(to: 3)
            for number in 0..<7 { try link.mailbox.create(GraphEvent.timed("E\(number)", fleet.day(number))) }
            try await link.connect()
            let peak = try ProcessFigures(pid: fleet.workers[0].pid).peakKilobytes
            let mark = try fleet.changesMark()
            for number in 0..<7 { try link.mailbox.create(GraphEvent.timed("N\(number)", fleet.day(number))) }
            let fault = try fleet.simulator.add(Fault(path: Fault.delta, skip: 1, times: 2, effect: effect))
            let entry = try await link.sync()
            try await fleet.simulator.awaitHit(of: fault, times: 2)
            let ids = try link.changes(since: mark).compactMap { $0["event_id"] }
            #expect(ids.count == 7 && Set(ids).count == 7, "\(name)")
            if effect["retryAfter"] != .null { #expect(entry["attempts"] == "1", "waiting uses up no attempt") }
            let grown = try ProcessFigures(pid: fleet.workers[0].pid).peakKilobytes - peak
            #expect(grown < 100 * 1024, "grew by \(grown) kB")
            try fleet.simulator.clearFaults()
            try await link.settle()
        }
    }

    @Test(
        "a link or redirect that leads elsewhere fails the job, and nothing is sent there",
        arguments: ["link", "redirect"])
    func elsewhere(_ kind: String) async throws {
        try await Fleet.run { fleet in
            let stranger = try await Simulator.start()
            defer { stranger.stop() }
            let link = try fleet.link()
            try fleet.simulator.limitPages(to: 1)
            for number in 0..<3 { try link.mailbox.create(GraphEvent.timed("E\(number)", fleet.day(number))) }
            let host = "http://127.0.0.1:\(stranger.http.port)"
            let effect: JSON =
                kind == "link"
                ? ["nextLinkHost": .string(host)] : ["redirect": .string("\(host)/v1.0/me"), "status": 302]
            try fleet.simulator.add(Fault(path: Fault.delta, effect: effect))
            let entry = try await fleet.run(link.payload.merging(["max_attempts": 2]))
            #expect(entry.type == "connect.failed" && entry.code == "graph_unavailable", "\(entry)")
            #expect(try stranger.requests().isEmpty)
            try fleet.simulator.clearFaults()
            try await link.connect()
            try await link.settle()
        }
    }

    @Test("pages that lead in a circle end, and the next sync is well")
    func circle() async throws {
        try await Fleet.run { fleet in
            let link = try fleet.link()
            for number in 0..<3 { try link.mailbox.create(GraphEvent.timed("E\(number)", fleet.day(number))) }
            try fleet.simulator.add(.page("loop", times: 0))
            let entry = try await fleet.run(link.payload.merging(["max_attempts": 2]))
            #expect(entry.type == "connect.failed" && entry.code == "graph_unavailable", "\(entry)")
            #expect(try fleet.simulator.graphRequests().count < 1000)
            try fleet.simulator.clearFaults()
            try await link.connect()
            try await link.settle()
        }
    }
}
