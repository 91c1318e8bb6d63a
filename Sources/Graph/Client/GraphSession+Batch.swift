import FleetCore
import Foundation
import HTTP

// `POST /$batch` (Microsoft Graph documentation, "Combine multiple HTTP requests using JSON batching"): up to 20 calls
// in one request, of which Graph runs four at a time. Each is throttled, refused and counted by itself, so each has an
// outcome of its own here; the order of Graph's answers says nothing.
//
//   - an envelope that fails fails the whole call: with no answer, every part's outcome is unknown
//   - a part without an answer is an unknown outcome of its own
//   - parts that answer 401 are sent again, alone, with a fresh token; at most twice, as single calls are
//   - a part's 429 tells the admission as a call's would

extension GraphSession {
    /// The most parts of one batch.
    package static let maximumBatch = 20

    /// Carries out up to 20 requests about one calendar at once, in no order. Costs as many units as there are
    /// requests; one HTTP request, more only where tokens ended or a 403 to a delete has to be looked into.
    ///
    /// - Returns: for each request, in order, what came of it, or why not; mapped as single calls are.
    /// - Throws: as `perform`, for the batch as a whole.
    package func batch(
        _ target: CalendarTarget, _ requests: [EventRequest]
    ) async throws -> [Result<EventAnswer, GraphError>] {
        precondition((1...Self.maximumBatch).contains(requests.count), "a batch has 1 to 20 parts")
        let responses = try await batch(requests.map { $0.call(target) })
        var answers: [Result<EventAnswer, GraphError>] = []
        for (request, response) in zip(requests, responses) {
            do {
                answers.append(.success(try read(request, try response.get())))
            } catch {
                do throws {
                    answers.append(.success(try await excused(error, request, target)))
                } catch let error as GraphError {
                    answers.append(.failure(error))
                }
            }
        }
        return answers
    }

    /// The 2xx answers of some calls, or their errors, in order.
    private func batch(_ calls: [GraphCall]) async throws -> [Result<HTTPResponse, GraphError>] {
        var outcomes: [Result<HTTPResponse, GraphError>] = calls.map { .failure(Self.unanswered($0)) }
        var pending = Array(calls.indices)
        for attempt in 0...Self.refreshesPerCall {
            let token = try await tokens.accessToken(after: nil)
            let found = try await send(pending.map { calls[$0] })
            for (index, outcome) in zip(pending, found) { outcomes[index] = outcome }
            pending = pending.filter { outcomes[$0].wantsToken }
            guard !pending.isEmpty, attempt < Self.refreshesPerCall else { break }
            guard try await tokens.accessToken(after: token) != token else { break }
        }
        return outcomes.map { $0.mapError(final) }
    }

    /// As one batch, or as several one after the other where one is more than the configured limits allow at once.
    private func send(_ calls: [GraphCall]) async throws -> [Result<HTTPResponse, GraphError>] {
        do {
            return try await sendWhole(calls)
        } catch let error as CallTooLarge where (1..<calls.count).contains(error.atMost) {
            let rest = Array(calls.dropFirst(error.atMost))
            return try await sendWhole(Array(calls.prefix(error.atMost))) + send(rest)
        }
    }

    private func sendWhole(_ calls: [GraphCall]) async throws -> [Result<HTTPResponse, GraphError>] {
        let envelope = GraphCall(
            .batch, .post, .path("/$batch"), body: BatchBody.request(calls), cost: calls.count)
        let body = try await perform(envelope).body
        guard let parts = BatchBody.responses(body) else {
            throw GraphError(
                .retry, .batch, status: 200, reason: "the answer is no batch", mayHaveBeenExecuted: true)
        }
        var outcomes: [Result<HTTPResponse, GraphError>] = []
        for (index, call) in calls.enumerated() {
            guard let response = parts[String(index)] else {
                outcomes.append(.failure(Self.unanswered(call)))
                continue
            }
            if (200...299).contains(response.status) {
                outcomes.append(.success(response))
                continue
            }
            let error = GraphErrorTable.classify(response, call.operation, now: client.now())
            outcomes.append(.failure(await told(error)))
        }
        return outcomes
    }

    private static func unanswered(_ call: GraphCall) -> GraphError {
        GraphError(.retry, call.operation, reason: "its part of the batch has no answer", mayHaveBeenExecuted: true)
    }
}

extension Result<HTTPResponse, GraphError> {
    fileprivate var wantsToken: Bool {
        if case .failure(let error) = self { error.action == .refreshToken } else { false }
    }
}
