import Foundation
import TestSupport

/// A request in the simulator's log.
struct LoggedRequest: Sendable, CustomStringConvertible {
    let method: String
    /// Path without the query.
    let path: String
    /// Path and query as they came.
    let target: String
    let status: Int
    var description: String { "\(method) \(target) -> \(status)" }
}

extension Simulator {
    private func missing() -> TestSupportError { TestSupportError("no control request for this yet") }
    func mailbox(_ address: String, zone: String = "UTC", calendarName: String = "Calendar") throws -> Mailbox {
        throw missing()
    }
    func now() throws -> Date { throw missing() }
    func requests() throws -> [LoggedRequest] { throw missing() }
    func graphRequests() throws -> [LoggedRequest] { throw missing() }
    func graphRequestsBegun() throws -> Int { throw missing() }
    func tokenRequests() throws -> [LoggedRequest] { throw missing() }
    func writes() throws -> [LoggedRequest] { throw missing() }
    func add(_ fault: Fault) throws { throw missing() }
    func clearFaults() throws { throw missing() }
    func limitPages(to size: Int) throws { throw missing() }
    func beginRoundsWithEmptyPages(_ count: Int) throws { throw missing() }
    func keepSyncState(rounds: Int) throws { throw missing() }
    func loseSyncState() throws { throw missing() }
    func rotateRefreshTokens(refuseOld: Bool) throws { throw missing() }
    func omitRefreshTokens() throws { throw missing() }
    func advanceClock(hours: Int) throws { throw missing() }
    func setLatency(milliseconds: Int) throws { throw missing() }
}

extension Mailbox {
    private func missing() -> TestSupportError { TestSupportError("no control request for this yet") }
    func defaultCalendarID() throws -> String { throw missing() }
    func addCalendar(_ name: String) throws -> String { throw missing() }
    func consent() throws -> Consent { throw missing() }
    func expireAccessTokens() throws { throw missing() }
    func revokeConsent() throws { throw missing() }
    func disable() throws { throw missing() }
    @discardableResult
    func create(
        _ event: JSON, in calendar: String? = nil, id: String? = nil, raw: JSON = [:], without: [String] = []
    ) throws -> String { throw missing() }
    func change(_ id: String, _ fields: JSON = [:], raw: JSON = [:]) throws { throw missing() }
    func touch(_ id: String) throws { throw missing() }
    func delete(_ id: String) throws { throw missing() }
    func item(_ id: String) throws -> JSON { throw missing() }
    func occurrence(at day: String, of calendar: String) throws -> String { throw missing() }
    func inject(_ items: [JSON]) throws { throw missing() }
    func fill(_ count: Int, from: Date, to: Date) throws { throw missing() }
    func view(_ calendar: String, from: Date, to: Date) throws -> [JSON] { throw missing() }
}
