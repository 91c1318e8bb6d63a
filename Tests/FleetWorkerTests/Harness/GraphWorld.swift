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
    func tokens(_ mailbox: String, _ more: [(String, JSON)] = []) throws -> String {
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
