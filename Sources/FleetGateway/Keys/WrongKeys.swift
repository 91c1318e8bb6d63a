import Reactor
import Synchronization

// A wrong key costs its sender time. Each failure of an address makes the next look at a key from there wait longer, up
// to two seconds, and few may wait at once: so guesses from one address are some a second, whether right or wrong.

/// Failures by address, and how long they hold up the next try.
final class WrongKeys: Sendable {
    private struct State {
        /// Failures of the last minute by address, at most 10,000 addresses.
        var failures: [String: Int] = [:]
        var waiting: [String: Int] = [:]
        var since: ContinuousClock.Instant
    }

    private static let freeFailures = 5
    private static let waitingAtMost = 16
    private static let addressesAtMost = 10_000

    private let state = Mutex(State(since: .now))
    private let reactor: Reactor

    init(reactor: Reactor) { self.reactor = reactor }

    /// A wrong key came from there.
    func count(_ address: String) {
        state.withLock { state in
            guard state.failures.count < Self.addressesAtMost || state.failures[address] != nil else { return }
            state.failures[address, default: 0] += 1
        }
    }

    /// Waits as long as that address's failures ask for.
    /// - Throws: ``Problem`` 429 when too many wait already.
    func wait(_ address: String) async throws {
        let wait: Duration? = try state.withLock { state in
            if state.since.duration(to: .now) > .seconds(60) {
                state.failures = [:]
                state.since = .now
            }
            let beyond = state.failures[address, default: 0] - Self.freeFailures
            guard beyond > 0 else { return nil }
            guard state.waiting[address, default: 0] < Self.waitingAtMost else { throw Problem.tooManyFailures }
            state.waiting[address, default: 0] += 1
            return min(.milliseconds(100 * beyond), .seconds(2))
        }
        guard let wait else { return }
        defer {
            state.withLock { state in
                let left = state.waiting[address, default: 1] - 1
                state.waiting[address] = left > 0 ? left : nil
            }
        }
        try await reactor.sleep(for: wait)
    }
}
