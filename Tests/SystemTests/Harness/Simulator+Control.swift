import Foundation
import TestSupport

// MARK: - Behind the scenes

extension Simulator {
    /// A control request; its answer.
    @discardableResult
    func control(_ method: String, _ path: String, _ body: JSON? = nil) throws -> JSON {
        let answer = try http.request(method, "/control/\(path)", body: body)
        guard answer.status == 200 else {
            throw TestSupportError("\(method) /control/\(path) \(body?.text.prefix(300) ?? ""): \(answer.text)")
        }
        return answer.json
    }

    func mailbox(_ address: String, zone: String = "UTC", calendarName: String = "Calendar") throws -> Mailbox {
        try control(
            "POST", "mailboxes",
            [
                "address": .string(address), "timeZone": .string(zone), "calendarName": .string(calendarName),
            ])
        return Mailbox(simulator: self, address: address)
    }

    func now() throws -> Date {
        guard let now = Instant.read(try control("GET", "clock")["now"].string ?? "") else {
            throw TestSupportError("the simulator's clock says nothing")
        }
        return now
    }

    func advanceClock(hours: Int) throws { try control("POST", "clock", ["advance": .number(Double(hours) * 3600)]) }

    // MARK: Settings

    /// Pages hold so many items at most, whatever is asked for.
    func limitPages(to size: Int) throws { try set("maximumPageSize", .number(Double(size))) }
    /// Each request takes at least so long.
    func setLatency(milliseconds: Int) throws { try set("latency", .number(Double(milliseconds))) }
    /// Delta tokens older than so many rounds are dead.
    func keepSyncState(rounds: Int) throws { try set("deltaGenerations", .number(Double(rounds))) }
    /// Each refresh gives a new refresh token and ends the old one.
    func refuseOldRefreshTokens() throws { try set("rotation", "strict") }
    /// Refreshes give no new refresh token.
    func omitRefreshTokens() throws { try set("rotation", "keep") }

    private func set(_ name: String, _ value: JSON) throws {
        try control("PATCH", "settings", .object([name: value]))
    }

    // MARK: Faults

    /// Adds a fault and returns its name.
    @discardableResult
    func add(_ fault: Fault) throws -> String {
        let rules = try control("POST", "faults", fault.rule)
        return rules.elements.first?["name"].string ?? ""
    }

    func clearFaults() throws { try control("DELETE", "faults") }

    /// Waits until a fault has hit a request: for delays, that request is under way then.
    func awaitHit(of fault: String, times: Int = 1, within limit: Duration = .seconds(20)) async throws {
        try await eventually("\(fault) hits", within: limit) {
            let rules = try control("GET", "faults").elements
            return rules.first { $0["name"].string == fault }?["hits"].int ?? 0 >= times
        }
    }

    // MARK: The log

    /// All requests that have been answered, those of people behind the scenes left out.
    func requests() throws -> [LoggedRequest] { try control("GET", "log").elements.map(LoggedRequest.init) }
    func graphRequests() throws -> [LoggedRequest] { try requests().filter { !$0.isLogin } }
    func tokenRequests() throws -> [LoggedRequest] { try requests().filter(\.isLogin) }
    /// Requests to Graph that change something there.
    func writes() throws -> [LoggedRequest] { try graphRequests().filter { $0.method != "GET" } }
}

/// A request in the simulator's log.
struct LoggedRequest: Sendable, CustomStringConvertible {
    let method: String
    /// Path and query as they came.
    let target: String
    /// 0 where no answer was given.
    let status: Int
    /// Names of the members of a write's body.
    let members: [String]

    init(_ entry: JSON) {
        method = entry["method"].string ?? ""
        target = entry["path"].string ?? ""
        status = entry["status"].int ?? 0
        members = entry["members"].elements.compactMap(\.string)
    }

    var isLogin: Bool { target.contains("/oauth2/") }
    /// A page of a delta round.
    var isDelta: Bool { target.contains("/delta") }
    var description: String { "\(method) \(target) -> \(status)" }
}
