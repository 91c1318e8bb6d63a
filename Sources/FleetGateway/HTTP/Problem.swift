import FleetCore
import FleetStore

/// An answer that says no, as RFC 9457 has it. The detail names what is wrong and what to do, never a secret.
struct Problem: Error, Sendable {
    let status: Int
    /// The contract's code, or one of the gateway's own below.
    let code: String
    let detail: String
    var headers: [(name: String, value: String)] = []
    var job: JobID?
    var graph: JobError.GraphAnswer?

    init(_ status: Int, _ code: String, _ detail: String, headers: [(name: String, value: String)] = []) {
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
    }

    init(_ status: Int, _ code: ErrorCode, _ detail: String) {
        self.init(status, code.rawValue, detail)
    }

    // MARK: The gateway's own

    static func invalid(_ detail: String) -> Problem { Problem(400, .invalidJob, detail) }

    static let notFound = Problem(404, "not_found", "there is nothing at this path")

    static func methodNotAllowed(_ allowed: [String]) -> Problem {
        let list = allowed.joined(separator: ", ")
        return Problem(
            405, "method_not_allowed", "this path takes \(list)", headers: [(name: "Allow", value: list)])
    }

    static let unauthorized = Problem(
        401, "unauthorized", "a tenant key is needed: Authorization: Bearer KEY",
        headers: [(name: "WWW-Authenticate", value: "Bearer realm=\"outlook-fleet\"")])

    /// Redis is away, or we are at a limit of our own.
    static func unavailable(_ detail: String) -> Problem {
        Problem(503, "unavailable", detail, headers: [(name: "Retry-After", value: "1")])
    }

    /// 422 as the IETF's draft on the Idempotency-Key header has it.
    static let keyReused = Problem(
        422, "idempotency_key_reused",
        "Idempotency-Key: stands for another call of the last 24 hours; give each call its own, and keep it for repeats"
    )

    static let tooManyFailures = Problem(
        429, .throttled, "too many wrong keys came from this address: try again in a minute"
    ).retrying(after: 60)

    func retrying(after seconds: Int) -> Problem {
        var copy = self
        copy.headers.append((name: "Retry-After", value: String(seconds)))
        return copy
    }

    // MARK: From elsewhere

    /// What a failed job answers (CONTRACT, section 8).
    init(_ error: JobError, job: JobID?) {
        self.init(Self.status(of: error.code), error.code.rawValue, error.message)
        self.job = job
        graph = error.graph
        if status == 429 || status == 503 { headers.append((name: "Retry-After", value: "5")) }
    }

    /// Trouble with Redis: nothing that the caller did.
    init(_ error: StoreError) {
        switch error.code {
        case .unavailable, .full, .readOnly, .cancelled:
            self = .unavailable("the fleet's memory can't be reached just now: try again")
        case .wrongType, .refused, .unreadable, .internal:
            self.init(500, .internal, "an error inside the fleet: its operator finds it in the log by the request id")
        }
    }

    static func status(of code: ErrorCode) -> Int {
        switch code {
        case .invalidJob: 400
        case .accessDenied: 403
        case .notConnected, .calendarNotFound: 404
        case .reconnectRequired, .ambiguousCalendar, .cancelled: 409
        case .expired: 410
        case .payloadTooLarge: 413
        case .throttled: 429
        case .internal, .attemptsExhausted: 500
        case .mailboxUnavailable: 502
        case .graphUnavailable: 503
        }
    }

    /// Names of the statuses that we answer.
    static func title(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 202: "Accepted"
        case 204: "No Content"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        default: "Status \(status)"
        }
    }
}
