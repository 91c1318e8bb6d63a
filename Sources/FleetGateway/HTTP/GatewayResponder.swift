import FleetCore
import FleetStore
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Metrics
import Reactor
import Telemetry

/// Every request comes through here: its id, the limit of all, its route, and what its troubles answer.
struct GatewayResponder: HTTPResponder {
    let routes: Routes
    let limits: RequestLimits
    let reactor: Reactor
    let logger: Logger

    func respond(to request: Request, context: GatewayContext) async throws -> Response {
        let id = Self.requestID(request.headers[.requestID])
        let began = ContinuousClock.now
        var route = "none"
        var response: Response
        var asked: GatewayRequest?
        do {
            let call = try GatewayRequest(request, context, id: id, reactor: reactor)
            asked = call
            let found = try routes.find(call)
            route = found.name
            response = try await limits.run { try await found.answer(call) }
        } catch {
            response = Response(problem(error, id), requestID: id)
        }
        if request.method == .head { response = response.createHeadResponse() }
        response.headers[.requestID] = id
        if let asked, asked.hasUnreadBody {
            response.headers[.connection] = "close"
            asked.closeSoon()
        }
        let status = response.status.code
        FleetMetric.gatewayRequests.counter([("route", route), ("status", "\(status / 100)xx")]).increment()
        FleetMetric.gatewayRequestDuration.timer([("route", route)]).recordNanoseconds(
            (ContinuousClock.now - began).nanoseconds)
        return response
    }

    private func problem(_ error: any Error, _ id: String) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as StoreError:
            let problem = Problem(error)
            // An outage of Redis has its own two lines.
            if problem.status == 500 {
                logger.event(.error, "a request failed", [.requestID: .text(id), .error: .of(error)])
            }
            return problem
        case is CancellationError: return .unavailable("the gateway is stopping")
        default:
            logger.event(.error, "a request failed", [.requestID: .text(id), .error: .text("\(error)")])
            return Problem(500, .internal, "an error inside the gateway: its log has it under this request id")
        }
    }

    /// The caller's, if it is harmless, so that both sides' logs can be held together; else a fresh one.
    private static func requestID(_ given: String?) -> String {
        let isPlain: (UInt8) -> Bool = { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45
                || byte == 46 || byte == 95
        }
        if let given, (1...64).contains(given.utf8.count), given.utf8.allSatisfy(isPlain) { return given }
        return UUID().uuidString.lowercased()
    }
}

extension Duration {
    /// Whole nanoseconds.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
