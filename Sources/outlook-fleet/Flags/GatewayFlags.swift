import ArgumentParser

/// Of the gateway alone.
struct GatewayFlags: ParsableArguments {
    enum Spec {
        static let listen = FlagSpec<Endpoint>(
            name: "listen", fallback: Endpoint("127.0.0.1:8080"), shown: "127.0.0.1:8080",
            rule: "HOST:PORT, port 0 for any free one", about: "Where to listen."
        ) { Endpoint($0) }
        static let metricsListen = MetricsListen.spec(port: 9465)
        static let publicURL = FlagSpec<String>.text(
            "public-url", rule: "an https URL (http only on loopback)",
            "How browsers and Microsoft reach this gateway; its redirect URI is this and /calendars/outlook/callback.",
            matching: WebURL.isAllowed)
        static let tenantKeysFile = FlagSpec<String>.text(
            "tenant-keys-file",
            "File of tenant keys, lines TENANT:KEY or TENANT:sha256:HEX, readable by its owner only; read again on "
                + "SIGHUP. `outlook-fleet tenant key ID` prints a line.")
        static let operatorKeyFile = FlagSpec<String>.text(
            "operator-key-file", "File with the key of the dashboard at /, readable by its owner only.")
        static let returnURL = FlagSpec<String>.text(
            "return-url", rule: "an https URL (http only on loopback)",
            "Where a user's browser goes after a consent or a refusal, with status, resource_id and job_id or reason "
                + "in its query; without it a page of the gateway says how it went.",
            matching: WebURL.isPage)
        static let certificateFile = FlagSpec<String>.text(
            "tls-certificate-file", "PEM file of the certificate chain; with it the gateway speaks https itself.")
        static let tlsKeyFile = FlagSpec<String>.text("tls-key-file", "PEM file of the certificate's key.")
    }

    @Option(Spec.listen) var listen: String?
    @Option(Spec.metricsListen) var metricsListen: String?
    @Option(Spec.publicURL) var publicURL: String?
    @Option(Spec.tenantKeysFile) var tenantKeysFile: String?
    @Option(Spec.operatorKeyFile) var operatorKeyFile: String?
    @Option(Spec.returnURL) var returnURL: String?
    @Option(Spec.certificateFile) var tlsCertificateFile: String?
    @Option(Spec.tlsKeyFile) var tlsKeyFile: String?

    struct Values: Sendable {
        var listen: Endpoint
        var metricsListen: MetricsListen
        var publicURL: String?
        var tenantKeysFile: String?
        var operatorKeyFile: String?
        var returnURL: String?
        var certificateFile: String?
        var tlsKeyFile: String?
    }

    func read(_ reader: inout SettingsReader) -> Values {
        let values = Values(
            listen: reader.value(Spec.listen, listen), metricsListen: reader.value(Spec.metricsListen, metricsListen),
            publicURL: reader.optional(Spec.publicURL, publicURL),
            tenantKeysFile: reader.optional(Spec.tenantKeysFile, tenantKeysFile),
            operatorKeyFile: reader.optional(Spec.operatorKeyFile, operatorKeyFile),
            returnURL: reader.optional(Spec.returnURL, returnURL),
            certificateFile: reader.optional(Spec.certificateFile, tlsCertificateFile),
            tlsKeyFile: reader.optional(Spec.tlsKeyFile, tlsKeyFile))
        if (values.certificateFile == nil) != (values.tlsKeyFile == nil) {
            reader.reject("--tls-certificate-file and --tls-key-file belong together")
        }
        return values
    }
}
