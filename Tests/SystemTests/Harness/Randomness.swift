import Foundation

/// Random numbers that a seed repeats (SplitMix64).
struct Randomness: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

extension Randomness {
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
