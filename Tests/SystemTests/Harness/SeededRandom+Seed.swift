import Foundation
import TestSupport

extension SeededRandom {
    /// A fresh seed, printed under a name, so that a run can be told apart; `OUTLOOK_FLEET_TEST_SEED` repeats one.
    static func printedSeed(_ name: String) -> UInt64 {
        let given = ProcessInfo.processInfo.environment["OUTLOOK_FLEET_TEST_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("seed of \(name): \(seed)")
        return seed
    }

    /// Keeps the thread for a random part of a time: what a test interrupts is met at any point of it.
    mutating func spin(upTo limit: Duration) {
        let end = ContinuousClock.now + limit * Double.random(in: 0...1, using: &self)
        while ContinuousClock.now < end {}
    }
}
