package import FleetCore
package import Foundation
import Redis

/// What the fleet's budgets have been used for, for eyes.
package struct BudgetReport: Sendable, Equatable {
    /// Units that the whole app has used of its last window.
    package let appUsed: Int
    /// The limits that hold in the fleet.
    package let limits: BudgetLimits
    /// Those that were asked for.
    package let tenants: [TenantID: TenantControl.Setting]
}

extension TenantControl {
    /// Longer than any pause with an end.
    private static let forGood = 9_000_000_000_000

    /// What holds a tenant, and its budget.
    package struct Setting: Sendable, Equatable {
        /// As of `TenantStatus`.
        package var hold: TenantStatus.Hold?
        /// As of `TenantStatus`.
        package var until: Date?
        /// As of `TenantStatus`.
        package var used: Int
        /// As of `TenantStatus`.
        package var limit: CallRate
        /// As of `TenantStatus`.
        package var hasOwnLimit: Bool
    }

    /// What holds these tenants, and their budgets, in their order. One script over all of them: some hundreds at most.
    package func settings(of tenants: [TenantID]) async throws(StoreError) -> [Setting] {
        tenants.isEmpty ? [] : try await read(tenants).settings
    }

    /// The budgets of the app and of these tenants. One script over all of them: some hundreds at most.
    package func budgets(of tenants: [TenantID]) async throws(StoreError) -> BudgetReport {
        let (used, limits, settings) = try await read(tenants)
        return BudgetReport(
            appUsed: used, limits: limits,
            tenants: Dictionary(zip(tenants, settings), uniquingKeysWith: { first, _ in first }))
    }

    private func read(
        _ tenants: [TenantID]
    ) async throws(StoreError) -> (appUsed: Int, limits: BudgetLimits, settings: [Setting]) {
        let reply = try await store.call(.reportTenants, .these(store.keys.budgets)) { _ in
            [.string(BudgetLimits().text)] + tenants.map { .string($0.rawValue) }
        }
        guard let parts = reply.array, parts.count == 2 + 6 * tenants.count, let used = parts[0].int,
            let limits = parts[1].string.flatMap({ BudgetLimits(text: $0) })
        else { throw store.unexpected(.reportTenants) }
        let settings = stride(from: 2, to: parts.count, by: 6).map { start in
            func number(_ offset: Int) -> Int? { parts[start + offset].string.flatMap { Int($0) } }
            let paused = number(0)
            let end = paused ?? number(1)
            return Setting(
                hold: paused != nil ? .paused : end != nil ? .budget : nil,
                until: end.flatMap { $0 < Self.forGood ? Date(milliseconds: $0) : nil }, used: number(2) ?? 0,
                limit: CallRate(count: number(3) ?? 0, window: .milliseconds(number(4) ?? 0)),
                hasOwnLimit: number(5) == 1)
        }
        return (used, limits, settings)
    }
}

extension Store {
    /// The fleet at this moment, and its budgets: two round trips of some 200 us of Redis's time each.
    package func statusWithBudgets(tenants: Int = 100) async throws(StoreError) -> FleetStatus {
        var status = try await status(tenants: tenants)
        status.budgets = try await TenantControl(self).budgets(of: status.tenants.map(\.tenant))
        return status
    }
}
