/// Why a job, or one booking of it, failed: what `error` of a result holds.
///
/// `message` is for people: what failed, with which value, and what to do. It never holds a token or a payload.
package struct JobError: Error, Sendable, Equatable {
    /// What Microsoft Graph answered, where it did.
    package struct GraphAnswer: Sendable, Equatable, Codable {
        /// HTTP status.
        package var status: Int
        /// Graph's own code, like `ErrorItemNotFound`.
        package var code: String?
        /// Microsoft's `request-id`, to name in a support case.
        package var requestID: String?

        /// An answer as received.
        package init(status: Int, code: String? = nil, requestID: String? = nil) {
            self.status = status
            self.code = code
            self.requestID = requestID
        }

        private enum CodingKeys: String, CodingKey {
            case status, code
            case requestID = "request_id"
        }
    }

    /// The contract's code.
    package var code: ErrorCode
    /// For people; no secret.
    package var message: String
    /// True when the same job, tried again, may succeed.
    package var retryable: Bool
    /// nil when it was none of Graph.
    package var graph: GraphAnswer?

    /// An error of ours, or of Graph.
    package init(_ code: ErrorCode, _ message: String, retryable: Bool = false, graph: GraphAnswer? = nil) {
        self.code = code
        self.message = message
        self.retryable = retryable
        self.graph = graph
    }
}
