/// How a connection behaves; each member has the contract's default. Durations are kept in whole seconds.
package struct ConnectionSettings: Sendable, Equatable {
    package enum Direction: String, Sendable, Codable, CaseIterable {
        case twoWay = "two_way"
        case pull, push
    }

    package enum Frequency: Sendable, Equatable {
        /// Graph's webhooks where they are possible, polling besides.
        case realtime
        /// Only when a job asks.
        case manual
        /// Every so many seconds; at least 60.
        case every(seconds: Int)
    }

    package var direction: Direction = .twoWay
    package var frequency: Frequency = .every(seconds: 300)
    /// How far back the mirror reaches, in seconds. `P30D`.
    package var windowPastSeconds: Int = 30 * 86_400
    /// How far ahead the mirror reaches, in seconds. `P365D`.
    package var windowFutureSeconds: Int = 365 * 86_400
    package var tentativeBlocks: Bool = true
    package var privateTitles: Bool = false
    package var bufferBeforeSeconds: Int = 0
    package var bufferAfterSeconds: Int = 0

    package init() {}
}
