/// The name of a field of a log line. One list for all rooms, so that a field means the same everywhere and a search
/// over the logs of a fleet needs no guessing. A new key: add it here, with its unit in the name if it has one.
package enum LogKey: String, Sendable, CaseIterable {
    // What the line is about.
    case jobID = "job_id"
    case kind
    case tenantID = "tenant_id"
    case resourceID = "resource_id"
    case calendarID = "calendar_id"
    case fence
    case attempt
    case worker
    case traceID = "trace_id"

    // What came of it.
    case code
    case outcome
    case error
    case hint
    case reason
    case httpStatus = "http_status"
    case graphCode = "graph_code"
    case requestID = "request_id"

    // Where.
    case component
    case endpoint
    case group
    case key
    case path
    case script
    case signal
    case stream
    case version

    // How much.
    case count
    case limit
    case suppressed
    case failures
    case attempts
    case jobs
    case events
    case pages
    case bytes
    case seconds
    case milliseconds
    case concurrency
    case processID = "process_id"
}
