import FleetCore
import Redis

/// Publishes a run's work, fenced: whatever a worker does whose lease has passed on changes nothing.
package struct RunCommit: Sendable {
    let store: Store

    /// Commits into `store`.
    package init(_ store: Store) { self.store = store }

    /// Publishes a slice; with `end` also ends the run. One round trip; safe to repeat, and repeated after a lost
    /// reply.
    package func commit(_ slice: Slice, end: RunEnd? = nil, _ lease: Lease) async throws(StoreError) -> FencedOutcome {
        let call = lease.owner.nextCall()
        var arguments: [RedisValue] = [.string(lease.lane.description), .string(lease.fence.description)]
        slice.append(to: &arguments, changesLength: store.options.changesCap)
        if let end {
            end.append(to: &arguments, lease: lease, resultsLength: store.options.resultsCap)
        } else {
            arguments.append("0")
        }
        let reply = try await store.call(.commitSlice) { again in
            [.string(lease.owner.name), .integer(call), again ? "1" : "0"] + arguments
        }
        return reply.string == "1" ? .done : .fencedOut
    }
}
