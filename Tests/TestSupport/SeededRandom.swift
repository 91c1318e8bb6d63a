/// Chance that repeats from its seed, which tests print when they fail: SplitMix64 (Steele, Lea, Flood, "Fast
/// splittable pseudorandom number generators").
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The same seed, the same numbers.
    package init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// One of 0 ..< sides.
    package mutating func roll(_ sides: Int) -> Int { Int(next() % UInt64(sides)) }

    /// True once in so many times.
    package mutating func isOne(in count: Int) -> Bool { roll(count) == 0 }

    /// One of the values; nil where there are none.
    package mutating func pick<Value>(_ values: [Value]) -> Value? { values.isEmpty ? nil : values[roll(values.count)] }
}
