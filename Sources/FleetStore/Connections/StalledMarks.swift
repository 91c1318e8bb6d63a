package import FleetCore
import Redis

/// Which connections have gone quiet, and were said to have. Kept apart from their records: it becomes true while a job
/// waits for its next attempt, when no record is written.
package struct StalledMarks: Sendable {
    /// What came of a mark.
    package enum Outcome: Sendable, Equatable {
        /// The change was written.
        case said
        /// It was so before.
        case known
        /// The lease has passed on.
        case fencedOut
    }

    let store: Store

    /// The marks in `store`.
    package init(_ store: Store) { self.store = store }

    /// The connection whose job this is has gone quiet (`isQuiet`), or is heard of again; writes `change` if that is
    /// new. Fenced; one command.
    package func mark(
        _ isQuiet: Bool, _ change: Change, _ lease: Lease
    ) async throws(StoreError) -> Outcome {
        let fields = change.fields().flatMap { [RedisValue.string($0.0), .string($0.1)] }
        let reply = try await store.call(.markStalled) { _ in
            [
                .string(lease.owner.name), .string(lease.lane.description), .string(lease.fence.description),
                isQuiet ? "1" : "0", .integer(store.options.changesLength),
            ] + fields
        }
        switch reply.string {
        case "1": return .said
        case "2": return .known
        case "0": return .fencedOut
        default: throw store.unexpected(.markStalled)
        }
    }
}
