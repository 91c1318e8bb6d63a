import ArgumentParser

/// Where the worker can be seen and reached.
struct EndpointFlags: ParsableArguments {
    enum Spec {
        static let metricsListen = MetricsListen.spec(port: 9464)
        static let webhookURL = FlagSpec<String>.text(
            "webhook-url", rule: "an https URL (http only on loopback)",
            "Public base URL of the gateway, for Graph's notifications; without it `realtime` connections are polled.",
            matching: WebURL.isAllowed)
    }

    @Option(Spec.metricsListen) var metricsListen: String?
    @Option(Spec.webhookURL) var webhookURL: String?

    struct Values: Sendable {
        var metricsListen: MetricsListen
        var webhookURL: String?
    }

    func read(_ reader: inout SettingsReader) -> Values {
        Values(
            metricsListen: reader.value(Spec.metricsListen, metricsListen),
            webhookURL: reader.optional(Spec.webhookURL, webhookURL))
    }
}

/// An address, or none.
enum MetricsListen: Sendable, Equatable {
    case off
    case at(String, Int)

    /// The flag, with this port of the loopback as its default: each kind of process has one of its own.
    static func spec(port: Int) -> FlagSpec<MetricsListen> {
        FlagSpec<MetricsListen>(
            name: "metrics-listen", fallback: .at("127.0.0.1", port), shown: "127.0.0.1:\(port)",
            rule: "HOST:PORT or off", about: "Where /metrics, /livez and /readyz answer."
        ) { text in
            text == "off" ? .off : Endpoint(text).map { .at($0.host, $0.port) }
        }
    }
}
