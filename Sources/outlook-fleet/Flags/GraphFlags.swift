import ArgumentParser
import Graph

/// Where Graph and the login endpoint are, and as whom we come: of the worker and of `check`.
struct GraphFlags: ParsableArguments {
    enum Spec {
        static let graphURL = FlagSpec<String>.text(
            "graph-url", default: "https://graph.microsoft.com/v1.0", rule: "an https URL (http only on loopback)",
            "Base of the Graph API.", matching: WebURL.isAllowed)
        static let loginURL = FlagSpec<String>.text(
            "login-url", default: "https://login.microsoftonline.com", rule: "an https URL (http only on loopback)",
            "Base of the login endpoint.", matching: WebURL.isAllowed)
        static let clientID = FlagSpec<String>.text(
            "client-id",
            "Application (client) id of our app registration in Entra; without it no token can be refreshed.")
        static let clientSecretFile = FlagSpec<String>.text(
            "client-secret-file", "File that holds the app's client secret.")
        static let requestTimeout = FlagSpec<Duration>.duration(
            "request-timeout", .seconds(15), in: .milliseconds(100) ... .seconds(300),
            "Longest wait for one answer of Graph.")
    }

    @Option(Spec.graphURL) var graphURL: String?
    @Option(Spec.loginURL) var loginURL: String?
    @Option(Spec.clientID) var clientID: String?
    @Option(Spec.clientSecretFile) var clientSecretFile: String?
    @Option(Spec.requestTimeout) var requestTimeout: String?

    struct Values: Sendable {
        var graphURL: String
        var loginURL: String
        var clientID: String?
        var clientSecretFile: String?
        var requestTimeout: Duration
    }

    func read(_ reader: inout SettingsReader) -> Values {
        Values(
            graphURL: reader.value(Spec.graphURL, graphURL), loginURL: reader.value(Spec.loginURL, loginURL),
            clientID: reader.optional(Spec.clientID, clientID),
            clientSecretFile: reader.optional(Spec.clientSecretFile, clientSecretFile),
            requestTimeout: reader.value(Spec.requestTimeout, requestTimeout))
    }
}

/// URLs that a secret may be sent to.
enum WebURL {
    /// https, or plain http if the host is this machine; with a host and without user, query or fragment. The Graph
    /// room decides: it is its guard that keeps tokens where they belong.
    static func isAllowed(_ text: String) -> Bool {
        (try? GraphEndpoint(graphURL: text, loginURL: text)) != nil
    }

    /// A page that a browser is sent to: as above, and it may have a query.
    static func isPage(_ text: String) -> Bool {
        isAllowed(String(text.prefix { $0 != "?" })) && !text.contains("#")
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
