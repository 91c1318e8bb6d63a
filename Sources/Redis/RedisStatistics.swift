import Synchronization

/// What a client has done; a copy, readable from any thread.
package struct RedisStatistics: Sendable, Equatable {
    /// Commands encoded for sending since the start, those of the login left out.
    package var commands: UInt64
    /// Commands sent, or waiting to be, without a reply.
    package var pending: Int
    /// Commands whose time passed without a reply.
    package var timeouts: UInt64
    /// Connections made, the first included.
    package var connections: UInt64
    /// Bytes received.
    package var receivedBytes: UInt64
}

/// Written by the loop, read by anyone; one writer, so load and store suffice.
final class RedisCounters: Sendable {
    private let commands = Atomic<UInt64>(0)
    private let timeouts = Atomic<UInt64>(0)
    private let connections = Atomic<UInt64>(0)
    private let receivedBytes = Atomic<UInt64>(0)
    let pending = Atomic<Int>(0)

    func sent() { Self.add(1, to: commands) }
    func timedOut() { Self.add(1, to: timeouts) }
    func connected() { Self.add(1, to: connections) }
    func received(_ count: Int) { Self.add(UInt64(count), to: receivedBytes) }

    private static func add(_ count: UInt64, to counter: borrowing Atomic<UInt64>) {
        counter.store(counter.load(ordering: .relaxed) &+ count, ordering: .relaxed)
    }

    var snapshot: RedisStatistics {
        RedisStatistics(
            commands: commands.load(ordering: .relaxed), pending: pending.load(ordering: .relaxed),
            timeouts: timeouts.load(ordering: .relaxed), connections: connections.load(ordering: .relaxed),
            receivedBytes: receivedBytes.load(ordering: .relaxed))
    }
}
