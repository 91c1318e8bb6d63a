import FleetCore
import FleetStore
import Logging
import Reactor
import Synchronization

/// What the parts of one worker share. A value of references; made once.
struct WorkerTools: Sendable {
    let configuration: WorkerConfiguration
    let reactor: Reactor
    /// For runs: waits out an outage of Redis.
    let store: Store
    /// For parts with a loop of their own: tells them of trouble within seconds.
    let hastyStore: Store
    let clock: FleetClock
    let owners: OwnerHolder
    let lease: LeaseClock
    let outages: OutageMonitor
    let health: WorkerHealth
    let metrics: WorkerMetrics
    let turns = TurnBook()
    let hooks: WorkerHooks
    /// 0 ..< 1.
    let random: @Sendable () -> Double
    let log: Logger
}
