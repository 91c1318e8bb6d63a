/// `GET /{tenant}/oauth2/v2.0/authorize`: the page on which a user signs in and consents.
///
/// It lists the users that the tenant in the path admits; a click is the sign-in. A test clicks by adding
/// `sim_mailbox=ADDRESS` and `sim_decision=accept|deny` to the query. Faults of the request that Microsoft shows on its
/// own page (unknown app, wrong redirect URI) are shown here, others go back to the redirect URI.
struct ConsentPage {
    let world: World
    let call: HTTPCall
    let tenant: String

    func answer() -> Answer {
        guard call.method == "GET" else { return page(405, "<p>Method not allowed.</p>") }
        if let refusal = LoginPage.refusal(call, world) { return refusal }
        guard let app = call.option("client_id").flatMap({ world.login.apps[$0] }),
            let redirect = call.option("redirect_uri")
        else { return Answer(400) }
        if call.option("response_type") != "code" {
            return back(redirect, [("error", "unsupported_response_type"), ("error_description", "AADSTS700051")])
        }
        let scopes = (call.option("scope") ?? "").split(separator: " ").map { ScopeName.bare(String($0)) }
        if let odd = scopes.first(where: { !ScopeName.known.contains($0) && $0 != ".default" }) {
            return back(redirect, [("error", "invalid_scope"), ("error_description", "AADSTS70011: \(odd)")])
        }
        guard let decision = call.option("sim_decision") else {
            if call.option("prompt") == "none" {
                return back(redirect, [("error", "interaction_required"), ("error_description", "AADSTS50058")])
            }
            return page(200, choices(app))
        }
        guard decision == "accept", let mailbox = call.option("sim_mailbox").flatMap(world.mailbox), admits(mailbox)
        else {
            return back(
                redirect,
                [
                    ("error", "access_denied"),
                    ("error_description", "AADSTS65004: User declined to consent to access the app."),
                ])
        }
        return accepted(app, mailbox, scopes: Set(scopes), redirect: redirect)
    }

    private func accepted(_ app: App, _ mailbox: Mailbox, scopes: Set<String>, redirect: String) -> Answer {
        var granted = scopes.contains(".default") ? World.usualScopes : scopes
        if mailbox.kind == .personal { granted = granted.filter { !$0.hasSuffix(".Shared") } }
        let grant = world.login.addGrant(app: app.id, mailbox: mailbox.id, scopes: granted)
        // Without a method the challenge is meant as it stands.
        let code = world.issueCode(
            grant: grant, redirect: redirect, challenge: call.option("code_challenge"),
            method: call.option("code_challenge_method") ?? "plain", tenant: tenant)
        return back(redirect, [("code", code), ("session_state", world.random.guid())])
    }

    /// Whether the tenant in the path lets this user in.
    private func admits(_ mailbox: Mailbox) -> Bool {
        guard mailbox.kind == .user || mailbox.kind == .personal else { return false }
        switch tenant.lowercased() {
        case "common": return true
        case "organizations": return mailbox.kind == .user
        case "consumers": return mailbox.kind == .personal
        default: return world.directory(tenant)?.id == mailbox.directory
        }
    }

    // MARK: Answers

    private func back(_ redirect: String, _ values: [(String, String)]) -> Answer {
        var values = values
        if let state = call.option("state") { values.append(("state", state)) }
        let query = values.map { "\($0.0)=\(FormCoding.encode($0.1))" }.joined(separator: "&")
        switch call.option("response_mode") {
        case "fragment": return Answer(302, headers: [("Location", "\(redirect)#\(query)")])
        case "form_post":
            let inputs = values.map { "<input type=\"hidden\" name=\"\(escape($0.0))\" value=\"\(escape($0.1))\">" }
            let form =
                "<form method=\"post\" action=\"\(escape(redirect))\">\(inputs.joined())"
                + "<button>Continue</button></form>"
            return page(200, form + "<script>document.forms[0].submit()</script>")
        default:
            return LoginPage.redirect(redirect, values)
        }
    }

    private func choices(_ app: App) -> String {
        let hint = call.option("login_hint")?.lowercased()
        let people = world.mailboxes.filter { admits($0) && (hint == nil || $0.address.lowercased() == hint) }
        let link = { (mailbox: Mailbox, decision: String) in
            self.escape(
                "\(self.call.target)&sim_mailbox=\(FormCoding.encode(mailbox.address))&sim_decision=\(decision)")
        }
        let rows = people.map { mailbox in
            "<li>\(escape(mailbox.displayName)) &lt;\(escape(mailbox.address))&gt; "
                + "<a href=\"\(link(mailbox, "accept"))\">Accept</a> "
                + "<a href=\"\(link(mailbox, "deny"))\">Cancel</a></li>"
        }
        let scopes = escape(call.option("scope") ?? "")
        return "<p>The app <code>\(escape(app.id))</code> asks for: <code>\(scopes)</code></p><ul>\(rows.joined())</ul>"
    }

    private func page(_ status: Int, _ content: String) -> Answer { LoginPage.answer(status, content) }
    private func escape(_ text: String) -> String { LoginPage.escape(text) }
}
