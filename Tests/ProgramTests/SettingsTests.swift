// Goal: what a flag and its variable mean, and what is said about a faulty one. Method: the reader with an environment
// of its own.
import ArgumentParser
import Testing

@testable import outlook_fleet

@Suite("Flags and environment")
struct SettingsTests {
    private static let lease = FlagSpec<Duration>.duration(
        "lease", .seconds(30), in: .seconds(1) ... .seconds(3600), "How long.")

    @Test("the flag wins over the variable, the variable over the default")
    func precedence() throws {
        var reader = SettingsReader(environment: ["OUTLOOK_FLEET_LEASE": "10s"])
        let (flag, variable) = (reader.value(Self.lease, "20s"), reader.value(Self.lease, nil))
        #expect(flag == .seconds(20) && variable == .seconds(10))
        var bare = SettingsReader(environment: [:])
        let fallback = bare.value(Self.lease, nil)
        #expect(fallback == .seconds(30))
        try reader.finish()
        try bare.finish()
    }

    @Test("a faulty flag is wrong usage, a faulty variable wrong configuration; both name value and range")
    func faults() {
        var usage = SettingsReader(environment: ["OUTLOOK_FLEET_LEASE": "1y"])
        _ = usage.value(Self.lease, "0s")
        expect(usage, .usage, "--lease '0s': must be a duration from 1s to 1h")
        var configuration = SettingsReader(environment: ["OUTLOOK_FLEET_LEASE": "1y"])
        _ = configuration.value(Self.lease, nil)
        expect(configuration, .configuration, "OUTLOOK_FLEET_LEASE='1y': must be a duration from 1s to 1h")
    }

    @Test("all faults are said together, in one line")
    func together() {
        var reader = SettingsReader(environment: ["OUTLOOK_FLEET_LEASE": "x\ny"])
        _ = reader.value(WorkerFlags.Spec.concurrency, "0")
        _ = reader.value(Self.lease, nil)
        _ = reader.required(JobFlags.Spec.tenant, nil, placeholder: "")
        expect(
            reader, .usage,
            "--concurrency '0': must be a number from 1 to 10000; --tenant-id is missing; "
                + "OUTLOOK_FLEET_LEASE='x\\u{a}y': must be a duration from 1s to 1h")
    }

    @Test("a password in a faulty URL isn't repeated")
    func password() {
        var reader = SettingsReader(environment: [:])
        _ = reader.value(SharedFlags.Spec.redis, "redis://user:hunter2@host:99999/0")
        do {
            try reader.finish()
            Issue.record("took a port of 99999")
        } catch {
            #expect(!error.message.contains("hunter2") && error.message.contains("port"), "\(error.message)")
        }
    }

    @Test("a flag without a value is on, or its variable says so", arguments: [("yes", true), ("0", false)])
    func toggles(text: String, isOn: Bool) {
        var reader = SettingsReader(environment: ["OUTLOOK_FLEET_JSON": text])
        let (given, absent) = (reader.isOn(JSONFlag.Spec.json, true), reader.isOn(JSONFlag.Spec.json, false))
        #expect(given && absent == isOn)
    }

    @Test("the worker's flags have the contract's names and defaults")
    func workerDefaults() throws {
        var reader = SettingsReader(environment: [:])
        let flags = try WorkerFlags.parse([]).read(&reader)
        #expect(flags.concurrency == 256 && flags.lease == .seconds(30) && flags.drainTimeout == .seconds(25))
        #expect(flags.maxAttempts == 8 && flags.maxCrashes == 3 && flags.tenantShare == 0.25)
        #expect(flags.backoff == .seconds(1) && flags.backoffCap == .seconds(600))
        #expect(flags.resultsMaxlen == 1_000_000 && flags.idsTTL == .seconds(86_400) && flags.maxPayload == 1 << 20)
        let budgets = try BudgetFlags.parse([]).read(&reader)
        #expect(budgets.tenantRate == Rate(count: 1200, window: .seconds(60)) && budgets.mailboxConcurrency == 4)
        let endpoints = try EndpointFlags.parse([]).read(&reader)
        #expect(endpoints.metricsListen == .at("127.0.0.1", 9464) && endpoints.webhookURL == nil)
        try reader.finish()
    }

    @Test(
        "plain http is for loopback only",
        arguments: [
            ("https://graph.microsoft.com/v1.0", true), ("http://127.0.0.1:8080/v1.0", true), ("http://[::1]:1/", true),
            ("http://localhost:3000", true), ("http://graph.microsoft.com", false),
            ("http://127.0.0.1.evil.com", false),
            ("http://localhost.evil.com", false), ("https://user:pw@host", false), ("ftp://127.0.0.1", false),
            ("graph.microsoft.com", false), ("https://", false), ("https://host/?x=1", false),
            ("http://127.evil.com", false),
        ])
    func urls(text: String, isAllowed: Bool) {
        #expect(WebURL.isAllowed(text) == isAllowed)
    }

    private func expect(_ reader: SettingsReader, _ status: ProgramStatus, _ message: String) {
        do {
            try reader.finish()
            Issue.record("no fault")
        } catch {
            #expect(error.status == status && error.message == message)
        }
    }
}
