/// `/{tenant}/oauth2/v2.0/...` and `/{tenant}/adminconsent`.
struct LoginRoutes {
    let world: World
    let call: HTTPCall

    func answer() -> Answer {
        let segments = call.segments
        if segments.last?.lowercased() == "adminconsent" {
            return AdminConsentPage(world: world, call: call, tenant: segments[0]).answer()
        }
        guard segments.count == 4, segments[2].lowercased() == "v2.0" else { return Answer(404) }
        switch segments[3].lowercased() {
        case "token": return TokenEndpoint(world: world, request: call, tenant: segments[0]).answer()
        case "authorize": return ConsentPage(world: world, call: call, tenant: segments[0]).answer()
        default: return Answer(404)
        }
    }
}
