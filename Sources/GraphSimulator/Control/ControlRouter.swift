/// `/control/...`: what a test or a person behind the scenes does to the simulator. JSON in, JSON out, no sign-in.
///
/// Names of mailboxes are user ids or addresses; names of calendars are `default`, ids, or names; ids of events are
/// taken in every form. Answers: 200 with the result, 400 or 404 with `{"error": "..."}`.
struct ControlRouter {
    let world: World
    let call: HTTPCall

    /// Each request with what it does, for `--help` and `GET /control`.
    static let summary: [(request: String, does: String)] = [
        ("GET /control", "this list"),
        ("POST /control/reset", "start anew from the seed"),
        ("GET|POST /control/clock", "the clock; {\"advance\": SECONDS} or {\"set\": TIME}"),
        ("GET|PATCH /control/settings", "limits, latency, lifetimes, modes, dialects"),
        ("GET|POST /control/directories", "directories; {\"name\", \"domain\", \"id\"?}"),
        (
            "GET|POST /control/mailboxes",
            "mailboxes; {\"address\", \"name\"?, \"directory\"?, \"timeZone\"?, \"kind\"?, \"calendars\"?: [NAME]}"
        ),
        ("GET|PATCH|DELETE /control/mailboxes/M", "one mailbox; zone, and what is wrong with it on purpose"),
        ("GET|POST /control/mailboxes/M/calendars", "calendars; {\"name\", \"canEdit\"?, \"count\"?}"),
        ("GET|PATCH|DELETE /control/mailboxes/M/calendars/C", "one calendar"),
        ("POST /control/mailboxes/M/calendars/C/share", "{\"with\": M, \"role\"?: read|write|delegateWithPrivate}"),
        ("GET /control/mailboxes/M/calendars/C/view?from&to", "the truth: what the window holds, expanded"),
        ("POST /control/mailboxes/M/calendars/C/events", "a person creates an event (Graph's JSON, and more)"),
        (
            "POST /control/mailboxes/M/calendars/C/seed",
            "{\"count\", \"from\"?, \"days\"?, \"minutes\"?, \"bodyBytes\"?, \"attendees\"?, \"prefix\"?}"
        ),
        ("POST /control/mailboxes/M/calendars/C/lose-sync-state", "{\"spelling\"?}: every delta token is dead"),
        ("GET|PATCH|DELETE /control/mailboxes/M/events/E", "a person reads, changes, deletes an event or occurrence"),
        ("POST /control/mailboxes/M/events/E/move", "{\"calendar\": C}"),
        ("POST /control/mailboxes/M/events/E/touch", "a new change key, nothing else"),
        ("POST /control/mailboxes/M/events/E/respond", "{\"response\": accepted|declined|tentativelyAccepted}"),
        ("PATCH|DELETE /control/mailboxes/M/events/E/occurrences/DATE", "one occurrence, by its date in the rule"),
        ("POST /control/mailboxes/M/events/E/split", "\"this and following\": {\"from\": DATE, \"change\"?: {...}}"),
        ("GET /control/mailboxes/M/mail", "invitations, updates and cancellations sent"),
        (
            "POST /control/tokens",
            "{\"mailbox\", \"scopes\"?, \"lifetime\"?, \"app\"?} or {\"directory\"}: tokens without the login dance"
        ),
        ("POST /control/tokens/expire", "{\"mailbox\"?}: access tokens end now"),
        ("POST /control/consent", "{\"mailbox\", \"refusal\"?: NAME | null, \"kill\"?}: consent ends, or comes back"),
        ("POST /control/codes", "{\"mailbox\", \"redirect\", \"challenge\"?, \"scopes\"?}: an authorization code"),
        (
            "GET|POST|PATCH /control/apps",
            "app registrations; {\"id\", \"secret\"?, \"expired\"?, \"secretExpires\"?, \"disabled\"?}"
        ),
        ("GET|POST|DELETE /control/faults", "fault rules; DELETE ?name= or all"),
        ("GET|DELETE /control/log", "requests so far (?after=NUMBER, ?mailbox=M); JSON lines with ?lines=1"),
        ("GET|DELETE /control/statistics", "counts by status, peaks of requests at once"),
        ("GET /control/subscriptions", "all that live, of every app"),
        ("DELETE /control/subscriptions/ID", "Graph drops it and says so; with ?silent=1 without a word"),
        (
            "POST /control/subscriptions/ID/lifecycle",
            "{\"event\": reauthorizationRequired|subscriptionRemoved|missed}: a lifecycle notification"
        ),
        ("GET|DELETE /control/notifications", "what was sent to subscribers, and how many wait"),
        ("GET /control/demo", "the demo's mailboxes and ready-made tokens"),
    ]

    func answer() -> Answer {
        do {
            return try route()
        } catch let failure as ControlFailure {
            return Answer(failure.status, json: ["error": .string(failure.description)])
        } catch let failure as GraphFailure {
            return Answer(failure.status, json: ["error": .string("\(failure.code): \(failure.message)")])
        } catch {
            return Answer(400, json: ["error": .string("\(error)")])
        }
    }

    private func route() throws -> Answer {
        let rest = Array(call.segments.dropFirst(2))
        switch call.segments.count > 1 ? call.segments[1] : "" {
        case "": return Answer(200, json: .array(Self.summary.map { [.string($0.request), .string($0.does)] }))
        case "clock": return try ControlSettings(router: self).clock()
        case "settings": return try ControlSettings(router: self).settings()
        case "directories": return try ControlMailboxes(router: self).directories()
        case "mailboxes": return try ControlMailboxes(router: self).answer(rest)
        case "tokens": return try ControlLogin(router: self).tokens(rest)
        case "consent": return try ControlLogin(router: self).consent()
        case "codes": return try ControlLogin(router: self).codes()
        case "apps": return try ControlLogin(router: self).apps()
        case "faults": return try ControlSettings(router: self).faults()
        case "log": return try ControlSettings(router: self).log()
        case "statistics": return try ControlSettings(router: self).statistics()
        case "subscriptions": return try ControlSubscriptions(router: self).answer(rest)
        case "notifications": return try ControlSubscriptions(router: self).notifications()
        case "demo": return Answer(200, json: DemoData(world: world).summary())
        default: throw ControlFailure.missing("such control request: see GET /control")
        }
    }

    // MARK: Helpers

    var method: String { call.method }

    func notAllowed() -> ControlFailure { ControlFailure("\(method) isn't for \(call.path)", status: 405) }

    /// The object in the body; empty if there is none.
    func body() throws -> JSONObject {
        guard !call.body.isEmpty else { return JSONObject() }
        guard let object = try JSONParser.parse(call.body).object else { throw ControlFailure("the body is no object") }
        return object
    }

    func mailbox(_ name: String) throws -> Mailbox {
        guard let mailbox = world.mailbox(name) else { throw ControlFailure.missing("mailbox \(name)") }
        return mailbox
    }

    func string(_ object: JSONObject, _ name: String) throws -> String {
        guard let text = object[name]?.string else { throw ControlFailure("\(name) is missing, or no text") }
        return text
    }
}

extension Simulator {
    /// Answers a control request that came over HTTP.
    func control(_ call: HTTPCall) -> Answer {
        if call.segments.count == 2, call.segments[1] == "reset", call.method == "POST" {
            reset()
            return Answer(200, json: [:])
        }
        return locked { ControlRouter(world: $0, call: call).answer() }
    }

    /// Does what a fault rule's `control` step says: `{"method", "path", "body"?}`.
    func control(_ step: JSON) {
        let method = step["method"]?.string ?? "POST"
        let call = HTTPCall(
            method: method, target: step["path"]?.string ?? "", headers: [], body: step["body"]?.bytes ?? [],
            base: "http://localhost")
        _ = control(call)
    }

    /// Answers a control request without HTTP: the same paths and bodies as `/control/...` takes.
    ///
    /// - Parameters:
    ///   - method: `GET`, `POST`, `PATCH` or `DELETE`.
    ///   - path: path and query, such as `/control/mailboxes`.
    ///   - body: the JSON to send, if any.
    /// - Returns: the JSON of the answer.
    /// - Throws: `SimulatorRefusal` with the text of the refusal.
    @discardableResult
    package func control(_ method: String, _ path: String, _ body: JSON? = nil) throws -> JSON {
        let call = HTTPCall(
            method: method, target: path, headers: [], body: body?.bytes ?? [], base: "http://localhost")
        let answer = control(call)
        guard answer.status < 300 else {
            throw SimulatorRefusal(description: answer.json?["error"]?.string ?? "status \(answer.status)")
        }
        return answer.json ?? .null
    }
}

/// A control request that was refused, with the reason.
package struct SimulatorRefusal: Error, CustomStringConvertible {
    /// The reason, for people.
    package let description: String
}

/// The control requests as text, for `--help`.
package enum ControlSummary {
    /// A request and what it does on each two lines.
    package static let text = ControlRouter.summary.map { "\($0.request)\n    \($0.does)" }.joined(separator: "\n")
}
