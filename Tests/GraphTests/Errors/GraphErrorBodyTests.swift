import FleetCore
import Foundation
import HTTP
import Testing

@testable import Graph

/// Goal: an error's body is read in every shape and trusted in none. Method: bodies as text.
@Suite struct GraphErrorBodyTests {
    private func body(_ text: String) -> GraphErrorBody { GraphErrorBody(Array(text.utf8)) }

    private func classify(_ status: Int, _ text: String, _ headers: HTTPHeaders = [:]) -> GraphError {
        GraphErrorTable.classify(
            HTTPResponse(status: status, headers: headers, body: Array(text.utf8)), .event, now: Date())
    }

    @Test("inner errors are walked: the innermost code is the most specific, any of them decides")
    func nesting() {
        let text = """
            {"error":{"code":"UnknownError","message":"","innerError":{"code":"generic","innererror":
            {"code":"SyncStateNotFound","request-id":"r-1"}}}}
            """
        #expect(body(text).codes == ["UnknownError", "generic", "SyncStateNotFound"])
        #expect(body(text).requestID == "r-1")
        #expect(classify(400, text).action == .resync)
    }

    @Test("an inner code that only repeats the status is none")
    func numericCode() {
        #expect(
            body("{\"error\":{\"code\":\"TooManyRequests\",\"innerError\":{\"code\":\"429\"}}}").code
                == "TooManyRequests")
    }

    @Test(
        "bodies without a code leave it to the status",
        arguments: [
            "", "<html><body>Bad Gateway</body></html>", "null", "[]", "{}", "{\"error\":null}",
            "{\"error\":{\"code\":7}}",
            "{\"error\":{\"code\":\"\"}}", "{\"error\":[]}", "{\"error\":{\"innerError\":\"text\"}}", "{\"error\":{",
            "\u{FEFF}{}",
        ])
    func shapeless(text: String) {
        #expect(body(text).code == nil)
        #expect(classify(503, text).action == .retry)
        #expect(classify(404, text).action == .notFound)
    }

    @Test("nesting without end and bodies without measure are not followed")
    func bounds() {
        let deep = String(repeating: "{\"innerError\":", count: 50) + "{}" + String(repeating: "}", count: 50)
        #expect(body("{\"error\":\(deep)}").codes.isEmpty)
        let large = "{\"error\":{\"code\":\"X\",\"message\":\"" + String(repeating: "a", count: 70_000) + "\"}}"
        #expect(body(large).codes.isEmpty)
    }

    @Test("the request id comes from the header, else from the body")
    func requestID() {
        let text = "{\"error\":{\"code\":\"X\",\"innerError\":{\"request-id\":\"body-1\"}}}"
        #expect(classify(500, text, ["request-id": "header-1"]).requestID == "header-1")
        #expect(classify(500, text).requestID == "body-1")
    }

    @Test("the event of an earlier create is named where Graph names it")
    func existingEvent() {
        let text = "{\"error\":{\"code\":\"ErrorDuplicateTransactionId\",\"@event.existingEventId\":\"AAMk=\"}}"
        #expect(classify(400, text).action == .duplicate(eventID: "AAMk="))
        #expect(classify(409, text).action == .duplicate(eventID: "AAMk="))
    }

    @Test("only the text tells a limit on calls at once from one on calls in ten minutes")
    func concurrencyLimit() {
        func throttled(_ message: String) -> GraphError {
            classify(
                429, "{\"error\":{\"code\":\"ApplicationThrottled\",\"message\":\"\(message)\"}}", ["Retry-After": "1"])
        }
        #expect(throttled("Application is over its MailboxConcurrency limit.").isConcurrencyLimit)
        #expect(!throttled("Application is over its Request limit.").isConcurrencyLimit)
    }

    @Test(
        "what Graph says is never repeated unless it can hold no secret",
        arguments: [
            "Bearer eyJ0eXAi", "someone@contoso.com", "two words!", "eyJ<script>", String(repeating: "x", count: 200),
        ])
    func silence(code: String) {
        let error = classify(
            400, "{\"error\":{\"code\":\"\(code)\",\"message\":\"secret-message\"}}", ["request-id": code])
        #expect(error.code == nil && error.requestID == nil)
        #expect(!"\(error)".contains(code) && !"\(error)".contains("secret-message"))
        #expect(!error.jobError.message.contains(code))
    }

    @Test("only a 5xx leaves open whether it was carried out")
    func executed() {
        #expect(classify(503, "").mayHaveBeenExecuted)
        #expect(!classify(409, "").mayHaveBeenExecuted && !classify(429, "").mayHaveBeenExecuted)
    }
}
