import Foundation

/// The simulator's clock: the machine's, moved by control requests. Everything with a date or a lifetime reads it.
struct VirtualClock: Sendable {
    private var offset: Int64 = 0

    init(start: Instant? = nil) {
        if let start { set(start) }
    }

    var now: Instant { Instant(ticks: Self.machine.ticks + offset) }

    /// Seconds by which the clock is ahead of the machine's.
    var offsetSeconds: Double { Double(offset) / Double(Instant.ticksPerSecond) }

    mutating func advance(seconds: Double) { set(now.adding(seconds: seconds)) }

    mutating func set(_ instant: Instant) { offset = instant.ticks - Self.machine.ticks }

    private static var machine: Instant { Instant(seconds: Date().timeIntervalSince1970) }
}
