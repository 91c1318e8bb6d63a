package import Foundation
import Synchronization

/// The wall clock of the fleet: Redis's, read off the answers that carry it and carried on by the monotonic clock
/// between them. What a worker writes (when a run began, where a window stands) and what a gateway judges (whether a
/// consent took too long, when a token ends) then doesn't depend on their own clocks, which may be an hour off.
package final class FleetClock: Sendable {
    private struct Reading {
        var date: Date
        var at: ContinuousClock.Instant
    }

    private let reading: Mutex<Reading?>
    private let shift: @Sendable () -> TimeInterval

    /// - Parameter shift: seconds added to what it shows: a test moves the days with it. 0 in production.
    package init(shift: @escaping @Sendable () -> TimeInterval = { 0 }) {
        self.shift = shift
        reading = Mutex(nil)
    }

    /// The time. The process's own clock before the first reading.
    package var now: Date {
        let now = reading.withLock { reading in
            reading.map { $0.date.addingTimeInterval($0.at.duration(to: .now) / .seconds(1)) }
        }
        return (now ?? Date()).addingTimeInterval(shift())
    }

    /// Redis's clock said `date` in an answer that has just come.
    ///
    /// Answers that were long under way show a time that is over; so of two readings that differ by little the later
    /// one stands, and what is told never goes back. By more than a second only Redis's clock itself is set back.
    package func read(_ date: Date) {
        reading.withLock { reading in
            let now = ContinuousClock.now
            if let old = reading {
                let behind = old.date.addingTimeInterval(old.at.duration(to: now) / .seconds(1)).timeIntervalSince(date)
                if behind > 0, behind < 1 { return }
            }
            reading = Reading(date: date, at: now)
        }
    }

    /// When `date`, a time of Redis's clock, comes by the monotonic one.
    package func instant(of date: Date, readAt now: Date) -> ContinuousClock.Instant {
        .now.advanced(by: .seconds(date.timeIntervalSince(now)))
    }
}
