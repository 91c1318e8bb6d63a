import Redis

/// So many units in any window of a length.
package struct CallRate: Sendable, Hashable {
    /// Units: 1 to 1,000,000,000.
    package var count: Int
    /// The window's length: 1 s to 1 h, in whole milliseconds.
    package var window: Duration

    /// A rate.
    package init(count: Int, window: Duration) {
        self.count = count
        self.window = window
    }
}

/// The limits that a worker holds to. Where workers of a fleet were started with different ones, the stricter hold: in
/// each number the smaller count and the longer window.
package struct BudgetLimits: Sendable, Hashable {
    /// Requests of the whole app; Graph's own limit is 130,000 in 10 s.
    package var app = CallRate(count: 130_000, window: .seconds(10))
    /// Requests of one tenant: 1,200 in 60 s.
    package var tenant = CallRate(count: 1200, window: .seconds(60))
    /// Requests on one mailbox: 10,000 in 10 min, as Graph has it.
    package var mailbox = CallRate(count: 10_000, window: .seconds(600))
    /// Requests on one mailbox at once: 4, as Graph has it.
    package var mailboxConcurrency = 4

    /// The contract's defaults.
    package init() {}

    /// As scripts take it: seven numbers.
    var text: String {
        [app, tenant, mailbox].map { "\($0.count) \($0.window.milliseconds)" }.joined(separator: " ")
            + " \(mailboxConcurrency)"
    }

    init?(text: String) {
        let numbers = text.split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 7 else { return nil }
        app = CallRate(count: numbers[0], window: .milliseconds(numbers[1]))
        tenant = CallRate(count: numbers[2], window: .milliseconds(numbers[3]))
        mailbox = CallRate(count: numbers[4], window: .milliseconds(numbers[5]))
        mailboxConcurrency = numbers[6]
    }
}

extension BudgetLimits: CustomStringConvertible {
    /// `app 130000/10s, tenant 1200/60s, mailbox 10000/600s, 4 at once`
    package var description: String {
        "app \(app), tenant \(tenant), mailbox \(mailbox), \(mailboxConcurrency) at once"
    }
}

extension CallRate: CustomStringConvertible {
    /// `1200/60s`, as flags spell it.
    package var description: String {
        let milliseconds = window.milliseconds
        return milliseconds.isMultiple(of: 1000) ? "\(count)/\(milliseconds / 1000)s" : "\(count)/\(milliseconds)ms"
    }
}
