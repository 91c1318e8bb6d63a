import FleetCore
package import Foundation
import Redis

extension Date {
    /// From Redis's clock, which the scripts tell in milliseconds.
    init(milliseconds: Int) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }

    /// As scripts take it.
    var milliseconds: Int { Int((timeIntervalSince1970 * 1000).rounded()) }
}

extension Duration {
    /// As scripts take it, rounded up: a wait is never shorter than asked for.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}

extension RedisReply {
    /// A time that a script told.
    var date: Date? { int.map { Date(milliseconds: $0) } }
}

extension Store {
    /// Redis's clock; one command.
    package func now() async throws(StoreError) -> Date {
        let reply = try await send(["TIME"], "read Redis's clock")
        return Date(milliseconds: (reply[0]?.int ?? 0) * 1000 + (reply[1]?.int ?? 0) / 1000)
    }
}
