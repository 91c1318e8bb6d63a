/// Why a call to Graph didn't succeed, as what to do about it.
///
/// `description` names the action, Microsoft's code and request id; never a token, a body, a URL or a message of
/// Microsoft's (those may quote addresses).
package struct GraphError: Error, Sendable, Equatable {
    /// What to do: the one answer to "and now?".
    package enum Action: Sendable, Hashable {
        /// 401: get a fresh access token and ask again, once or twice.
        case refreshToken
        /// The consent is dead or needs its user: no further call until a new connect.
        case reconnect
        /// Graph refuses this caller this thing: a missing scope, an ended sharing, a policy.
        case accessDenied
        /// There is no usable mailbox: none at all, or one on premises.
        case mailboxUnavailable
        /// The calendar or event isn't there.
        case notFound
        /// The delta token is lost: a full round.
        case resync
        /// Wait; not counted as an attempt. Nil: Graph said not how long.
        case throttled(retryAfter: Duration?)
        /// Again, with backoff.
        case retry
        /// Somebody else changed it meanwhile: read, decide again, try once more.
        case conflict
        /// A create with this transaction id was carried out before; the event's id where Graph said it.
        case duplicate(eventID: String?)
        /// Trying again won't help.
        case permanent(Permanent)
    }

    /// Why trying again won't help, by who can.
    package enum Permanent: Sendable, Hashable {
        /// Our request is wrong: a bug.
        case request
        /// What was to be written is refused; other writes aren't concerned.
        case item
        /// Graph can't do that to that target (501).
        case notSupported
        /// A link or redirect leads to a foreign host; nothing was sent there.
        case foreignHost
        /// The administrator of the customer's directory must act.
        case directory
        /// The mailbox is full: it takes nothing new, and may still be read and cleared.
        case fullMailbox
    }

    /// What to do.
    package let action: Action
    /// Which call it was.
    package let operation: GraphOperation
    /// The HTTP status; nil if there was no answer.
    package let status: Int?
    /// Microsoft's most specific code, as far as it is printable; nil if there was none.
    package let code: String?
    /// Microsoft's `request-id`, for a support case.
    package let requestID: String?
    /// In a few words of ours what happened.
    package let reason: String
    /// False only if it is certain that the server didn't carry the request out.
    package let mayHaveBeenExecuted: Bool
    /// The throttle is about calls at once, not about calls in ten minutes: over in a second.
    package let isConcurrencyLimit: Bool
    /// The answer was over its cap: fewer items may fit.
    package let isAnswerTooLarge: Bool

    /// An error; what isn't known is nil or false.
    package init(
        _ action: Action, _ operation: GraphOperation, status: Int? = nil, code: String? = nil,
        requestID: String? = nil, reason: String, mayHaveBeenExecuted: Bool = false, isConcurrencyLimit: Bool = false,
        isAnswerTooLarge: Bool = false
    ) {
        self.action = action
        self.operation = operation
        self.status = status
        self.code = code
        self.requestID = requestID
        self.reason = reason
        self.mayHaveBeenExecuted = mayHaveBeenExecuted
        self.isConcurrencyLimit = isConcurrencyLimit
        self.isAnswerTooLarge = isAnswerTooLarge
    }
}

extension GraphError {
    /// A throttle with another wait.
    func waiting(_ wait: Duration) -> GraphError {
        GraphError(
            .throttled(retryAfter: wait), operation, status: status, code: code, requestID: requestID, reason: reason,
            mayHaveBeenExecuted: mayHaveBeenExecuted, isConcurrencyLimit: isConcurrencyLimit,
            isAnswerTooLarge: isAnswerTooLarge)
    }
}

// MARK: - Texts

extension GraphError: CustomStringConvertible {
    /// `Graph answered 404 ErrorItemNotFound to event (request-id …): …`
    package var description: String {
        var text = status.map { "Graph answered \($0)" } ?? "Graph gave no answer"
        if let code { text += " \(code)" }
        text += " to \(operation.rawValue)"
        if let requestID { text += " (request-id \(requestID))" }
        return "\(text): \(reason)"
    }
}
