import ArgumentParser
import FleetStore

/// Limits on what Graph is asked, by the whole fleet together. Give all workers the same: of different ones the
/// stricter hold.
struct BudgetFlags: ParsableArguments {
    enum Spec {
        static let tenantRate = FlagSpec<Rate>.rate(
            "tenant-rate", "1200/60s", "Graph requests of one tenant in any such window; `tenant limit` overrides it.")
        static let mailboxRate = FlagSpec<Rate>.rate(
            "mailbox-rate", "10000/600s", "Graph requests on one mailbox in any such window.")
        static let mailboxConcurrency = FlagSpec<Int>.number(
            "mailbox-concurrency", 4, in: 1...100, "Graph requests on one mailbox at once.")
        static let appRate = FlagSpec<Rate>.rate(
            "app-rate", "130000/10s", "Graph requests of the whole app in any such window.")
    }

    @Option(Spec.tenantRate) var tenantRate: String?
    @Option(Spec.mailboxRate) var mailboxRate: String?
    @Option(Spec.mailboxConcurrency) var mailboxConcurrency: String?
    @Option(Spec.appRate) var appRate: String?

    struct Values: Sendable {
        var tenantRate: Rate
        var mailboxRate: Rate
        var mailboxConcurrency: Int
        var appRate: Rate

        var limits: BudgetLimits {
            var limits = BudgetLimits()
            limits.app = CallRate(appRate)
            limits.tenant = CallRate(tenantRate)
            limits.mailbox = CallRate(mailboxRate)
            limits.mailboxConcurrency = mailboxConcurrency
            return limits
        }
    }

    func read(_ reader: inout SettingsReader) -> Values {
        Values(
            tenantRate: reader.value(Spec.tenantRate, tenantRate),
            mailboxRate: reader.value(Spec.mailboxRate, mailboxRate),
            mailboxConcurrency: reader.value(Spec.mailboxConcurrency, mailboxConcurrency),
            appRate: reader.value(Spec.appRate, appRate))
    }
}

extension CallRate {
    /// As a flag gave it.
    init(_ rate: Rate) { self.init(count: rate.count, window: rate.window) }
}
