// Throttling, as Outlook does it: per app and mailbox so many requests in any ten minutes and four at once; per app
// over all mailboxes so many in ten seconds; and of bodies that are written per app and mailbox so many bytes in five
// minutes. A request that is refused counts all the same, so hammering keeps the
// door shut. Windows slide: the fleet promises its budgets "in any window", so the simulator checks any window.

/// Counts requests and refuses what is too many.
struct Throttle {
    var mailboxLimit: Int
    var mailboxWindow: Double
    var mailboxConcurrency: Int
    var appLimit: Int
    var appWindow: Double
    /// Bytes of POST, PATCH and PUT: 150 MB in five minutes (graph-facts: throttling limits of Outlook).
    var uploadLimit = 150_000_000
    var uploadWindow = 300.0
    private var uploads: [Key: UploadMeter] = [:]
    private var mailboxes: [Key: Meter] = [:]
    private var apps: [String: Meter] = [:]

    struct Key: Hashable, Sendable {
        let app: String
        let mailbox: String
    }

    /// The arrivals in a window, and how many are being served.
    private struct Meter {
        private var arrivals: [Instant] = []
        private var first = 0
        var inFlight = 0
        var peak = 0

        mutating func begin() {
            inFlight += 1
            peak = max(peak, inFlight)
        }

        /// Notes an arrival; answers the seconds to wait if it is one too many.
        mutating func arrive(at now: Instant, limit: Int, window: Double) -> Double? {
            let edge = now.adding(seconds: -window)
            while first < arrivals.count, arrivals[first] <= edge { first += 1 }
            if first > 4096, first * 2 > arrivals.count {
                arrivals.removeFirst(first)
                first = 0
            }
            // A clock that was set back would leave arrivals from the future.
            if let last = arrivals.last, last > now { (arrivals, first) = ([], 0) }
            arrivals.append(now)
            let over = arrivals.count - first - limit
            guard over > 0 else { return nil }
            return arrivals[first + over - 1].adding(seconds: window).seconds - now.seconds
        }
    }

    /// The bodies of a window, by their arrival.
    private struct UploadMeter {
        private var arrivals: [(at: Instant, bytes: Int)] = []

        /// Notes a body; answers the seconds to wait if it is too much.
        mutating func arrive(_ bytes: Int, at now: Instant, limit: Int, window: Double) -> Double? {
            let edge = now.adding(seconds: -window)
            arrivals.removeAll { $0.at <= edge || $0.at > now }
            arrivals.append((now, bytes))
            var over = arrivals.reduce(0) { $0 + $1.bytes } - limit
            guard over > 0 else { return nil }
            for arrival in arrivals {
                over -= arrival.bytes
                if over <= 0 { return arrival.at.adding(seconds: window).seconds - now.seconds }
            }
            return window
        }
    }

    init(options: SimulatorOptions) {
        mailboxLimit = options.mailboxLimit
        mailboxWindow = options.mailboxWindow
        mailboxConcurrency = options.mailboxConcurrency
        appLimit = options.appLimit
        appWindow = options.appWindow
    }

    /// Lets a request in, or says why not. Either way `leave` must follow. `uploaded`: bytes of what it writes.
    mutating func enter(_ key: Key, uploaded: Int = 0, at now: Instant) -> GraphFailure? {
        let appWait = apps[key.app, default: Meter()].arrive(at: now, limit: appLimit, window: appWindow)
        let wait = mailboxes[key, default: Meter()].arrive(at: now, limit: mailboxLimit, window: mailboxWindow)
        mailboxes[key]?.begin()
        let inFlight = self.inFlight(key)
        if inFlight > mailboxConcurrency {
            return Self.refusal("Application is over its MailboxConcurrency limit.", wait: 1)
        }
        if let wait = [appWait, wait].compactMap({ $0 }).max() {
            return Self.refusal("Application is over its Request limit.", wait: wait)
        }
        if uploaded > 0,
            let wait = uploads[key, default: UploadMeter()]
                .arrive(uploaded, at: now, limit: uploadLimit, window: uploadWindow)
        {
            return Self.refusal("Application is over its Upload limit.", wait: wait)
        }
        return nil
    }

    mutating func leave(_ key: Key) { mailboxes[key]?.inFlight -= 1 }

    /// Requests of an app on a mailbox that are being served.
    func inFlight(_ key: Key) -> Int { mailboxes[key]?.inFlight ?? 0 }

    /// The most requests at once that each pair of app and mailbox has had.
    var peaks: [(key: Key, peak: Int)] {
        mailboxes.map { ($0.key, $0.value.peak) }.sorted { ($0.key.mailbox, $0.key.app) < ($1.key.mailbox, $1.key.app) }
    }

    mutating func forgetPeaks() { for key in mailboxes.keys { mailboxes[key]?.peak = 0 } }

    mutating func forgetArrivals() {
        for (key, meter) in mailboxes {
            var fresh = Meter()
            (fresh.inFlight, fresh.peak) = (meter.inFlight, meter.peak)
            mailboxes[key] = fresh
        }
        (apps, uploads) = ([:], [:])
    }

    private static func refusal(_ message: String, wait: Double) -> GraphFailure {
        var failure = GraphFailure(429, "ApplicationThrottled", message)
        failure.headers = [("Retry-After", String(max(1, Int(wait.rounded(.up)))))]
        return failure
    }
}
