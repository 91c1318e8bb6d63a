package import FleetCore

/// Why there is no access token, as what to do about it.
///
/// Built from `error`, `error_codes` (the numbers of "AADSTS…") and `suberror`; Microsoft's description is left out,
/// for it names users and addresses.
package struct TokenError: Error, Sendable, Equatable {
    /// What to do.
    package enum Action: Sendable, Hashable {
        /// Its user must sign in or consent again: no further call to the token endpoint until a new connect.
        case reconnect
        /// An administrator of that directory must act; the user can't.
        case directory
        /// The fleet's operator must act (secret, registration). The credential isn't to blame: keep it, and the jobs.
        case `operator`
        /// Our request is wrong: a bug.
        case permanent
        /// Again, with backoff; not before `after` if the answer said so.
        case retry(after: Duration?)
    }

    /// What to do.
    package let action: Action
    /// OAuth's `error`, if there was one.
    package let error: String?
    /// The numbers of AADSTS codes.
    package let numbers: [Int]
    /// The HTTP status; nil if there was no answer.
    package let status: Int?
    /// Microsoft's `trace_id`, for a support case.
    package let traceID: String?
    /// In a few words of ours.
    package let reason: String

    /// An error; what the answer did not hold is nil or empty.
    package init(
        _ action: Action, error: String? = nil, numbers: [Int] = [], status: Int? = nil, traceID: String? = nil,
        reason: String
    ) {
        self.action = action
        self.error = error
        self.numbers = numbers
        self.status = status
        self.traceID = traceID
        self.reason = reason
    }
}

// MARK: - Texts

extension TokenError: CustomStringConvertible {
    /// `the token endpoint answered 400 invalid_grant AADSTS700082 (trace …): …`
    package var description: String {
        var text = status.map { "the token endpoint answered \($0)" } ?? "no access token"
        if let error { text += " \(error)" }
        text += numbers.map { " AADSTS\($0)" }.joined()
        if let traceID { text += " (trace \(traceID))" }
        return "\(text): \(reason)"
    }

    /// The contract's error for a job that ends with this.
    package var jobError: JobError {
        let (code, retryable, advice): (ErrorCode, Bool, String) =
            switch action {
            case .reconnect: (.reconnectRequired, false, "Connect again")
            case .directory: (.accessDenied, false, "An administrator of that directory must act")
            case .operator:
                (.graphUnavailable, true, "The operator must check the client id, its secret and the registration")
            case .permanent: (.internal, false, "This is a bug: please report it")
            case .retry: (.graphUnavailable, true, "")
            }
        let answer = status.map { JobError.GraphAnswer(status: $0, code: error, requestID: traceID) }
        return JobError(
            code, "\(description)\(advice.isEmpty ? "" : ". \(advice)")", retryable: retryable, graph: answer)
    }
}
