/// `GET /{tenant}/adminconsent`: an administrator lets the app into a whole directory.
///
/// It lists the directories that the tenant in the path means (`common` and `organizations`: all); a test clicks by
/// adding `sim_directory=ID or DOMAIN` (where several are meant) and `sim_decision=accept|deny`. Acceptance gives the
/// app all its application permissions there; tokens that are out already stay as they are.
struct AdminConsentPage {
    let world: World
    let call: HTTPCall
    let tenant: String

    func answer() -> Answer {
        guard call.method == "GET" else { return LoginPage.answer(405, "<p>Method not allowed.</p>") }
        if let refusal = LoginPage.refusal(call, world) { return refusal }
        guard let id = call.option("client_id"), let redirect = call.option("redirect_uri") else { return Answer(400) }
        let directories = world.directories.filter(admits)
        guard !directories.isEmpty else {
            return LoginPage.answer(400, "<p>AADSTS90002: Tenant '\(LoginPage.escape(tenant))' not found.</p>")
        }
        guard let decision = call.option("sim_decision") else { return choices(id, directories) }
        let named = call.option("sim_directory").flatMap(world.directory)
        guard let directory = named ?? directories.first, directories.contains(where: { $0.id == directory.id }) else {
            return LoginPage.answer(400, "<p>No such directory.</p>")
        }
        let state = call.option("state").map { [("state", $0)] } ?? []
        guard decision == "accept" else {
            let words = "AADSTS65004: The resource owner or authorization server denied the request."
            return LoginPage.redirect(
                redirect,
                [("error", "permission_denied"), ("error_description", words), ("admin_consent", "True")] + state)
        }
        world.login.apps[id]?.roles[directory.id] = App.defaultRoles
        return LoginPage.redirect(redirect, [("admin_consent", "True"), ("tenant", directory.id)] + state)
    }

    private func admits(_ directory: Directory) -> Bool {
        switch tenant.lowercased() {
        case "common", "organizations": directory.id != Directory.personalID
        default: world.directory(tenant)?.id == directory.id
        }
    }

    private func choices(_ app: String, _ directories: [Directory]) -> Answer {
        let link = { (directory: Directory, decision: String) in
            LoginPage.escape("\(call.target)&sim_directory=\(directory.id)&sim_decision=\(decision)")
        }
        let rows = directories.map { directory in
            "<li>\(LoginPage.escape(directory.name)) (\(LoginPage.escape(directory.domain))) "
                + "<a href=\"\(link(directory, "accept"))\">Accept</a> "
                + "<a href=\"\(link(directory, "deny"))\">Cancel</a></li>"
        }
        return LoginPage.answer(
            200,
            "<p>The app <code>\(LoginPage.escape(app))</code> asks for every calendar of a directory.</p>"
                + "<ul>\(rows.joined())</ul>")
    }
}
