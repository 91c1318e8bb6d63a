import FleetCore
import FleetStore
import Foundation
import Graph
import HTTPTypes
import Hummingbird
import Logging
import Reactor
import Synchronization
import Telemetry

/// How the outside reaches us: told, or what we found when we began to listen.
final class PublicAddress: Sendable {
    private let text: Mutex<String>
    private let isTold: Bool

    init(_ told: String?) {
        var url = told ?? ""
        while url.hasSuffix("/") { url.removeLast() }
        text = Mutex(url)
        isTold = told != nil
    }

    func found(host: String, port: Int, isSecure: Bool) {
        guard !isTold else { return }
        let shown = host.contains(":") ? "[\(host)]" : host
        text.withLock { $0 = "\(isSecure ? "https" : "http")://\(shown):\(port)" }
    }

    var url: String { text.withLock { $0 } }
    var callback: String { url + "/calendars/outlook/callback" }
}

/// From a tenant's wish to a user's consent and back (CONTRACT, section 8).
struct ConsentCalls: Sendable {
    /// What the fleet does with a calendar, and the refresh token. A mailbox of somebody else needs the shared ones.
    static let scopes = ["offline_access", "User.Read", "MailboxSettings.Read", "Calendars.ReadWrite"]
    static let sharedScopes = ["Calendars.ReadWrite.Shared"]

    let calendars: CalendarCalls
    let login: LoginClient
    let loginURL: String
    let clientID: String?
    let address: PublicAddress
    let states: UsedStates
    let sealer: Sealer
    let clock: FleetClock
    let configuration: GatewayConfiguration
    let logger: Logger

    var routes: [Routes.Route] {
        [
            Routes.Route(
                "authorize", "/calendars/outlook/authorize",
                ["GET": { try await calendars.tenantCall($0, authorize) }]),
            // HEAD would use the state up, and the code with it: link scanners send it.
            Routes.Route(
                "callback", "/calendars/outlook/callback",
                ["GET": { try await callback($0) }, "HEAD": { _ in .empty(200) }]),
        ]
    }

    // MARK: Out

    /// `GET /calendars/outlook/authorize`: 302 to Microsoft.
    func authorize(_ call: GatewayRequest, _ tenant: TenantID) async throws -> Response {
        guard let clientID else {
            throw Problem(500, .internal, "the gateway has no app registration: its operator must set --client-id")
        }
        guard let resource = try calendars.resource(call) else { throw Problem.invalid("resource_id: is missing") }
        let directory = try call.query.value("directory")
        if let directory, !TextRule.directory.allows(directory) {
            throw Problem.invalid("directory: must be an Entra tenant id or a domain")
        }
        let state = ConsentState(
            tenant: tenant, resource: resource, calendar: try call.query.value("calendar_id"),
            mailbox: try call.query.value("mailbox"), frequency: try call.query.value("frequency"),
            directory: directory, now: clock.now)
        // What is wrong shows here, to Sched's server, and not after the user's consent.
        _ = try PreparedJob(
            .connect, tenant: tenant, id: JobDesk.freshID(), body: state.connectBody(nil), members: [],
            traceparent: nil, sealer: sealer, now: clock.now)
        return .empty(302, headers: [(name: "Location", value: location(state, clientID))])
    }

    private func location(_ state: ConsentState, _ clientID: String) -> String {
        var parameters = [
            ("client_id", clientID), ("redirect_uri", address.callback), ("state", state.sealed(sealer)),
        ]
        switch state.purpose {
        case .admin(let directory):
            return "\(loginURL)/\(PercentCoding.encode(directory))/adminconsent?\(PercentCoding.encode(parameters))"
        case .user(let verifier):
            let scopes = state.mailbox == nil ? Self.scopes : Self.scopes + Self.sharedScopes
            parameters += [
                ("response_type", "code"), ("response_mode", "query"), ("scope", scopes.joined(separator: " ")),
                ("code_challenge", ConsentState.challenge(verifier)), ("code_challenge_method", "S256"),
                ("prompt", "select_account"),
            ]
            let query = PercentCoding.encode(parameters)
            return "\(loginURL)/\(configuration.authority)/oauth2/v2.0/authorize?\(query)"
        }
    }

    // MARK: Back

    /// `GET /calendars/outlook/callback`. Whatever happens is for a person: a page, or the way back to the product.
    func callback(_ call: GatewayRequest) async throws -> Response {
        var product = configuration.returnURL.map { ProductReturn(url: $0) }
        do {
            let state = try state(call)
            product?.resource = state.resource
            return try await finish(state, call).answer(product)
        } catch let end as ConsentEnd {
            return end.answer(product)
        } catch let problem as Problem {
            return ConsentEnd.trouble(problem).answer(product)
        } catch let error as StoreError {
            return ConsentEnd.trouble(Problem(error)).answer(product)
        }
    }

    /// Whose consent this is; the product learns of its end even where it came too late.
    private func state(_ call: GatewayRequest) throws -> ConsentState {
        guard let text = try call.query.value("state"), let state = ConsentState(text, sealer) else {
            throw ConsentEnd.unknownState
        }
        return state
    }

    private func finish(_ state: ConsentState, _ call: GatewayRequest) async throws -> ConsentEnd {
        guard !state.isOver(at: clock.now) else { throw ConsentEnd.expired }
        guard try await states.use(state.nonce, seconds: ConsentState.seconds + 60) else { throw ConsentEnd.used }
        if let error = call.query.formValue("error") {
            let description = call.query.formValue("error_description")
            throw ConsentEnd.refused(
                ConsentRefusal(error: error, description: description),
                numbers: ConsentRefusal.numbers(in: description ?? ""))
        }
        let job = try PreparedJob(
            .connect, tenant: state.tenant, id: JobDesk.freshID(),
            body: state.connectBody(try await tokens(state, call)), members: [], traceparent: nil, sealer: sealer,
            now: clock.now)
        let wait: Duration = configuration.returnURL == nil ? .seconds(8) : .zero
        return .connected(job.id, try await calendars.desk.run(job, isNamed: false, wait: wait))
    }

    /// What the consent gave; nil for an administrator's, where the app has its own.
    private func tokens(_ state: ConsentState, _ call: GatewayRequest) async throws -> OAuthTokens? {
        guard case .user(let verifier) = state.purpose else {
            guard call.query.formValue("admin_consent")?.lowercased() == "true" else {
                throw ConsentEnd.refused(.declined, numbers: [])
            }
            return nil
        }
        guard let code = call.query.formValue("code"), !code.isEmpty, code.utf8.count <= 8192 else {
            throw ConsentEnd.refused(.operator, numbers: [])
        }
        let grant: TokenGrant
        do {
            grant = try await login.redeem(code: Secret(code), verifier: verifier, redirectURI: address.callback)
        } catch let error as TokenError {
            logger.event(
                .notice, "a consent's code was refused", [.tenantID: .of(state.tenant), .error: .of(error)])
            throw ConsentEnd.refused(ConsentRefusal(error), numbers: error.numbers)
        }
        let scopes = grant.scope?.split(separator: " ").map { $0.split(separator: "/").last.map(String.init) ?? "" }
        guard let refresh = grant.refreshToken, scopes.map({ $0.contains("Calendars.ReadWrite") }) ?? true else {
            throw ConsentEnd.refused(.incomplete, numbers: [])
        }
        return OAuthTokens(
            accessToken: grant.accessToken.secret.exposed, refreshToken: refresh.exposed,
            expiresAt: grant.accessToken.expiresAt)
    }
}
