import Foundation
import Graph
import Reactor

/// Lets nothing be written to Outlook that might still be under way when the lease is over: another run, which looks
/// before it writes, would look too early.
struct WriteGuard: Sendable {
    let worker: WorkerTools

    /// How long a write may last now. Waits for the next renewal when less than half of the lease is left.
    ///
    /// - Throws: `CancellationError` when no renewal comes: the job is handed back.
    func allowance() async throws -> Duration {
        let lease = worker.configuration.lease
        for _ in 0..<20 {
            let left = worker.lease.left(at: .now)
            if left >= lease / 2 { return left }
            try await worker.reactor.sleep(for: lease / 20)
        }
        throw CancellationError()
    }
}
