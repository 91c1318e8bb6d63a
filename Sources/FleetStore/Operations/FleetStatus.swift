package import Foundation
import Redis

/// The numbers of the queue at one moment, by Redis's clock.
package struct FleetStatus: Sendable, Equatable {
    /// A worker that is registered.
    package struct OwnerStatus: Sendable, Equatable {
        /// The name under which it registered.
        package let name: String
        /// When its leases end unless it renews; nil while it is being reaped.
        package let deadline: Date?
        /// Jobs that it runs.
        package let leases: Int
    }

    /// When these numbers were true.
    package let now: Date
    /// Payloads that no worker has taken yet, by list; nil where the key holds another type.
    package let ingress: [IngressList: Int?]
    /// Payloads that a worker reads just now.
    package let reading: Int
    /// Lanes with a job: those that run, are ready or wait for a time.
    package let lanes: Int
    /// Lanes whose job waits for a worker.
    package let ready: Int
    /// Jobs that run.
    package let running: Int
    /// Jobs behind the first of their lane; estimated beyond 1,000 such lanes.
    package let behind: Int
    /// Entries that wait for a time: parked lanes, periods, held tenants, syncs with not_before.
    package let due: Int
    /// Connections.
    package let connections: Int
    /// Length of the results stream; nil where the key holds another type.
    package let results: Int?
    /// Length of the changes stream; nil where the key holds another type.
    package let changes: Int?
    /// Dead letters.
    package let dead: Int
    /// Payloads put aside for a newer worker.
    package let newer: Int
    /// At most 200.
    package let owners: [OwnerStatus]

    /// Lanes whose job waits for a time.
    package var parked: Int { max(0, lanes - ready - running) }
}

extension Store {
    /// The numbers of the queue. One round trip.
    package func status() async throws(StoreError) -> FleetStatus {
        let reply = try await call(.fleetStatus, .intake) { _ in [] }
        guard let pairs = reply.pairs else { throw unexpected(.fleetStatus) }
        var numbers: [String: Int] = [:]
        var owners: [FleetStatus.OwnerStatus] = []
        for (name, value) in pairs {
            guard let name = name.string else { throw unexpected(.fleetStatus) }
            if let number = value.int { numbers[name] = number }
            guard name == "owners", let list = value.array else { continue }
            owners = stride(from: 0, to: list.count - 2, by: 3).map { start in
                let deadline = list[start + 1].string.flatMap { Double($0) } ?? -1
                return FleetStatus.OwnerStatus(
                    name: list[start].string ?? "",
                    deadline: deadline < 0 ? nil : Date(milliseconds: Int(deadline)), leases: list[start + 2].int ?? 0)
            }
        }
        func known(_ name: String) -> Int? { numbers[name].flatMap { $0 < 0 ? nil : $0 } }
        var ingress: [IngressList: Int?] = [:]
        for list in IngressList.allCases {
            let pushed = known("ingress.\(list.letter)")
            let taken = known("taken.\(list.letter)")
            ingress[list] = .some(pushed == nil && taken == nil ? nil : (pushed ?? 0) + (taken ?? 0))
        }
        return FleetStatus(
            now: Date(milliseconds: numbers["now"] ?? 0), ingress: ingress, reading: numbers["reading"] ?? 0,
            lanes: numbers["lanes"] ?? 0, ready: numbers["ready"] ?? 0, running: numbers["running"] ?? 0,
            behind: numbers["behind"] ?? 0, due: numbers["due"] ?? 0, connections: numbers["connections"] ?? 0,
            results: known("results"), changes: known("changes"), dead: numbers["dead"] ?? 0,
            newer: numbers["newer"] ?? 0, owners: owners)
    }
}
