import HTTPTypes
import Hummingbird

/// What is the same for everybody, and so without a key: the OpenAPI document, style and script of the pages.
struct DocumentCalls: Sendable {
    var routes: [Routes.Route] {
        [
            Self.asset("/openapi.json", "application/json", PackageResources.openapi_json),
            Self.asset("/assets/style.css", "text/css; charset=utf-8", PackageResources.style_css),
            Self.asset("/assets/dashboard.js", "text/javascript; charset=utf-8", PackageResources.dashboard_js),
        ]
    }

    /// A file that changes only with the program.
    private static func asset(_ path: String, _ type: String, _ bytes: [UInt8]) -> Routes.Route {
        let tag = EntityTag.of(bytes)
        return Routes.Route(
            "assets", path,
            [
                "GET": { call in
                    let headers = [(name: "ETag", value: tag), (name: "Cache-Control", value: "public, no-cache")]
                    if EntityTag.matches(call.headers[.ifNoneMatch], tag) { return .empty(304, headers: headers) }
                    return Response(200, type: type, bytes: bytes, headers: headers)
                }
            ])
    }
}
