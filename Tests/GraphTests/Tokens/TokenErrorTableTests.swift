import FleetCore
import Foundation
import HTTP
import Testing

@testable import Graph

/// Goal: only a clear word costs a user a new consent; the operator's faults never do. Method: a table of answers.
@Suite struct TokenErrorTableTests {
    private func classify(
        _ status: Int, _ error: String?, _ numbers: [Int] = [], _ headers: HTTPHeaders = [:]
    ) -> TokenError.Action {
        let text =
            error.map {
                """
                {"error":"\($0)","error_description":"AADSTS: secret for user@contoso.com","error_codes":\(numbers),
                "timestamp":"2026-01-01 00:00:00Z","trace_id":"t-1","correlation_id":"c-1"}
                """
            } ?? "<html></html>"
        return TokenErrorTable.classify(
            HTTPResponse(status: status, headers: headers, body: Array(text.utf8)), now: Date()
        ).action
    }

    @Test(
        "its user must act",
        arguments: [
            ("invalid_grant", [70008]), ("invalid_grant", [700_082]), ("invalid_grant", [50173]),
            ("invalid_grant", [65001]),
            ("invalid_grant", [70000]), ("invalid_grant", [50076]), ("invalid_grant", [999_999]), ("invalid_grant", []),
            ("interaction_required", [50079]), ("login_required", []), ("consent_required", [65001]),
            ("new_error", [53003]),
        ])
    func user(error: String, numbers: [Int]) {
        #expect(classify(400, error, numbers) == .reconnect)
    }

    @Test(
        "the operator must act, and no user is asked to connect again",
        arguments: [
            ("invalid_client", [7_000_215]), ("invalid_client", [7_000_222]), ("unauthorized_client", [700_016]),
            ("invalid_client", []), ("unauthorized_client", []), ("invalid_request", [900_144]),
            ("invalid_request", [90002]),
            ("invalid_scope", [70011]), ("invalid_grant", [7_000_112]),
        ])
    func `operator`(error: String, numbers: [Int]) {
        #expect(classify(401, error, numbers) == .operator)
    }

    @Test(
        "the directory's administrator must act",
        arguments: [
            ("invalid_grant", [50057]), ("invalid_grant", [50105]), ("invalid_request", [90094]), ("x", [650_052]),
        ])
    func directory(error: String, numbers: [Int]) {
        #expect(classify(400, error, numbers) == .directory)
    }

    @Test(
        "our own fault", arguments: ["invalid_request", "invalid_scope", "invalid_resource", "unsupported_grant_type"])
    func request(error: String) {
        #expect(classify(400, error) == .permanent)
    }

    @Test(
        "trouble passes: a status, a number or a body that is none",
        arguments: [
            (503, "server_error", []), (500, nil, []), (502, nil, []), (400, "temporarily_unavailable", []),
            (400, "invalid_grant", [90033]), (400, "invalid_grant", [50053]), (400, "invalid_grant", [50196]),
            (400, nil, []), (401, nil, []), (404, nil, []), (400, "unheard_of", []), (500, "invalid_grant", [70008]),
        ] as [(Int, String?, [Int])])
    func trouble(status: Int, error: String?, numbers: [Int]) {
        #expect(classify(status, error, numbers) == .retry(after: nil))
    }

    @Test("a throttled login service says for how long")
    func throttled() {
        #expect(classify(429, "invalid_grant", [], ["Retry-After": "12"]) == .retry(after: .seconds(12)))
    }

    @Test("no number stands in two classes")
    func disjoint() {
        let sets = [
            TokenErrorTable.transient, TokenErrorTable.operator, TokenErrorTable.directory, TokenErrorTable.user,
        ]
        #expect(sets.reduce(0) { $0 + $1.count } == sets.reduce(into: Set<Int>()) { $0.formUnion($1) }.count)
    }

    @Test("an error's text has numbers and trace, and nothing of Microsoft's description")
    func texts() {
        let body = """
            {"error":"invalid_grant","error_description":"for user@contoso.com","error_codes":[700082],"trace_id":"t-1"}
            """
        let error = TokenErrorTable.classify(HTTPResponse(status: 400, body: Array(body.utf8)), now: Date())
        #expect("\(error)".contains("400 invalid_grant AADSTS700082 (trace t-1)"))
        #expect(!"\(error)".contains("contoso") && !error.jobError.message.contains("contoso"))
    }
}
