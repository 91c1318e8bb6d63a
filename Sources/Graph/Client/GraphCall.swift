package import HTTP

/// One request to Graph before it has a token.
package struct GraphCall: Sendable {
    /// Where it goes.
    package enum Target: Sendable {
        /// A path (with its query) under the configured Graph URL.
        case path(String)
        /// A link that Graph handed out: sent as it is, if it leads to the configured host.
        case link(String)
    }

    /// What it is, for metrics and errors.
    package var operation: GraphOperation
    /// The method.
    package var method: HTTPMethod
    /// Where it goes.
    package var target: Target
    /// Preferences of this call, joined into one `Prefer` header.
    package var preferences: [String]
    /// JSON, if any.
    package var body: [UInt8]?
    /// The version of the target that must still stand, as its etag; nil: whatever it is.
    package var ifMatch: String?
    /// Budget units: 1, or a batch's parts.
    package var cost: Int
    /// Requests that a mailbox may see at once because of it; see `CallAsk.places`.
    package var places: Int
    /// Whether it is one of several pages, or may be asked for in smaller ones: its answer's caps are those of pages.
    package var isPage = false

    /// A call; a body is JSON. Unless told otherwise it takes as many places as units, at most the four at a time that
    /// Graph makes of a batch.
    package init(
        _ operation: GraphOperation, _ method: HTTPMethod = .get, _ target: Target, preferences: [String] = [],
        body: [UInt8]? = nil, cost: Int = 1, places: Int? = nil
    ) {
        self.operation = operation
        self.method = method
        self.target = target
        self.preferences = preferences
        self.body = body
        self.cost = cost
        self.places = places ?? min(4, cost)
    }
}

/// Preferences (RFC 7240) that calls send.
enum Preference {
    /// Ids that survive a move inside the mailbox. Opt-in per request; one format for all calls, for the same event has
    /// two ids.
    static let immutableID = "IdType=\"ImmutableId\""

    static func pageSize(_ size: Int) -> String { "odata.maxpagesize=\(size)" }
}
