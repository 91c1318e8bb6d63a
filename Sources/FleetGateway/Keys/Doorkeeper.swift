import FleetCore
import HTTPTypes
import Hummingbird
import Logging
import Reactor
import Synchronization
import Telemetry

// A wrong key costs its sender time. Each failure of an address makes the next look at a key from there wait longer, up
// to two seconds, and few may wait at once: so guesses from one address are some a second, whether right or wrong. A
// key that was right before isn't held up: tenants behind one proxy share an address, and one of them may be guessing.

/// Lets tenants in by their keys.
final class Doorkeeper: Sendable {
    private struct State {
        var keys: TenantKeys
        /// Failures of the last minute by address, at most 10,000 addresses.
        var failures: [String: Int] = [:]
        var waiting: [String: Int] = [:]
        var proven: Set<Int> = []
        var since: ContinuousClock.Instant
    }

    private static let freeFailures = 5
    private static let waitingAtMost = 16

    private let state: Mutex<State>
    private let reactor: Reactor

    init(_ keys: TenantKeys, reactor: Reactor) {
        state = Mutex(State(keys: keys, since: .now))
        self.reactor = reactor
    }

    /// From now on these keys count. Requests under way go on.
    func replace(_ keys: TenantKeys) {
        state.withLock { state in
            state.keys = keys
            state.proven = []
        }
    }

    /// Whose request this is.
    /// - Throws: ``Problem`` 401, after a while; 429 when too many wrong keys come from there.
    func tenant(of call: GatewayRequest) async throws -> TenantID {
        guard let key = Self.bearer(call.headers[.authorization]) else { throw Problem.unauthorized }
        let address = call.remoteAddress
        if let tenant = provenTenant(key) { return tenant }
        try await holdUp(address)
        return try state.withLock { state in
            guard let tenant = state.keys.tenant(of: key) else {
                if state.failures.count < 10_000 || state.failures[address] != nil {
                    state.failures[address, default: 0] += 1
                }
                throw Problem.unauthorized
            }
            if state.proven.count < 100_000 { state.proven.insert(Self.mark(key)) }
            return tenant
        }
    }

    private func provenTenant(_ key: Secret) -> TenantID? {
        state.withLock { state in
            state.proven.contains(Self.mark(key)) ? state.keys.tenant(of: key) : nil
        }
    }

    /// Swift's hash is seeded per process: a mark tells nobody anything, and one that collides only saves a wait.
    private static func mark(_ key: Secret) -> Int { key.exposed.hashValue }

    private func holdUp(_ address: String) async throws {
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

    /// The token of an `Authorization: Bearer` header.
    static func bearer(_ header: String?) -> Secret? {
        guard let header, header.utf8.count <= 1024 else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return Secret(String(parts[1]))
    }
}
