/// A refusal by Graph: status, code, message, and what else the answer carries.
struct GraphFailure: Error, Sendable {
    var status: Int
    var code: String
    var message: String
    var headers: [(String, String)] = []
    /// Members beside `code` and `message` in `error`.
    var extra: [(String, JSON)] = []

    init(_ status: Int, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    static let itemNotFound = GraphFailure(
        404, "ErrorItemNotFound", "The specified object was not found in the store.")

    static let accessDenied = GraphFailure(
        403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")

    static let malformedID = GraphFailure(400, "ErrorInvalidIdMalformed", "Id is malformed.")

    static let conflict = GraphFailure(
        412, "ErrorIrresolvableConflict",
        "The send or update operation could not be performed because the change key passed in the request does not "
            + "match the current change key for the item.")

    static func invalidRequest(_ message: String) -> GraphFailure { GraphFailure(400, "ErrorInvalidRequest", message) }

    static func badBody(_ message: String) -> GraphFailure { GraphFailure(400, "RequestBodyRead", message) }

    static func invalidProperty(_ message: String) -> GraphFailure {
        GraphFailure(400, "ErrorPropertyValidationFailure", message)
    }

    static func unknownSegment(_ segment: String) -> GraphFailure {
        GraphFailure(400, "BadRequest", "Resource not found for the segment '\(segment)'.")
    }

    static let methodNotAllowed = GraphFailure(
        405, "BadRequest", "The OData request is not supported: this method is not allowed for this target.")

    static func unsupportedZone(_ name: String) -> GraphFailure {
        GraphFailure(
            400, "TimeZoneNotSupportedException",
            "A valid TimeZone value must be specified. The following TimeZone value is not supported: '\(name)'.")
    }
}
