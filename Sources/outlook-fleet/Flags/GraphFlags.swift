import ArgumentParser
import Foundation

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
    /// https with a host and without user, query or fragment; http if the host is this machine.
    static func isAllowed(_ text: String) -> Bool {
        guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty, url.user == nil,
            url.password == nil, url.query == nil, url.fragment == nil
        else { return false }
        switch url.scheme?.lowercased() {
        case "https": return true
        case "http": return isLoopback(host)
        default: return false
        }
    }

    static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased()
        if host == "localhost" || host == "[::1]" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
