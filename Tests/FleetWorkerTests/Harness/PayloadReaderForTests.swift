import FleetCore
import FleetStore
import Foundation

@testable import FleetWorker

/// The worker's own reader, for tests that play a worker by hand.
struct PayloadReaderForTests {
    let sealer: Sealer

    func decisions(for batch: IntakeBatch) -> [IntakeDecision] {
        let reader = PayloadReader(decoder: JobDecoder(), sealer: sealer)
        return batch.payloads.enumerated().map { index, raw in
            reader.decision(for: raw, at: index, of: batch, now: Date())
        }
    }
}
