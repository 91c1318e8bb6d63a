/// The HTML of the sign-in host's pages.
enum LoginPage {
    static func answer(_ status: Int, _ content: String) -> Answer {
        let html =
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
            + "<title>Sign in (graph-simulator)</title></head><body><h1>Sign in</h1>\(content)</body></html>"
        return Answer(status, body: .bytes(Array(html.utf8), type: "text/html; charset=utf-8"))
    }

    static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    /// The faults that are shown on the page itself: an app that isn't known, a redirect URI that isn't its own.
    static func refusal(_ call: HTTPCall, _ world: World) -> Answer? {
        guard let app = call.option("client_id").flatMap({ world.login.apps[$0] }) else {
            let id = escape(call.option("client_id") ?? "")
            return answer(400, "<p>AADSTS700016: Application with identifier '\(id)' was not found.</p>")
        }
        guard let redirect = call.option("redirect_uri"), app.redirects.isEmpty || app.redirects.contains(redirect)
        else {
            return answer(
                400, "<p>AADSTS50011: The redirect URI does not match those configured for the application.</p>")
        }
        return nil
    }

    /// The redirect URI with these values in its query, encoded.
    static func redirect(_ target: String, _ values: [(String, String)]) -> Answer {
        let query = values.map { "\($0.0)=\(FormCoding.encode($0.1))" }.joined(separator: "&")
        return Answer(302, headers: [("Location", target + (target.contains("?") ? "&" : "?") + query)])
    }
}
