import ArgumentParser

/// Limits on what Graph is asked, over the whole fleet. Accepted and checked; this version doesn't enforce them yet,
/// and says so in `--help`, so that nobody relies on them.
struct BudgetFlags: ParsableArguments {
    enum Spec {
        private static let later = "Not enforced by this version."
        static let tenantRate = FlagSpec<Rate>.rate(
            "tenant-rate", "1200/60s", "Graph requests of one tenant. \(later)")
        static let mailboxRate = FlagSpec<Rate>.rate(
            "mailbox-rate", "10000/600s", "Graph requests on one mailbox. \(later)")
        static let mailboxConcurrency = FlagSpec<Int>.number(
            "mailbox-concurrency", 4, in: 1...100, "Graph requests on one mailbox at once. \(later)")
        static let appRate = FlagSpec<Rate>.rate("app-rate", "130000/10s", "Graph requests of the whole app. \(later)")
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
    }

    func read(_ reader: inout SettingsReader) -> Values {
        Values(
            tenantRate: reader.value(Spec.tenantRate, tenantRate),
            mailboxRate: reader.value(Spec.mailboxRate, mailboxRate),
            mailboxConcurrency: reader.value(Spec.mailboxConcurrency, mailboxConcurrency),
            appRate: reader.value(Spec.appRate, appRate))
    }
}
