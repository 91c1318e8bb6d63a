import FleetCore
import Synchronization

/// How many requests are under way: at all, and of one tenant. What is beyond is refused at once, so that one client's
/// hundreds of waiting calls can't fill the gateway.
final class RequestLimits: Sendable {
    private struct State {
        var all = 0
        var tenants: [TenantID: Int] = [:]
    }

    private let state = Mutex(State())
    private let most: Int
    private let mostOfTenant: Int

    init(most: Int, mostOfTenant: Int) {
        self.most = most
        self.mostOfTenant = mostOfTenant
    }

    /// Requests under way.
    var current: Int { state.withLock { $0.all } }

    /// Runs a request within the limit of all.
    func run<Value>(_ body: () async throws -> Value) async throws -> Value {
        let isFree = state.withLock { state in
            guard state.all < most else { return false }
            state.all += 1
            return true
        }
        guard isFree else { throw Problem.unavailable("the gateway is at its limit of \(most) requests at once") }
        defer { state.withLock { $0.all -= 1 } }
        return try await body()
    }

    /// Runs a tenant's request within its limit.
    func run<Value>(of tenant: TenantID, _ body: () async throws -> Value) async throws -> Value {
        let isFree = state.withLock { state in
            guard state.tenants[tenant, default: 0] < mostOfTenant else { return false }
            state.tenants[tenant, default: 0] += 1
            return true
        }
        guard isFree else {
            throw Problem(429, .throttled, "this tenant has \(mostOfTenant) requests under way").retrying(after: 1)
        }
        defer {
            state.withLock { state in
                let left = state.tenants[tenant, default: 1] - 1
                state.tenants[tenant] = left > 0 ? left : nil
            }
        }
        return try await body()
    }
}
