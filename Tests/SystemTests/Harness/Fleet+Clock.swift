import Foundation
import TestSupport

// MARK: - Days that pass in moments

extension Fleet {
    /// The time that this fleet's programs see.
    var now: Date { clock?.now ?? Date() }

    /// Lets so much time pass in steps; after each, waits until nothing of the queue is overdue and nobody works.
    ///
    /// - Parameter body: runs after each step.
    func pass(_ time: Duration, step: Duration, _ body: () async throws -> Void = {}) async throws {
        var passed = Duration.zero
        while passed < time {
            let next = min(step, time - passed)
            try await jump(by: next)
            try await body()
            passed += next
        }
    }

    /// One jump, and what comes due by it is done.
    func jump(by step: Duration) async throws {
        try moveClock(by: step)
        try await awaitQuiet()
    }

    /// One jump, waiting for nobody.
    func moveClock(by step: Duration) throws {
        guard let clock else { throw TestSupportError("this fleet has no clock of its own") }
        try clock.advance(by: step)
        // The simulator looks at once at what it has to send by now.
        if simulatorProcess != nil { try simulator.control("POST", "clock", ["advance": 0]) }
    }

    /// Jumps to a moment just past `date`; nothing if that is over.
    func jump(to date: Date) async throws {
        let left = date.timeIntervalSince(now)
        if left > 0 { try await jump(by: .milliseconds(Int(left * 1000) + 50)) }
    }

    /// Waits until no periodic or delayed job is overdue and no worker holds one.
    func awaitQuiet(within limit: Duration = .seconds(60)) async throws {
        try await eventually("nothing is overdue or held", within: limit) {
            let overdue = try probe.call("ZCOUNT", key("due"), "-inf", "\(Int(now.timeIntervalSince1970 * 1000))")
            guard overdue.int == 0 else { return false }
            return try probe.call("KEYS", key("w:*")).elements.isEmpty
        }
    }

    /// Waits until no mailbox's subscription is overdue and no worker is at one.
    func awaitWatched(within limit: Duration = .seconds(60)) async throws {
        try await eventually("every subscription is seen to", within: limit) {
            if let next = try nextRenewal(), next <= now { return false }
            return try probe.call("KEYS", key("sub:*")).strings.allSatisfy {
                try probe.call("HGET", $0, "holder") == .null
            }
        }
        try await awaitQuiet()
    }

    /// When the next renewal of a subscription is due.
    func nextRenewal() throws -> Date? {
        let next = try probe.call("ZRANGE", key("subdue"), "0", "0", "WITHSCORES").strings.last
        return next.flatMap(Double.init).map { Date(timeIntervalSince1970: $0 / 1000) }
    }
}
