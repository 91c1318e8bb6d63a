/// How a connection behaves; each member has the contract's default. Durations are kept in whole seconds.
package struct ConnectionSettings: Sendable, Equatable {
    /// Which way events and bookings flow.
    package enum Direction: String, Sendable, Codable, CaseIterable {
        case twoWay = "two_way"
        case pull, push
    }

    /// How often it is synced by itself.
    package enum Frequency: Sendable, Equatable {
        /// Graph's webhooks where they are possible, polling besides.
        case realtime
        /// Only when a job asks.
        case manual
        /// Every so many seconds; at least 60.
        case every(seconds: Int)
    }

    /// `two_way`.
    package var direction: Direction = .twoWay
    /// `PT5M`.
    package var frequency: Frequency = .every(seconds: 300)
    /// How far back the mirror reaches, in seconds. `P30D`.
    package var windowPastSeconds: Int = 30 * 86_400
    /// How far ahead the mirror reaches, in seconds. `P365D`.
    package var windowFutureSeconds: Int = 365 * 86_400
    /// Whether tentative events block.
    package var tentativeBlocks: Bool = true
    /// Whether private events keep their titles.
    package var privateTitles: Bool = false
    /// Free time that a booking needs before it, in seconds.
    package var bufferBeforeSeconds: Int = 0
    /// Free time that a booking needs after it, in seconds.
    package var bufferAfterSeconds: Int = 0

    /// The contract's defaults.
    package init() {}
}
