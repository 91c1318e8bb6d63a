import FleetCore
import Hummingbird

/// Which call answers which path. Written out as a table: a dozen paths don't need a tree, and everything that isn't
/// here is 404 before anything of it is read.
struct Routes: Sendable {
    typealias Handler = @Sendable (GatewayRequest) async throws -> Response

    /// A path, its methods and who answers. `*` stands for any one segment that isn't empty.
    struct Route: Sendable {
        let name: String
        let pattern: [String]
        let handlers: [String: Handler]

        init(_ name: String, _ path: String, _ handlers: [String: Handler]) {
            self.name = name
            pattern = path == "/" ? [] : path.dropFirst().split(separator: "/").map(String.init)
            self.handlers = handlers
        }

        func fits(_ segments: [String]) -> Bool {
            segments.count == pattern.count
                && zip(segments, pattern).allSatisfy { $1 == "*" ? !$0.isEmpty : $0 == $1 }
        }
    }

    struct Found: Sendable {
        let name: String
        let answer: Handler
    }

    private let routes: [Route]

    /// Earlier ones win: `/calendars/outlook/callback` is no calendar's id.
    init(_ routes: [Route]) { self.routes = routes }

    func find(_ call: GatewayRequest) throws(Problem) -> Found {
        guard let route = routes.first(where: { $0.fits(call.target.segments) }) else { throw .notFound }
        let method = call.method == "HEAD" && route.handlers["HEAD"] == nil ? "GET" : call.method
        guard let handler = route.handlers[method] else {
            var allowed = route.handlers.keys.sorted()
            if allowed.contains("GET") { allowed.append("HEAD") }
            throw .methodNotAllowed(allowed)
        }
        return Found(name: route.name, answer: handler)
    }
}
