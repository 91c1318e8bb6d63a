import ArgumentParser

/// Of the worker alone.
struct WorkerFlags: ParsableArguments {
    enum Spec {
        static let concurrency = FlagSpec<Int>.number("concurrency", 256, in: 1...10_000, "Jobs held at once.")
        static let lease = FlagSpec<Duration>.duration(
            "lease", .seconds(30), in: .seconds(1) ... .seconds(3600),
            "How long a claim lives without a renewal; a killed worker's jobs run again after it.")
        static let drainTimeout = FlagSpec<Duration>.duration(
            "drain-timeout", .seconds(25), in: .zero ... .seconds(3600),
            "How long jobs may finish after SIGTERM before they are handed back.")
        static let maxAttempts = FlagSpec<Int>.number(
            "max-attempts", 8, in: 1...100, "Attempts of a job that names none itself.")
        static let maxCrashes = FlagSpec<Int>.number(
            "max-crashes", 3, in: 1...100, "Deaths of a worker that one job may cause.")
        static let backoff = FlagSpec<Duration>.duration(
            "backoff", .seconds(1), in: .milliseconds(1) ... .seconds(3600),
            "First wait between attempts; doubles, with full jitter.")
        static let backoffCap = FlagSpec<Duration>.duration(
            "backoff-cap", .seconds(600), in: .milliseconds(1) ... .seconds(86_400), "Longest wait between attempts.")
        static let tenantShare = FlagSpec<Double>.share(
            "tenant-share", 0.25, "Part of the slots that one tenant may hold.")
        static let maxPayload = FlagSpec<Int>.number(
            "max-payload", 1 << 20, in: 1024...(64 << 20), "Largest payload in bytes.")
        static let idsTTL = FlagSpec<Duration>.duration(
            "ids-ttl", .seconds(86_400), in: .seconds(60) ... .seconds(30 * 86_400),
            "How long a job's id counts as seen.")
        static let resultsMaxlen = FlagSpec<Int>.number(
            "results-maxlen", 1_000_000, in: 1000...100_000_000, "Entries kept in the results stream, about.")
        static let changesMaxlen = FlagSpec<Int>.number(
            "changes-maxlen", 1_000_000, in: 1000...100_000_000, "Entries kept in the changes stream, about.")
    }

    @Option(Spec.concurrency) var concurrency: String?
    @Option(Spec.lease) var lease: String?
    @Option(Spec.drainTimeout) var drainTimeout: String?
    @Option(Spec.maxAttempts) var maxAttempts: String?
    @Option(Spec.maxCrashes) var maxCrashes: String?
    @Option(Spec.backoff) var backoff: String?
    @Option(Spec.backoffCap) var backoffCap: String?
    @Option(Spec.tenantShare) var tenantShare: String?
    @Option(Spec.maxPayload) var maxPayload: String?
    @Option(Spec.idsTTL) var idsTTL: String?
    @Option(Spec.resultsMaxlen) var resultsMaxlen: String?
    @Option(Spec.changesMaxlen) var changesMaxlen: String?

    struct Values: Sendable {
        var concurrency: Int
        var lease: Duration
        var drainTimeout: Duration
        var maxAttempts: Int
        var maxCrashes: Int
        var backoff: Duration
        var backoffCap: Duration
        var tenantShare: Double
        var maxPayload: Int
        var idsTTL: Duration
        var resultsMaxlen: Int
        var changesMaxlen: Int
    }

    func read(_ reader: inout SettingsReader) -> Values {
        let values = Values(
            concurrency: reader.value(Spec.concurrency, concurrency), lease: reader.value(Spec.lease, lease),
            drainTimeout: reader.value(Spec.drainTimeout, drainTimeout),
            maxAttempts: reader.value(Spec.maxAttempts, maxAttempts),
            maxCrashes: reader.value(Spec.maxCrashes, maxCrashes), backoff: reader.value(Spec.backoff, backoff),
            backoffCap: reader.value(Spec.backoffCap, backoffCap),
            tenantShare: reader.value(Spec.tenantShare, tenantShare),
            maxPayload: reader.value(Spec.maxPayload, maxPayload), idsTTL: reader.value(Spec.idsTTL, idsTTL),
            resultsMaxlen: reader.value(Spec.resultsMaxlen, resultsMaxlen),
            changesMaxlen: reader.value(Spec.changesMaxlen, changesMaxlen))
        if values.backoff > values.backoffCap {
            reader.reject(
                "--backoff \(Units.text(values.backoff)) is longer than --backoff-cap \(Units.text(values.backoffCap))")
        }
        return values
    }
}
