/// Why there is no answer.
///
/// `description` says the kind and libcurl's constant text for its code: never a URL, a header or a body.
/// `String(reflecting:)` adds libcurl's detail, which may name hosts.
package struct HTTPError: Error, Sendable {
    /// What went wrong, as far as a caller can act on it.
    package enum Kind: String, Sendable, CaseIterable {
        /// The request's deadline passed.
        case timedOut = "timed out"
        /// No connection: refused, unreachable, or not within the connect deadline.
        case connectFailed = "can't connect"
        /// The host has no address.
        case nameNotResolved = "name not resolved"
        /// The handshake failed, or the certificate isn't trusted or is another host's.
        case tls = "TLS failed"
        /// The connection broke after it was up.
        case connectionLost = "connection lost"
        /// The answer's header or body is over its cap.
        case tooLarge = "answer too large"
        /// What came isn't HTTP.
        case malformed = "malformed answer"
        /// The calling task was cancelled.
        case cancelled = "cancelled"
        /// The request can't be sent: URL, headers, or too many requests in line.
        case badRequest = "bad request"
        /// The client was closed.
        case closed = "client closed"
    }

    /// What went wrong.
    package let kind: Kind
    /// False only if it is certain that no byte of the request reached the server. When true, the server may have
    /// carried it out, whatever the kind says.
    package let requestMayHaveBeenExecuted: Bool
    /// A constant text: libcurl's for its code, or ours.
    package let reason: String
    /// For people and only in `String(reflecting:)`: may name hosts and ports.
    package let detail: String

    /// An error; `detail` defaults to nothing.
    package init(_ kind: Kind, mayHaveBeenExecuted: Bool, reason: String, detail: String = "") {
        self.kind = kind
        self.requestMayHaveBeenExecuted = mayHaveBeenExecuted
        self.reason = reason
        self.detail = detail
    }
}

// MARK: - Texts

extension HTTPError: CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind and a constant reason.
    package var description: String { "\(kind.rawValue) (\(reason))" }

    /// With the detail, and whether the server may have acted.
    package var debugDescription: String {
        let executed = requestMayHaveBeenExecuted ? "may have been executed" : "was not executed"
        return detail.isEmpty ? "\(description); \(executed)" : "\(description): \(detail); \(executed)"
    }
}
