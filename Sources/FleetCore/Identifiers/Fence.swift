/// The number that grows with every claim of a lane. Whoever holds an older one than the stored one changes nothing.
///
/// It is at least Redis's clock in milliseconds at the claim, so that it doesn't fall back with a fail-over; it travels
/// as text, because a Lua number prints only 14 digits.
package struct Fence: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// At least the milliseconds of its claim.
    package let value: UInt64

    /// A fence as stored.
    package init(_ value: UInt64) { self.value = value }

    /// The decimal digits.
    package var description: String { String(value) }

    /// Older before newer.
    package static func < (left: Fence, right: Fence) -> Bool { left.value < right.value }
}
