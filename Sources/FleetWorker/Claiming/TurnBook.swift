import FleetCore
import FleetStore
import Synchronization

/// What tenants' runs cost since the last claim, for the next one to tell the queue: a tenant whose jobs need many
/// calls gets fewer turns. A hint: what a failed claim took along is forgotten.
final class TurnBook: Sendable {
    /// More tenants than hold slots can't have ended a run between two claims, but for claims that fail.
    private static let tenantsAtMost = 256
    private let charges = Mutex<[TenantID: TurnCharge]>([:])

    /// A run of this tenant is over.
    func add(_ tenant: TenantID, calls: Int) {
        guard calls > 0 else { return }
        charges.withLock { charges in
            guard charges[tenant] != nil || charges.count < Self.tenantsAtMost else { return }
            charges[tenant, default: TurnCharge(calls: 0, jobs: 0)].calls += calls
            charges[tenant]?.jobs += 1
        }
    }

    /// All of it, once.
    func take() -> [TenantID: TurnCharge] {
        charges.withLock { charges in exchange(&charges, with: [:]) }
    }
}
