import FleetCore
import Graph
import Testing

/// Goal: a job's error says the contract's code and whether trying again may help. Method: each action once.
@Suite struct JobErrorTests {
    @Test(
        "each action has its code",
        arguments: [
            (.refreshToken, .reconnectRequired, false), (.reconnect, .reconnectRequired, false),
            (.accessDenied, .accessDenied, false), (.mailboxUnavailable, .mailboxUnavailable, false),
            (.notFound, .calendarNotFound, false), (.resync, .graphUnavailable, true),
            (.throttled(retryAfter: nil), .throttled, true), (.retry, .graphUnavailable, true),
            (.conflict, .graphUnavailable, true), (.duplicate(eventID: nil), .graphUnavailable, true),
            (.permanent(.request), .internal, false), (.permanent(.item), .invalidJob, false),
            (.permanent(.notSupported), .graphUnavailable, false), (.permanent(.foreignHost), .graphUnavailable, false),
            (.permanent(.directory), .accessDenied, false), (.permanent(.fullMailbox), .mailboxUnavailable, false),
        ] as [(GraphError.Action, ErrorCode, Bool)])
    func codes(action: GraphError.Action, code: ErrorCode, isRetryable: Bool) {
        let error = GraphError(action, .delta, status: 400, code: "Code", requestID: "id-1", reason: "why").jobError
        #expect(error.code == code)
        #expect(error.retryable == isRetryable)
        #expect(error.graph == JobError.GraphAnswer(status: 400, code: "Code", requestID: "id-1"))
        #expect(error.message.contains("id-1") && error.message.contains("why"))
    }

    @Test("what is not found is a calendar only where a calendar was asked for")
    func notFound() {
        func code(_ operation: GraphOperation) -> ErrorCode {
            GraphError(.notFound, operation, status: 404, reason: "r").jobError.code
        }
        #expect(code(.calendar) == .calendarNotFound && code(.delta) == .calendarNotFound)
        #expect(code(.event) == .graphUnavailable)
        #expect(code(.mailboxSettings) == .mailboxUnavailable)
    }

    @Test("without an answer there is nothing of Graph's in it")
    func noAnswer() {
        #expect(GraphError(.retry, .delta, reason: "connection lost").jobError.graph == nil)
    }

    @Test(
        "a refused token has its code",
        arguments: [
            (.reconnect, .reconnectRequired, false), (.directory, .accessDenied, false),
            (.operator, .graphUnavailable, true), (.permanent, .internal, false),
            (.retry(after: .seconds(3)), .graphUnavailable, true),
        ] as [(TokenError.Action, ErrorCode, Bool)])
    func tokens(action: TokenError.Action, code: ErrorCode, isRetryable: Bool) {
        let error = TokenError(action, error: "e", numbers: [7_000_222], status: 401, reason: "why").jobError
        #expect(error.code == code && error.retryable == isRetryable)
        #expect(error.message.contains("AADSTS7000222"))
    }
}
