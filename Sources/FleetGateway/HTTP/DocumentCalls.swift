import HTTPTypes
import Hummingbird

/// What describes the gateway itself: its OpenAPI document, and the style of its pages.
struct DocumentCalls: Sendable {
    var routes: [Routes.Route] {
        [
            Routes.Route(
                "openapi", "/openapi.json",
                ["GET": { _ in Response(200, type: "application/json", bytes: PackageResources.openapi_json) }]),
            Routes.Route(
                "style", "/assets/style.css", ["GET": { _ in Self.asset("text/css", PackageResources.style_css) }]),
        ]
    }

    /// A file that changes only with the program.
    static func asset(_ type: String, _ bytes: [UInt8]) -> Response {
        var response = Response(200, type: "\(type); charset=utf-8", bytes: bytes)
        response.headers[.cacheControl] = "public, max-age=300"
        return response
    }
}
