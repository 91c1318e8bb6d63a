import Foundation
import HTTP
import Testing

@testable import Graph

/// What an answer is made of, and what must be done about it.
struct ErrorCase: Sendable, CustomTestStringConvertible {
    var status: Int
    var body: String
    var headers: HTTPHeaders
    var operation: GraphOperation
    var action: GraphError.Action

    init(
        _ status: Int, _ code: String?, _ action: GraphError.Action, for operation: GraphOperation = .delta,
        headers: HTTPHeaders = [:]
    ) {
        self.status = status
        body = code.map { "{\"error\":{\"code\":\"\($0)\",\"message\":\"m\",\"innerError\":{\"date\":\"d\"}}}" } ?? ""
        self.headers = headers
        self.operation = operation
        self.action = action
    }

    var testDescription: String { "\(status) \(body.prefix(60)) \(operation)" }
}

/// Goal: each answer that Graph is known to give leads to the right deed. Method: a table, status and code first; then
/// bodies in every shape.
@Suite struct GraphErrorTableTests {
    private func classify(_ example: ErrorCase) -> GraphError {
        let response = HTTPResponse(status: example.status, headers: example.headers, body: Array(example.body.utf8))
        return GraphErrorTable.classify(response, example.operation, now: Date())
    }

    static let clientErrors: [ErrorCase] = [
        ErrorCase(401, "InvalidAuthenticationToken", .refreshToken), ErrorCase(401, nil, .refreshToken),
        ErrorCase(
            401, "InvalidAuthenticationToken", .reconnect,
            headers: ["WWW-Authenticate": "Bearer realm=\"\", error=\"insufficient_claims\", claims=\"eyJ\""]),
        ErrorCase(
            401, nil, .refreshToken,
            headers: ["WWW-Authenticate": "Bearer realm=\"\", authorization_uri=\"https://login.example\""]),
        ErrorCase(403, "ErrorAccessDenied", .accessDenied),
        ErrorCase(403, "Authorization_RequestDenied", .accessDenied),
        ErrorCase(403, "Forbidden", .accessDenied), ErrorCase(403, "accessDenied", .accessDenied),
        ErrorCase(403, "", .accessDenied), ErrorCase(403, nil, .accessDenied),
        ErrorCase(403, "ErrorQuotaExceeded", .permanent(.fullMailbox)),
        ErrorCase(507, "quotaLimitReached", .permanent(.fullMailbox)),
        ErrorCase(403, "ErrorMailboxDataArrayTooBig", .permanent(.request), for: .schedule),
        ErrorCase(400, "ErrorTimeIntervalTooBig", .permanent(.request), for: .schedule),
        ErrorCase(404, "ErrorItemNotFound", .notFound), ErrorCase(404, "itemNotFound", .notFound),
        ErrorCase(404, nil, .notFound),
        ErrorCase(404, "MailboxNotEnabledForRESTAPI", .mailboxUnavailable),
        ErrorCase(404, "ResourceNotFound", .mailboxUnavailable),
        ErrorCase(404, "ErrorNonExistentMailbox", .mailboxUnavailable),
        ErrorCase(404, "ErrorInvalidUser", .mailboxUnavailable),
        ErrorCase(404, "Request_ResourceNotFound", .mailboxUnavailable),
        ErrorCase(400, "ErrorInvalidIdMalformed", .notFound),
        ErrorCase(400, "ErrorInvalidRequest", .permanent(.request)),
        ErrorCase(400, "ErrorInvalidParameter", .permanent(.request)),
        ErrorCase(400, "BadRequest", .permanent(.request)),
        ErrorCase(400, "RequestBodyRead", .permanent(.request)),
        ErrorCase(400, "ErrorInvalidUrlQuery", .permanent(.request)),
        ErrorCase(400, "ErrorInvalidUrlQueryFilter", .permanent(.request)), ErrorCase(400, nil, .permanent(.request)),
        ErrorCase(400, "ErrorPropertyValidationFailure", .permanent(.item), for: .createEvent),
        ErrorCase(400, "TimeZoneNotSupportedException", .permanent(.item), for: .createEvent),
        ErrorCase(400, "ErrorOccurrenceCrossingBoundary", .permanent(.item), for: .updateEvent),
        ErrorCase(400, "ErrorCalendarEndDateIsEarlierThanStartDate", .permanent(.item), for: .createEvent),
        ErrorCase(400, "ErrorCalendarDurationIsTooLong", .permanent(.item), for: .createEvent),
        ErrorCase(400, "ErrorDuplicateTransactionId", .duplicate(eventID: nil), for: .createEvent),
        ErrorCase(409, "ErrorDuplicateTransactionId", .duplicate(eventID: nil), for: .createEvent),
        ErrorCase(409, "ErrorIrresolvableConflict", .conflict), ErrorCase(409, nil, .conflict),
        ErrorCase(412, "ErrorIrresolvableConflict", .conflict), ErrorCase(412, "resourceModified", .conflict),
        ErrorCase(413, nil, .permanent(.item)), ErrorCase(423, nil, .retry), ErrorCase(424, nil, .retry),
        ErrorCase(402, nil, .permanent(.request)), ErrorCase(405, nil, .permanent(.request)),
        ErrorCase(422, nil, .permanent(.request)), ErrorCase(408, nil, .retry),
        ErrorCase(400, "ValidationError", .retry, for: .subscription),
        ErrorCase(400, "InvalidRequest", .retry, for: .subscription),
        ErrorCase(400, "ExtensionError", .accessDenied, for: .subscription),
        ErrorCase(400, "invalidRequest", .permanent(.request), for: .delta),
        ErrorCase(302, nil, .permanent(.foreignHost), headers: ["Location": "https://evil.example/"]),
    ]

    static let lostSyncStates: [ErrorCase] = [
        ErrorCase(410, "SyncStateNotFound", .resync), ErrorCase(410, "syncStateNotFound", .resync),
        ErrorCase(410, "SYNCSTATENOTFOUND", .resync), ErrorCase(410, "fullSyncRequired", .resync),
        ErrorCase(410, "resyncRequired", .resync, headers: ["Location": "https://graph.microsoft.com/v1.0/x"]),
        ErrorCase(410, nil, .resync), ErrorCase(400, "SyncStateInvalid", .resync),
        ErrorCase(400, "ErrorInvalidSyncStateData", .resync), ErrorCase(404, "syncStateNotFound", .resync),
        ErrorCase(409, "resyncApplyDifferences", .resync),
    ]

    static let throttles: [ErrorCase] = [
        ErrorCase(429, "ApplicationThrottled", .throttled(retryAfter: .seconds(1)), headers: ["Retry-After": "1"]),
        ErrorCase(
            429, "TooManyRequests", .throttled(retryAfter: .milliseconds(2128)), headers: ["Retry-After": "2.128"]),
        ErrorCase(429, "activityLimitReached", .throttled(retryAfter: nil)),
        ErrorCase(429, nil, .throttled(retryAfter: nil)),
        ErrorCase(429, "ErrorAccessDenied", .throttled(retryAfter: nil)),
        ErrorCase(509, nil, .throttled(retryAfter: nil)),
        ErrorCase(503, "ErrorServerBusy", .throttled(retryAfter: .seconds(9)), headers: ["Retry-After": "9"]),
        ErrorCase(504, nil, .throttled(retryAfter: .seconds(9)), headers: ["Retry-After": "9"]),
    ]

    static let serverErrors: [ErrorCase] = [
        ErrorCase(500, "ErrorInternalServerTransientError", .retry), ErrorCase(500, "generalException", .retry),
        ErrorCase(501, "NotImplemented", .permanent(.notSupported)), ErrorCase(502, nil, .retry),
        ErrorCase(503, "MailboxInfoStale", .retry), ErrorCase(503, "ConcurrentItemSave", .retry, for: .createEvent),
        ErrorCase(503, nil, .retry), ErrorCase(504, "UnknownError", .retry), ErrorCase(599, nil, .retry),
        ErrorCase(101, nil, .retry),
    ]

    @Test("4xx", arguments: clientErrors)
    func clientError(example: ErrorCase) {
        #expect(classify(example).action == example.action)
    }

    @Test("a lost sync state, in all spellings and statuses", arguments: lostSyncStates)
    func lostSyncState(example: ErrorCase) {
        #expect(classify(example).action == example.action)
    }

    @Test("too many requests: by status, whatever the body says", arguments: throttles)
    func throttle(example: ErrorCase) {
        #expect(classify(example).action == example.action)
    }

    @Test("5xx, and what is no answer", arguments: serverErrors)
    func serverError(example: ErrorCase) {
        #expect(classify(example).action == example.action)
    }

    @Test("every status has a row, and no row is out of reach")
    func complete() {
        for status in 300...599 {
            #expect(GraphErrorTable.rows.contains { $0.fits(status, [], .delta) }, "no row for \(status)")
        }
        for (index, row) in GraphErrorTable.rows.enumerated() {
            let codes = row.codes.isEmpty ? [] : [row.codes.first ?? ""]
            let operation = row.operations.first ?? .delta
            let isReached = row.statuses.contains { status in
                GraphErrorTable.rows.firstIndex { $0.fits(status, codes, operation) } == index
            }
            #expect(isReached, "row \(index) is never reached: \(row.reason)")
        }
    }
}
