import FleetCore
import Foundation

// When a connection is synced next by itself.
//
// Times are spread: a thousand connections made in one minute must not come due in one minute for ever. The step is a
// bit shorter than the period, by a random part of a tenth, never longer: a period is a promise.
//
// A connection whose syncs fail waits as long again as it has been failing (so the wait doubles), between its period
// and the cap. What no repetition cures (no mailbox, no access) waits at least the cap at once: a dead mailbox is asked
// once per cap.

/// Plans the periodic syncs of a connection.
struct SyncSchedule: Sendable {
    /// Longest wait of a connection that fails, unless its period is longer.
    let backoffCap: Duration
    /// 0 ..< 1.
    let random: @Sendable () -> Double

    /// The period by which a connection is polled; nil for `manual`.
    ///
    /// `realtime` is polled by the default period: as a net below the webhooks, and instead of them where there are
    /// none.
    static func period(of frequency: ConnectionSettings.Frequency) -> Duration? {
        switch frequency {
        case .manual: nil
        case .realtime: .seconds(300)
        case .every(let seconds): .seconds(seconds)
        }
    }

    /// After a sync that succeeded.
    func next(after now: Date, _ settings: ConnectionSettings) -> Date? {
        Self.period(of: settings.frequency).map { now.addingTimeInterval(spread($0)) }
    }

    /// After a connect: anywhere in the period, so that a batch of connects comes due in no batch.
    func first(after now: Date, _ settings: ConnectionSettings) -> Date? {
        Self.period(of: settings.frequency).map { now.addingTimeInterval($0.inSeconds * (0.5 + random() / 2)) }
    }

    /// After a sync that failed for good, or used up its attempts. nil: not by itself any more, until a connect.
    func next(after now: Date, failedWith error: JobError, _ connection: Connection) -> Date? {
        guard let period = Self.period(of: connection.settings.frequency) else { return nil }
        if error.code == .reconnectRequired { return nil }
        let longest = max(period, backoffCap)
        guard error.retryable || Self.isPassing(error.code) else {
            return now.addingTimeInterval(longest.inSeconds * (1 + random() / 10))
        }
        let failing = connection.lastSyncAt.map { now.timeIntervalSince($0) } ?? 0
        let wait = min(max(failing, period.inSeconds), longest.inSeconds)
        return now.addingTimeInterval(wait * (0.9 + random() / 10))
    }

    private static func isPassing(_ code: ErrorCode) -> Bool {
        switch code {
        case .graphUnavailable, .throttled, .internal, .attemptsExhausted, .expired: true
        default: false
        }
    }

    private func spread(_ period: Duration) -> TimeInterval { period.inSeconds * (0.9 + random() / 10) }
}

extension Duration {
    /// The whole duration as a number of seconds.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
