import Foundation
import HTTP

// What each answer of Graph's means, in one place.
//
// Read from top to bottom, the first row that fits decides: its statuses, its codes (any of the error's, outer or
// inner, compared without case; none listed: whatever the body says), and its operations (none listed: all). So the
// status decides first, and a body that is HTML, empty or new to us still gets a sensible answer: the last row of its
// status.
//
// Sources: Microsoft Graph documentation, "Microsoft Graph error responses and resource types", "Throttling", "Use
// delta query", "Known issues"; the codes beyond them as others met them: microsoftgraph/microsoft-graph-docs issues
// 2350, 2877, 5288; docs-contrib 6519, 7975; msgraph-sdk-java 260; msgraph-sdk-ruby 38; microsoft-graph-explorer-v4
// 1061, 3143.

/// One row.
struct GraphErrorRow: Sendable {
    /// What a row leads to; the parts that an answer's headers and body fill in are left open.
    enum Outcome: Sendable {
        case action(GraphError.Action)
        case throttled
        /// Throttled if the answer says how long, else simply again.
        case throttledIfSaid
        case duplicate
        case unauthorized
    }

    let statuses: ClosedRange<Int>
    let codes: Set<String>
    let operations: Set<GraphOperation>
    let outcome: Outcome
    let reason: String

    init(
        _ statuses: ClosedRange<Int>, codes: [String] = [], for operations: Set<GraphOperation> = [],
        _ outcome: Outcome, _ reason: String
    ) {
        self.statuses = statuses
        self.codes = Set(codes.map { $0.lowercased() })
        self.operations = operations
        self.outcome = outcome
        self.reason = reason
    }

    func fits(_ status: Int, _ found: [String], _ operation: GraphOperation) -> Bool {
        statuses.contains(status)
            && (codes.isEmpty || found.contains { codes.contains($0.lowercased()) })
            && (operations.isEmpty || operations.contains(operation))
    }
}

enum GraphErrorTable {
    /// Spellings of "your delta token is gone", at 410 and at any 40x.
    private static let lostSyncState = [
        "SyncStateNotFound", "SyncStateInvalid", "resyncRequired", "fullSyncRequired", "ErrorInvalidSyncStateData",
        "ErrorSyncStateNotFound", "resyncApplyDifferences", "resyncUploadDifferences",
    ]
    private static let noMailbox = [
        "MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI", "ResourceNotFound", "ErrorNonExistentMailbox",
        "ErrorInvalidUser", "Request_ResourceNotFound",
    ]
    private static let refusedItem = [
        "ErrorPropertyValidationFailure", "TimeZoneNotSupportedException", "ErrorOccurrenceCrossingBoundary",
        "ErrorCalendarEndDateIsEarlierThanStartDate", "ErrorCalendarDurationIsTooLong",
        "ErrorRecurrenceEndDateTooBig", "ErrorRecurrenceHasNoOccurrence", "ErrorMessageSizeExceeded",
    ]
    private static let fullMailbox = ["ErrorQuotaExceeded", "quotaLimitReached"]

    static let rows: [GraphErrorRow] = [
        // Before all others: a lost sync state comes with several statuses; of a single thing 410 says it is gone.
        GraphErrorRow(400...410, codes: lostSyncState, .action(.resync), "the delta token is lost"),
        GraphErrorRow(
            410...410, for: [.event, .updateEvent, .deleteEvent, .renewSubscription, .deleteSubscription],
            .action(.notFound), "it is gone"),

        GraphErrorRow(300...399, .action(.permanent(.foreignHost)), "a redirect, which is never followed"),

        GraphErrorRow(
            400...400, codes: ["ErrorDuplicateTransactionId"], .duplicate, "it was created by an earlier try"),
        GraphErrorRow(
            400...400, codes: ["ErrorInvalidIdMalformed"], .action(.notFound), "the id is not one of this mailbox"),
        GraphErrorRow(400...400, codes: refusedItem, .action(.permanent(.item)), "what was to be written is refused"),
        GraphErrorRow(400...400, codes: fullMailbox, .action(.permanent(.fullMailbox)), "the mailbox is full"),
        GraphErrorRow(
            400...400, codes: ["ValidationError", "InvalidRequest"], for: [.subscription], .action(.retry),
            "the notification URL did not pass validation"),
        GraphErrorRow(
            400...400, codes: ["ExtensionError"], for: [.subscription], .action(.accessDenied),
            "Exchange refuses to watch this mailbox"),
        GraphErrorRow(400...400, .action(.permanent(.request)), "the request is wrong"),

        GraphErrorRow(401...401, .unauthorized, "the access token is not accepted"),

        GraphErrorRow(403...403, codes: fullMailbox, .action(.permanent(.fullMailbox)), "the mailbox is full"),
        GraphErrorRow(
            403...403, codes: ["ErrorMailboxDataArrayTooBig", "ErrorTimeIntervalTooBig"], .action(.permanent(.request)),
            "more was asked for than is allowed"),
        GraphErrorRow(403...403, .action(.accessDenied), "access is denied"),

        // Of a subscription "ResourceNotFound" means itself, not a mailbox.
        GraphErrorRow(
            404...404, for: [.renewSubscription, .deleteSubscription], .action(.notFound), "it is not there"),
        GraphErrorRow(
            404...404, codes: noMailbox, .action(.mailboxUnavailable), "there is no mailbox that Graph can open"),
        GraphErrorRow(404...404, .action(.notFound), "it is not there"),

        GraphErrorRow(408...408, .throttledIfSaid, "it took too long"),
        GraphErrorRow(
            409...409, codes: ["ErrorDuplicateTransactionId"], .duplicate, "it was created by an earlier try"),
        GraphErrorRow(
            409...409, for: [.subscription], .action(.duplicate(eventID: nil)), "there is an equal subscription"),
        GraphErrorRow(409...409, .action(.conflict), "it was changed meanwhile"),
        GraphErrorRow(410...410, .action(.resync), "the delta token is lost"),
        GraphErrorRow(412...412, .action(.conflict), "it was changed meanwhile"),
        GraphErrorRow(413...413, .action(.permanent(.item)), "it is too large"),
        GraphErrorRow(423...423, .throttledIfSaid, "it is locked"),
        GraphErrorRow(424...424, .throttledIfSaid, "another part of the batch failed"),
        GraphErrorRow(429...429, .throttled, "too many requests"),
        // Of the connection, not of the request (RFC 9110, section 15.5.20).
        GraphErrorRow(421...421, .action(.retry), "this connection doesn't serve it"),
        // 402, 405, 406, 411, 415, 416, 422 and whatever else the client is said to have done wrong.
        GraphErrorRow(400...499, .action(.permanent(.request)), "the request is wrong"),

        GraphErrorRow(501...501, .action(.permanent(.notSupported)), "Graph can't do this to this target"),
        GraphErrorRow(507...507, .action(.permanent(.fullMailbox)), "the mailbox is full"),
        GraphErrorRow(509...509, .throttled, "the bandwidth limit is reached"),
        // 500, 502, 503, 504 whatever they say: also the share that answers a "transient" 500 for ever, which the job's
        // attempts bound.
        GraphErrorRow(500...599, .throttledIfSaid, "Graph has trouble"),
    ]

    /// What an answer other than 2xx means.
    static func classify(_ response: HTTPResponse, _ operation: GraphOperation, now: Date) -> GraphError {
        let body = GraphErrorBody(response.body)
        let row = rows.first { $0.fits(response.status, body.codes, operation) }
        let wait = RetryAfter.wait(response.headers, now: now)
        let action: GraphError.Action =
            switch row?.outcome {
            case .action(let action): action
            case .throttled: .throttled(retryAfter: wait)
            case .throttledIfSaid: wait == nil ? .retry : .throttled(retryAfter: wait)
            case .duplicate: .duplicate(eventID: body.existingEventID)
            case .unauthorized: wantsClaims(response) ? .reconnect : .refreshToken
            // 1xx and 6xx are no answers.
            case nil: .retry
            }
        return GraphError(
            action, operation, status: response.status, code: body.code,
            requestID: printable(response.headers["request-id"], maximum: 64) ?? body.requestID,
            reason: row?.reason ?? "no answer of HTTP's",
            mayHaveBeenExecuted: response.status >= 500, isConcurrencyLimit: body.isConcurrencyLimit)
    }

    /// Continuous access evaluation, or a step-up: a refreshed token would be the same again; only its user can help.
    private static func wantsClaims(_ response: HTTPResponse) -> Bool {
        response.headers.all("WWW-Authenticate").contains { challenge in
            let challenge = challenge.lowercased()
            return challenge.contains("insufficient_claims") || challenge.contains("claims=")
        }
    }
}
