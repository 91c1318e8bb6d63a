import Foundation
import TestSupport

/// A mailbox of the simulator, and the person who owns it and works with Outlook.
struct Mailbox: Sendable {
    let simulator: Simulator
    let address: String

    @discardableResult
    private func control(_ method: String, _ path: String = "", _ body: JSON? = nil) throws -> JSON {
        try simulator.control(method, "mailboxes/\(address)\(path)", body)
    }

    private func encoded(_ id: String) -> String {
        id.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? id
    }

    // MARK: Calendars

    func defaultCalendarID() throws -> String {
        let calendars = try control("GET", "/calendars").elements
        return calendars.first { $0["isDefault"] == true }?["id"].string ?? ""
    }

    /// Adds a calendar and returns its id.
    func addCalendar(_ name: String) throws -> String {
        try control("POST", "/calendars", ["name": .string(name)])["id"].string ?? ""
    }

    func deleteCalendar(_ id: String) throws { try control("DELETE", "/calendars/\(encoded(id))") }

    /// What a calendar really holds in a window, expanded: see ``ExpectedEvent``.
    func view(_ calendar: String, from: Date, to: Date) throws -> [JSON] {
        let window = "from=\(Instant.write(from))&to=\(Instant.write(to))"
        return try control("GET", "/calendars/\(encoded(calendar))/view?\(window)")["events"].elements
    }

    /// Every delta token of the default calendar is dead.
    func loseSyncState() throws { try control("POST", "/calendars/default/lose-sync-state", [:]) }

    // MARK: Consent

    func consent() throws -> Consent {
        let tokens = try simulator.control(
            "POST", "tokens", ["mailbox": .string(address), "app": .string(Simulator.clientID)])
        guard let access = tokens["access_token"].string, let refresh = tokens["refresh_token"].string else {
            throw TestSupportError("no tokens: \(tokens.text)")
        }
        return Consent(accessToken: access, refreshToken: refresh)
    }

    /// All access tokens end now.
    func expireAccessTokens() throws { try simulator.control("POST", "tokens/expire", ["mailbox": .string(address)]) }

    /// Consent ends: access tokens die, refreshes are refused with invalid_grant.
    func revokeConsent() throws { try simulator.control("POST", "consent", ["mailbox": .string(address)]) }

    /// Every call answers 404 MailboxNotEnabledForRESTAPI from now on.
    func disable() throws { try set("restDisabled", true) }

    /// Sets one of the mailbox's peculiarities.
    func set(_ name: String, _ value: JSON) throws { try control("PATCH", "", .object([name: value])) }

    // MARK: Events

    /// Creates an event and returns its immutable id. Beside Graph's members the simulator's own are taken: `raw` and
    /// `omit` change what its answers show, `isCancelled`, `response` and the like what it is.
    @discardableResult
    func create(_ event: JSON, in calendar: String = "default", _ more: JSON = [:]) throws -> String {
        let created = try control("POST", "/calendars/\(encoded(calendar))/events", event.merging(more))
        guard let id = created["immutableId"].string else { throw TestSupportError("no id: \(created.text)") }
        return id
    }

    func change(_ id: String, _ fields: JSON) throws { try control("PATCH", "/events/\(encoded(id))", fields) }
    func delete(_ id: String) throws { try control("DELETE", "/events/\(encoded(id))") }
    /// The event in Graph's form.
    func item(_ id: String) throws -> JSON { try control("GET", "/events/\(encoded(id))") }
    /// A new change key, and nothing else but the time of the change.
    func touch(_ id: String) throws { try control("POST", "/events/\(encoded(id))/touch") }

    /// Moves an event to another calendar.
    func move(_ id: String, to calendar: String) throws {
        try control("POST", "/events/\(encoded(id))/move", ["calendar": .string(calendar)])
    }

    /// The id of the occurrence that a series' rule has on a date.
    func occurrence(_ day: String, of series: String) throws -> String {
        try control("GET", "/events/\(encoded(series))/occurrences/\(day)")["immutableId"].string ?? ""
    }

    /// "This and following": the old series ends the day before, and the id of the new one is returned.
    func split(_ series: String, from day: String, _ change: JSON) throws -> String {
        let answer = try control("POST", "/events/\(encoded(series))/split", ["from": .string(day), "change": change])
        return answer["new"]["immutableId"].string ?? ""
    }

    /// Fills the default calendar with many events, spread evenly.
    func fill(_ count: Int, from: Date, days: Int) throws {
        try seed([
            "count": .number(Double(count)), "from": .string(Instant.write(from)), "days": .number(Double(days)),
        ])
    }

    /// The same in the simulator's words: `count`, `from` (now), `days`, `bodyBytes`, `attendees`.
    func seed(_ fields: JSON) throws { try control("POST", "/calendars/default/seed", fields) }
}

/// What a person's consent gave: the tokens of a connect.
struct Consent: Sendable {
    let accessToken: String
    let refreshToken: String

    /// The object form of `oauth_token`.
    var token: JSON {
        ["access_token": .string(accessToken), "refresh_token": .string(refreshToken), "expires_in": 3600]
    }
}
