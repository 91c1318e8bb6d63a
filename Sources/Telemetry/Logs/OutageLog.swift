package import Logging

/// Two lines per outage, whatever the number of failures: one when it begins, one when it ends, with its length.
///
///     warning  Redis is away          error=... hint=...
///     notice   Redis is back          seconds=61.2 failures=118
///
/// A value without a lock: whoever owns the connection holds it beside it. The clock is a parameter.
package struct OutageLog: Sendable {
    private let began: StaticString
    private let ended: StaticString
    private var since: ContinuousClock.Instant?
    private var failures = 0

    /// The two constant messages.
    package init(began: StaticString, ended: StaticString) {
        self.began = began
        self.ended = ended
    }

    /// When the outage began; nil when there is none.
    package var downSince: ContinuousClock.Instant? { since }

    /// A failure: the first of an outage writes a warning with these fields, the others only count.
    package mutating func failed(
        _ logger: Logger, _ fields: @autoclosure () -> LogFields = LogFields(), now: ContinuousClock.Instant = .now
    ) {
        failures += 1
        guard since == nil else { return }
        since = now
        logger.event(.warning, began, fields())
    }

    /// A success: the first after an outage writes a line with its length and the failures counted; others nothing.
    package mutating func succeeded(
        _ logger: Logger, _ fields: @autoclosure () -> LogFields = LogFields(), now: ContinuousClock.Instant = .now
    ) {
        guard let since else { return }
        var fields = fields()
        fields[.seconds] = .seconds(since.duration(to: now))
        fields[.failures] = .number(failures)
        self.since = nil
        failures = 0
        logger.event(.notice, ended, fields)
    }
}
