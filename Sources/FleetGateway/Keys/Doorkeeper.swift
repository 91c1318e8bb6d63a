import FleetCore
import HTTPTypes
import Hummingbird
import Logging
import Reactor
import Synchronization
import Telemetry

// Wrong keys are slowed by address (WrongKeys). A key that was right before isn't held up: tenants behind one proxy
// share an address where the proxy doesn't say theirs (ClientAddress), and one of them may be guessing.

/// Lets tenants in by their keys.
final class Doorkeeper: Sendable {
    private struct State {
        var keys: TenantKeys
        var proven: Set<Int> = []
    }

    private static let marksAtMost = 100_000

    private let state: Mutex<State>
    private let slowness: WrongKeys

    init(_ keys: TenantKeys, slowness: WrongKeys) {
        state = Mutex(State(keys: keys))
        self.slowness = slowness
    }

    /// From now on these keys count. Requests under way go on.
    func replace(_ keys: TenantKeys) {
        state.withLock { state in
            // A mark of a key that is gone does no harm: it opens nothing. Those of all others stay good, so that a
            // rotation holds nobody up while somebody guesses.
            state.keys = keys
            if state.proven.count >= Self.marksAtMost { state.proven = [] }
        }
    }

    /// Whose request this is.
    /// - Throws: ``Problem`` 401, after a while; 429 when too many wrong keys come from there.
    func tenant(of call: GatewayRequest) async throws -> TenantID {
        guard let key = Self.bearer(call.headers[.authorization]) else { throw Problem.unauthorized }
        if let tenant = provenTenant(key) { return tenant }
        try await slowness.wait(call.clientAddress)
        let tenant = state.withLock { state in
            let tenant = state.keys.tenant(of: key)
            if tenant != nil, state.proven.count < Self.marksAtMost { state.proven.insert(Self.mark(key)) }
            return tenant
        }
        if let tenant { return tenant }
        slowness.count(call.clientAddress)
        throw Problem.unauthorized
    }

    private func provenTenant(_ key: Secret) -> TenantID? {
        state.withLock { state in
            state.proven.contains(Self.mark(key)) ? state.keys.tenant(of: key) : nil
        }
    }

    /// Swift's hash is seeded per process: a mark tells nobody anything, and one that collides only saves a wait.
    private static func mark(_ key: Secret) -> Int { key.exposed.hashValue }

    /// The token of an `Authorization: Bearer` header.
    static func bearer(_ header: String?) -> Secret? {
        guard let header, header.utf8.count <= 1024 else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return Secret(String(parts[1]))
    }
}
