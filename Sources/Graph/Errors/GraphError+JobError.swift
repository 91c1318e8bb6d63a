package import FleetCore

extension GraphError {
    /// The contract's error for a job or booking that ends with this: code, whether trying again may help, and words
    /// for people. The one place where the mapping is made.
    ///
    /// What a run is meant to handle itself (`resync`, `conflict`, `duplicate`, `refreshToken`) maps to something sane,
    /// for when it couldn't.
    package var jobError: JobError {
        let (code, retryable, advice) = verdict
        return JobError(
            code, "\(description)\(advice.isEmpty ? "" : ". \(advice)")", retryable: retryable,
            graph: status.map { JobError.GraphAnswer(status: $0, code: self.code, requestID: requestID) })
    }

    private var verdict: (code: ErrorCode, retryable: Bool, advice: String) {
        switch action {
        case .refreshToken, .reconnect:
            (.reconnectRequired, false, "The consent has ended: connect again")
        case .accessDenied:
            (
                .accessDenied, false,
                "Grant the missing permission, share the calendar again, or widen the application access policy"
            )
        case .mailboxUnavailable:
            (
                .mailboxUnavailable, false,
                "Check that the account has a licensed Exchange Online mailbox"
            )
        case .notFound: notFound
        case .throttled: (.throttled, true, "")
        case .retry, .resync, .conflict, .duplicate: (.graphUnavailable, true, "")
        case .permanent(let kind): permanent(kind)
        }
    }

    private var notFound: (ErrorCode, Bool, String) {
        switch operation {
        case .event, .instances, .updateEvent, .deleteEvent, .batch, .renewSubscription, .deleteSubscription:
            (.graphUnavailable, true, "")
        case .mailboxSettings, .schedule, .subscription, .subscriptions:
            (.mailboxUnavailable, false, "")
        case .calendar, .calendars, .delta, .view, .findEvents, .createEvent:
            (.calendarNotFound, false, "Check calendar_id and mailbox: an id is valid in one mailbox only")
        }
    }

    private func permanent(_ kind: Permanent) -> (ErrorCode, Bool, String) {
        switch kind {
        case .request: (.internal, false, "This is a bug: please report it with the request-id")
        case .item: (.invalidJob, false, "Graph does not take what was to be written")
        case .notSupported: (.graphUnavailable, false, "This calendar cannot be followed")
        case .foreignHost:
            (
                .graphUnavailable, false,
                "Redirects, and links away from the configured Graph URL, are not followed; nothing was sent there"
            )
        case .fullMailbox: (.mailboxUnavailable, false, "Its owner must make room")
        case .directory: (.accessDenied, false, "An administrator of that directory must act")
        }
    }
}
