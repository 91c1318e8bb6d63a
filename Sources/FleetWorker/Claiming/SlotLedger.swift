import FleetCore

// Who holds the worker's slots, and on what terms the next claim may be made.
//
// A claim reserves what it may bring before it asks, so that several claims on their way never bring more than there is
// room for. A slot is free again only when the job's end is written: acks that Redis doesn't take hold back claims.
//
// A tenant holds at most its share, exactly, though claims overlap: every open claim counts for a tenant with the most
// it may bring of it. That would list each tenant that holds a slot in each claim; so a claim grants every tenant a
// small stake, and lists only those for whom even the stake would be too much.
//
//     capacity 256, share 0.25: limit 64, stake 64 / (4 claims + 1) = 12
//     held: acme 60, zeta 3, one claim open        terms: perTenant 12, allowance { acme: 0 }
//                                                         (60 held + 12 of the open claim + 12 > 64; 64 - 72 < 0)
//
// The last eighth of the slots goes only to tenants that hold none here: ten tenants whose calls hang can't fill a
// worker. A claim for that eighth lists all tenants that hold a slot with 0, and is made alone, so that nobody slips in
// beside it.

/// On what terms a claim is made.
struct ClaimTerms: Sendable, Equatable {
    /// Tells one open claim from another.
    let number: Int
    /// The most jobs it may bring.
    let limit: Int
    /// The most it may bring of a tenant that `allowance` doesn't name.
    let perTenant: Int
    /// The most it may bring of these.
    let allowance: [TenantID: Int]

    func most(of tenant: TenantID) -> Int { allowance[tenant] ?? perTenant }
}

struct SlotLedger {
    let capacity: Int
    /// The most that one tenant may hold; at least one.
    let tenantLimit: Int
    /// Slots kept for tenants that hold none here.
    let reserve: Int
    /// What a claim may bring of a tenant without naming it.
    let stake: Int
    private let claimers: Int

    private(set) var held = 0
    private var byTenant: [TenantID: Int] = [:]
    private var open: [ClaimTerms] = []
    private var number = 0

    init(capacity: Int, tenantShare: Double, claimers: Int) {
        self.capacity = capacity
        self.claimers = claimers
        tenantLimit = max(1, Int((Double(capacity) * tenantShare).rounded(.down)))
        reserve = capacity / 8
        stake = max(1, tenantLimit / (claimers + 1))
    }

    /// Slots that claims on their way may fill.
    var reserved: Int { open.reduce(0) { $0 + $1.limit } }
    /// Neither held nor reserved.
    var free: Int { capacity - held - reserved }
    /// Claims on their way.
    var openClaims: Int { open.count }
    /// Tenants that hold a slot.
    var tenants: Int { byTenant.count }

    /// What a tenant holds here.
    func count(of tenant: TenantID) -> Int { byTenant[tenant] ?? 0 }

    /// Opens a claim for up to `wish` jobs; nil when there is no room, or when enough claims are on their way.
    mutating func openClaim(upTo wish: Int) -> ClaimTerms? {
        guard open.count < claimers, wish > 0 else { return nil }
        let ordinary = free - reserve
        let terms = ordinary > 0 ? ordinaryTerms(limit: min(wish, ordinary)) : reserveTerms(limit: min(wish, free))
        guard let terms else { return nil }
        number += 1
        open.append(terms)
        return terms
    }

    /// A claim is back (or failed) and brought jobs of these tenants.
    mutating func settle(_ terms: ClaimTerms, jobs: [TenantID]) {
        guard let index = open.firstIndex(where: { $0.number == terms.number }) else {
            preconditionFailure("a claim is settled once")
        }
        open.remove(at: index)
        held += jobs.count
        for tenant in jobs { byTenant[tenant, default: 0] += 1 }
    }

    /// A job of `tenant` is over, whatever became of it.
    mutating func release(_ tenant: TenantID) {
        guard let count = byTenant[tenant] else { preconditionFailure("a slot is released once") }
        byTenant[tenant] = count == 1 ? nil : count - 1
        held -= 1
    }

    private func ordinaryTerms(limit: Int) -> ClaimTerms? {
        // A tenant that holds nothing may still come with every open claim.
        guard open.reduce(stake, { $0 + $1.perTenant }) <= tenantLimit else { return nil }
        var allowance: [TenantID: Int] = [:]
        for (tenant, count) in byTenant {
            let room = tenantLimit - open.reduce(count) { $0 + $1.most(of: tenant) }
            if room < stake { allowance[tenant] = max(0, room) }
        }
        return ClaimTerms(number: number, limit: limit, perTenant: stake, allowance: allowance)
    }

    private func reserveTerms(limit: Int) -> ClaimTerms? {
        guard limit > 0, open.isEmpty else { return nil }
        return ClaimTerms(number: number, limit: limit, perTenant: 1, allowance: byTenant.mapValues { _ in 0 })
    }
}
