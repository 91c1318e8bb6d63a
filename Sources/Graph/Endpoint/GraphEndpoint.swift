/// Where Microsoft Graph and its login service are, and the guard that keeps tokens there.
///
/// Graph's links (`@odata.nextLink`, `@odata.deltaLink`) are absolute and come from answers; they are followed only if
/// their scheme, host and port are the configured ones. In national clouds links name the cloud's own host, so nothing
/// else is ever right (Microsoft Graph documentation, "National cloud deployments").
package struct GraphEndpoint: Sendable {
    /// A configured URL that can't be used, in words for the operator.
    package struct Refusal: Error, Sendable, CustomStringConvertible {
        /// What is wrong and what to do; without the URL's query.
        package let description: String
    }

    /// The base of all paths, without a slash at the end: `https://graph.microsoft.com/v1.0`.
    package let graphURL: String
    /// The base of the token endpoint: `https://login.microsoftonline.com`.
    package let loginURL: String
    let graphOrigin: WebOrigin

    /// - Throws: `Refusal` unless both are absolute https URLs without query and fragment; plain http is taken for
    ///   loopback hosts only (127.0.0.0/8, ::1, localhost).
    package init(graphURL: String, loginURL: String) throws(Refusal) {
        (self.graphURL, graphOrigin) = try GraphEndpoint.base(graphURL, "Graph")
        self.loginURL = try GraphEndpoint.base(loginURL, "login").url
    }

    /// Whether a token may be sent to this link: its scheme, host and port are those of Graph.
    package func admits(_ link: String) -> Bool { WebOrigin(link) == graphOrigin }

    /// The scope of an app-only token: everything that was consented to, of this cloud's Graph. A local stand-in speaks
    /// for the global cloud.
    package var defaultScope: String {
        graphOrigin.isLoopback ? "https://graph.microsoft.com/.default" : graphOrigin.text + "/.default"
    }

    private static func base(_ url: String, _ name: String) throws(Refusal) -> (url: String, origin: WebOrigin) {
        guard let origin = WebOrigin(url) else {
            throw Refusal(description: "the \(name) URL is not an absolute http(s) URL: write https://HOST/PATH")
        }
        guard !origin.remainder.contains(where: { $0 == "?" || $0 == "#" }) else {
            throw Refusal(description: "the \(name) URL must have neither a query nor a fragment")
        }
        guard origin.isSecure || origin.isLoopback else {
            throw Refusal(
                description: "the \(name) URL is plain http to \(origin.host): use https, http is for loopback only")
        }
        var url = url
        while url.hasSuffix("/") { url.removeLast() }
        return (url, origin)
    }
}
