import FleetCore
import Foundation
package import HTTP
import Metrics
import Telemetry

/// The calls of one run: in one credential's name, on one budget.
package struct GraphSession: Sendable {
    let client: GraphClient
    let tokens: any AccessTokenProvider
    /// Whom the calls are charged to; may be made more exact once the mailbox's owner is known.
    package var scope: GraphCallScope
    let admission: any CallAdmission
    /// Units so far.
    package let counter: GraphCallCounter
    let trace: TraceParent?
    /// Asked before each request that may change something: how long it may last. Throws where it must not be sent; nil
    /// sets no limit but the client's. (A write must not outlive the lease under which it was decided.)
    package var writeAllowance: (@Sendable () async throws -> Duration)?

    /// How often one call may ask for a fresh token. A second time, for the first fresh one may have been revoked in
    /// the same moment; a third 401 is no matter of freshness.
    static let refreshesPerCall = 2

    /// Sends one call and returns its 2xx answer. All calls go through here: link pinning, admission, token, retry on
    /// 401, classification of errors, metrics.
    ///
    /// Tries again only on 401 (with a fresh token). Everything else is the caller's decision.
    ///
    /// - Throws: `GraphError`; `TokenError`; `CancellationError`; whatever the admission or the token provider throws.
    package func perform(_ call: GraphCall) async throws -> HTTPResponse {
        let url = try url(of: call)
        var token = try await tokens.accessToken(after: nil)
        for attempt in 0...Self.refreshesPerCall {
            let response = try await send(call, to: url, with: token)
            if (200...299).contains(response.status) { return response }
            let error = await told(GraphErrorTable.classify(response, call.operation, now: client.now()))
            guard error.action == .refreshToken, attempt < Self.refreshesPerCall else { throw final(error) }
            let fresh = try await tokens.accessToken(after: token)
            guard fresh != token else { throw final(error) }
            token = fresh
        }
        preconditionFailure("the last round of the loop returns or throws")
    }

    /// Tells the fleet of a throttle. The error then says how long to wait by what the whole fleet knows. Each part of
    /// a batch that Graph refused goes through here too.
    func told(_ error: GraphError) async -> GraphError {
        guard case .throttled(let wait) = error.action else { return error }
        FleetMetric.graphThrottled.counter([("operation", error.operation.rawValue)]).increment()
        let throttle = CallThrottle(retryAfter: wait, isConcurrencyLimit: error.isConcurrencyLimit)
        guard let closed = await admission.throttled(scope, throttle) else { return error }
        return error.waiting(closed)
    }

    /// A 401 that refreshing didn't cure: only a new consent can.
    func final(_ error: GraphError) -> GraphError {
        guard error.action == .refreshToken else { return error }
        return GraphError(
            .reconnect, error.operation, status: error.status, code: error.code, requestID: error.requestID,
            reason: "fresh access tokens are not accepted either")
    }

    private func send(_ call: GraphCall, to url: String, with token: AccessToken) async throws -> HTTPResponse {
        let grant = try await admitted(call)
        defer { admission.finished(grant) }
        var timeout = client.limits.timeout
        if call.method != .get, let writeAllowance { timeout = min(timeout, try await writeAllowance()) }
        counter.add(call.cost)
        let start = ContinuousClock.now
        let request = request(call, url, token, timeout)
        let result: Result<HTTPResponse, HTTPError>
        do { result = .success(try await client.http.send(request)) } catch { result = .failure(error) }
        record(call, result, ContinuousClock.now - start)
        switch result {
        case .success(let response): return response
        case .failure(let error) where error.kind == .cancelled: throw CancellationError()
        case .failure(let error): throw GraphError(error, call.operation)
        }
    }

    /// A grant that is still good. One that took too long to get here is given back and asked for again: that happens
    /// on a machine that stood still, and not often in a row.
    private func admitted(_ call: GraphCall) async throws -> CallGrant {
        let ask = CallAsk(
            scope, units: call.cost, places: call.places, timeout: client.limits.timeout, spent: counter.count)
        while true {
            let grant = try await admission.admit(ask)
            guard !grant.isGood(at: .now) else { return grant }
            admission.finished(grant)
            try Task.checkCancellation()
        }
    }

    private func request(
        _ call: GraphCall, _ url: String, _ token: AccessToken, _ timeout: Duration
    ) -> HTTPRequest {
        var headers: HTTPHeaders = [
            "Authorization": "Bearer \(token.secret.exposed)", "Accept": "application/json",
            "client-request-id": UUID().uuidString.lowercased(),
        ]
        if !call.preferences.isEmpty { headers.append("Prefer", call.preferences.joined(separator: ", ")) }
        if call.body != nil { headers.append("Content-Type", "application/json") }
        if let etag = call.ifMatch { headers.append("If-Match", etag) }
        if let trace { headers.append("traceparent", trace.child().description) }
        let limits = client.limits
        var request = HTTPRequest(
            call.method, url, headers: headers, body: call.body, timeout: timeout,
            maximumBodyBytes: call.isPage ? limits.maximumPageBytes : limits.maximumBodyBytes)
        request.filtering = call.operation.filter.map { filter in
            HTTPRequest.Filtering(
                filter,
                maximumReceivedBytes: call.isPage ? limits.maximumReceivedPageBytes : limits.maximumReceivedBytes)
        }
        return request
    }

    private func url(of call: GraphCall) throws(GraphError) -> String {
        switch call.target {
        case .path(let path): return client.endpoint.graphURL + path
        case .link(let link):
            guard client.endpoint.admits(link) else {
                throw GraphError(.permanent(.foreignHost), call.operation, reason: "a link leads to a foreign host")
            }
            return link
        }
    }

    private func record(_ call: GraphCall, _ result: Result<HTTPResponse, HTTPError>, _ duration: Duration) {
        let operation = ("operation", call.operation.rawValue)
        let status =
            switch result {
            case .success(let response) where response.status == 429: "429"
            case .success(let response): "\(response.status / 100)xx"
            case .failure: "none"
            }
        FleetMetric.graphRequests.counter([operation, ("status", status)]).increment()
        FleetMetric.graphRequestDuration.timer([operation]).record(duration: duration)
    }
}

extension GraphError {
    /// No answer at all.
    init(_ error: HTTPError, _ operation: GraphOperation) {
        let action: Action =
            switch error.kind {
            case .badRequest: .permanent(.request)
            default: .retry
            }
        self.init(
            action, operation, reason: error.description, mayHaveBeenExecuted: error.requestMayHaveBeenExecuted,
            isAnswerTooLarge: error.kind == .tooLarge)
    }
}
