// Goal: what Graph says of a wait holds for the whole fleet, in whatever form it says it; and a mailbox has four places
// before anybody knows whose it is. Method: two or three workers, judged from the simulator's own log.

import Foundation
import TestSupport
import Testing

@Suite("What Graph says of waiting")
struct RetryAfterTests {
    /// A form of the header, and the wait that it must bring at least.
    struct Form: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let value: @Sendable (Date) -> String?
        let atLeast: TimeInterval
    }

    static let forms = [
        Form(testDescription: "seconds", value: { _ in "2" }, atLeast: 1.9),
        Form(testDescription: "a fraction", value: { _ in "1.5" }, atLeast: 1.4),
        // Whole seconds: up to one is lost in writing it.
        Form(testDescription: "an HTTP date", value: { HTTPDate.write($0.addingTimeInterval(3)) }, atLeast: 1.9),
        // Our own first wait: 5 s, or the cap of the backoff where that is less.
        Form(testDescription: "absent", value: { _ in nil }, atLeast: 1.9),
        Form(testDescription: "nonsense", value: { _ in "soon" }, atLeast: 1.9),
    ]

    @Test("every form of Retry-After is obeyed by all workers, and uses up no attempt", arguments: forms)
    func obeyed(form: Form) async throws {
        try await Fleet.run(.init(workers: 2, workerFlags: ["--backoff-cap", "2s"])) { fleet in
            let mailbox = try fleet.simulator.mailbox("busy@acme.example")
            let links = try (0..<4).map { try fleet.link(mailbox, resource: "r\($0)") }
            for link in links { try await link.connect() }
            let told = try fleet.simulator.now()
            var effect: JSON = ["status": 429]
            if let value = form.value(told) { effect["retryAfter"] = .string(value) }
            let fault = try fleet.simulator.add(
                Fault(path: Fault.delta, times: 1, effect: effect, mailbox: mailbox.address))
            let first = try links[0].pushSync()
            try await fleet.simulator.awaitHit(of: fault)
            let position = try ArrivalLog.position(fleet.simulator)
            let hit = try fleet.simulator.now()
            let jobs = try links.dropFirst().map { try $0.pushSync() }
            for entry in try await fleet.results(of: [first] + jobs) {
                #expect(entry.type == "sync.succeeded" && entry["attempts"] == "1", "\(entry)")
            }
            let log = try ArrivalLog(fleet.simulator, after: position) { $0["mailbox"].string == mailbox.address }
            let wait = try #require(log.times.first).timeIntervalSince(hit)
            // The answer was under way when the clock was read.
            #expect(wait >= form.atLeast - 0.1 && wait < 8, "called after \(wait) s")
        }
    }

    @Test(
        "consents of one person beside syncs of the mailbox, over three workers: never more than four at once"
    )
    func consents() async throws {
        try await Fleet.run(.init(workers: 3)) { fleet in
            try fleet.simulator.setLatency(milliseconds: 60)
            let mailbox = try fleet.simulator.mailbox("olga@acme.example")
            let links = try (0..<16).map { try fleet.link(mailbox, resource: "r\($0)") }
            for link in links[..<4] { try await link.connect() }
            let jobs = try links.enumerated().map { index, link in
                index < 4 ? try link.pushSync() : try fleet.push(link.payload)
            }
            for entry in try await fleet.results(of: jobs) {
                #expect(entry.type.hasSuffix(".succeeded") && entry["attempts"] == "1", "\(entry)")
            }
            #expect(try fleet.simulator.peakAtOnce() <= 4)
            #expect(try ArrivalLog(fleet.simulator).refused == 0)
            try await links[0].settle()
        }
    }

    @Test("a mailbox's budget holds while nobody knows yet whose the consents are")
    func strangersInWindow() async throws {
        try await Fleet.run(.init(workers: 3, workerFlags: ["--mailbox-rate", "20/3s"])) { fleet in
            let mailbox = try fleet.simulator.mailbox("olga@acme.example")
            let links = try (0..<12).map { try fleet.link(mailbox, resource: "r\($0)") }
            let jobs = try links.map { try fleet.push($0.payload) }
            for entry in try await fleet.results(of: jobs) {
                #expect(entry.type == "connect.succeeded" && entry["attempts"] == "1", "\(entry)")
            }
            let most = try ArrivalLog(fleet.simulator).most(in: 3)
            #expect(most <= 20, "\(most) requests in a window")
        }
    }
}

/// A date as HTTP writes it.
enum HTTPDate {
    static func write(_ date: Date) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = .gmt
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return format.string(from: date)
    }
}
