import Foundation
import GraphSimulator
import TestSupport

/// The simulator, as a test's hands behind the scenes.
struct GraphWorld: Sendable {
    let simulator: RunningSimulator

    init(_ simulator: RunningSimulator) { self.simulator = simulator }

    @discardableResult
    func control(_ method: String, _ path: String, _ body: JSON? = nil) throws -> JSON {
        try simulator.simulator.control(method, "/control" + path, body)
    }

    /// A mailbox with its default calendar.
    func addMailbox(_ address: String, _ more: [(String, JSON)] = []) throws {
        try control("POST", "/mailboxes", .object(JSONObject([("address", .string(address))] + more)))
    }

    /// The tokens of a fresh consent as a connect job takes them.
    func tokens(_ mailbox: String, scopes: String? = nil) throws -> String {
        let more: [(String, JSON)] = scopes.map { [("scopes", .string($0))] } ?? []
        let issued = try control("POST", "/tokens", .object(JSONObject([("mailbox", .string(mailbox))] + more)))
        return """
            {"access_token":"\(issued["access_token"]?.string ?? "")",\
            "refresh_token":"\(issued["refresh_token"]?.string ?? "")",\
            "expires_at":"\(issued["expires_at"]?.string ?? "")"}
            """
    }

    /// A bare access token of a fresh consent.
    func accessToken(_ mailbox: String) throws -> String {
        try control("POST", "/tokens", ["mailbox": .string(mailbox)])["access_token"]?.string ?? ""
    }

    /// A person enters an event, `hours` from now for an hour; returns its id.
    @discardableResult
    func addEvent(
        _ mailbox: String, _ title: String, hours: Double, calendar: String = "default", _ more: [(String, JSON)] = []
    ) throws -> String {
        let start = Date().addingTimeInterval(hours * 3600)
        let event: [(String, JSON)] = [
            ("subject", .string(title)), ("start", Self.time(start)), ("end", Self.time(start + 3600)),
        ]
        let names = Set(more.map(\.0))
        let made = try control(
            "POST", "/mailboxes/\(mailbox)/calendars/\(calendar)/events",
            .object(JSONObject(event.filter { !names.contains($0.0) } + more)))
        return made["id"]?.string ?? ""
    }

    /// Ids of the default calendar's events, by their subject.
    func events(_ mailbox: String) throws -> [String: String] {
        let from = Date().addingTimeInterval(-86_400).formatted(.iso8601)
        let to = Date().addingTimeInterval(40 * 86_400).formatted(.iso8601)
        let view = try control("GET", "/mailboxes/\(mailbox)/calendars/default/view?from=\(from)&to=\(to)")
        var ids: [String: String] = [:]
        for event in view["events"]?.array ?? [] { ids[event["subject"]?.string ?? ""] = event["id"]?.string }
        return ids
    }

    /// A whole day, `days` from today.
    func addAllDay(_ mailbox: String, _ title: String, inDays days: Int) throws {
        let day = (Date().timeIntervalSince1970 / 86_400).rounded(.down) * 86_400 + Double(days) * 86_400
        try addEvent(
            mailbox, title, hours: 0,
            [
                ("isAllDay", true), ("start", Self.time(Date(timeIntervalSince1970: day))),
                ("end", Self.time(Date(timeIntervalSince1970: day + 86_400))),
            ])
    }

    /// The id of a calendar by its name.
    func calendarID(_ mailbox: String, _ name: String) throws -> String {
        try control("GET", "/mailboxes/\(mailbox)/calendars/\(name)")["id"]?.string ?? ""
    }

    static func time(_ date: Date) -> JSON {
        let text = date.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: false))
        return ["dateTime": .string(text.replacing("Z", with: "")), "timeZone": "UTC"]
    }

    /// Requests to Graph so far (not to the login service), as `METHOD path`.
    func requests(_ mailbox: String? = nil) throws -> [String] {
        let log = try control("GET", "/log" + (mailbox.map { "?mailbox=\($0)" } ?? ""))
        return (log.array ?? log["requests"]?.array ?? []).compactMap { entry in
            guard let path = entry["path"]?.string, !path.contains("/oauth2/") else { return nil }
            return "\(entry["method"]?.string ?? "") \(path)"
        }
    }

    /// Calls of the token endpoint so far.
    func refreshes() throws -> Int {
        let log = try control("GET", "/log")
        return (log.array ?? log["requests"]?.array ?? []).count { $0["path"]?.string?.contains("/oauth2/") == true }
    }
}

// MARK: - Trouble

extension GraphWorld {
    /// What happens to the next `times` requests (0: all) whose target matches `path`, after the first `after`.
    func fault(_ path: String, after: Int = 0, times: Int = 1, _ effect: JSON) throws {
        try control(
            "POST", "/faults",
            ["path": .string(path), "after": .integer(Int64(after)), "times": .integer(Int64(times)), "do": effect])
    }

    func clearFaults() throws { try control("DELETE", "/faults") }

    /// The consent of a mailbox's user is revoked.
    func revoke(_ mailbox: String) throws { try control("POST", "/consent", ["mailbox": .string(mailbox)]) }

    /// Access tokens end now; refresh tokens don't.
    func expireTokens() throws { try control("POST", "/tokens/expire", [:]) }

    /// Delta tokens of the default calendar are dead, answered with this spelling.
    func loseSyncState(_ mailbox: String, _ spelling: String? = nil) throws {
        let body: JSON = spelling.map { ["spelling": .string($0)] } ?? [:]
        try control("POST", "/mailboxes/\(mailbox)/calendars/default/lose-sync-state", body)
    }

    /// The largest page that is given.
    func limitPages(_ size: Int) throws {
        try control("PATCH", "/settings", ["maximumPageSize": .integer(Int64(size))])
    }
}
