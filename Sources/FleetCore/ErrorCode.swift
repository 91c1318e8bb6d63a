/// The codes that a failed job, a failed booking or a problem document may carry. Fixed by the contract.
package enum ErrorCode: String, Sendable, Codable, CaseIterable {
    case invalidJob = "invalid_job"
    case payloadTooLarge = "payload_too_large"
    case notConnected = "not_connected"
    case ambiguousCalendar = "ambiguous_calendar"
    case calendarNotFound = "calendar_not_found"
    case mailboxUnavailable = "mailbox_unavailable"
    case accessDenied = "access_denied"
    case reconnectRequired = "reconnect_required"
    case graphUnavailable = "graph_unavailable"
    case throttled = "throttled"
    case expired = "expired"
    case cancelled = "cancelled"
    case attemptsExhausted = "attempts_exhausted"
    case `internal` = "internal"
}
