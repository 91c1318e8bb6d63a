import FleetCore

/// Who holds the worker's slots.
///
/// A claim reserves what it may bring before it asks, so that several claims on their way never bring more than there is
/// room for. A slot is free again only when the job's end is written: acks that Redis doesn't take hold back claims.
///
/// A tenant may hold at most its share, and the last eighth of the slots goes only to tenants that hold none here: ten
/// tenants whose calls hang cannot fill a worker.
struct SlotLedger {
    let capacity: Int
    /// The most that one tenant may hold; at least one.
    let tenantLimit: Int
    /// Slots kept for tenants that hold none here.
    let reserve: Int

    private(set) var held = 0
    private(set) var reserved = 0
    private var byTenant: [TenantID: Int] = [:]

    init(capacity: Int, tenantShare: Double) {
        self.capacity = capacity
        tenantLimit = max(1, Int((Double(capacity) * tenantShare).rounded(.down)))
        reserve = capacity / 8
    }

    /// Neither held nor reserved.
    var free: Int { capacity - held - reserved }

    /// What a tenant holds here.
    func count(of tenant: TenantID) -> Int { byTenant[tenant] ?? 0 }

    /// The tenants that hold a slot.
    var tenants: Int { byTenant.count }

    /// Reserves up to `wish` slots for a claim; 0 when there is no room.
    mutating func reserve(upTo wish: Int) -> Int {
        let granted = max(0, min(wish, free))
        reserved += granted
        return granted
    }

    /// A claim is back: of `granted` reserved slots these tenants' jobs take some, the rest is free again.
    mutating func settle(granted: Int, jobs: [TenantID]) {
        precondition(granted <= reserved, "a reservation is settled once")
        reserved -= granted
        held += jobs.count
        for tenant in jobs { byTenant[tenant, default: 0] += 1 }
    }

    /// A job of `tenant` is over, whatever became of it.
    mutating func release(_ tenant: TenantID) {
        guard let count = byTenant[tenant] else { preconditionFailure("a slot is released once") }
        byTenant[tenant] = count == 1 ? nil : count - 1
        held -= 1
    }
}
