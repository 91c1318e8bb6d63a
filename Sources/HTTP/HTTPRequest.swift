/// One request: everything about it, its limits included.
package struct HTTPRequest: Sendable {
    /// What to do.
    package var method: HTTPMethod
    /// Absolute, `https` or `http`, ASCII, already percent-encoded: it is sent as it is. At most 16 KiB.
    package var url: String
    /// Sent in this order. `Content-Type` belongs here when there is a body; `Host`, `Content-Length` and
    /// `Accept-Encoding` come by themselves and are refused.
    package var headers: HTTPHeaders
    /// Nil sends none (for `POST`, `PUT` and `PATCH`: an empty one, `Content-Length: 0`).
    package var body: [UInt8]?
    /// From `send` to the last byte of the answer, waiting for a free connection included.
    package var timeout: Duration
    /// The answer's body may have that many bytes, counted after decompression; one more fails with `tooLarge`.
    package var maximumBodyBytes: Int
    /// What sees the answer's body before it is held. Default nil: all of it is kept.
    package var filtering: Filtering?

    /// A filter of an answer's body, and how much it may see.
    package struct Filtering: Sendable {
        /// In the state in which each answer begins.
        package var filter: any BodyFilter
        /// Bytes of the body before the filter, decompressed; one more fails with `tooLarge`. What the filter keeps is
        /// bounded by `maximumBodyBytes`.
        package var maximumReceivedBytes: Int

        /// A filter with its bound.
        package init(_ filter: any BodyFilter, maximumReceivedBytes: Int) {
            self.filter = filter
            self.maximumReceivedBytes = maximumReceivedBytes
        }
    }

    /// A request with 15 seconds and 8 MiB as its limits, if nothing else is said.
    package init(
        _ method: HTTPMethod, _ url: String, headers: HTTPHeaders = [:], body: [UInt8]? = nil,
        timeout: Duration = .seconds(15), maximumBodyBytes: Int = 8 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.maximumBodyBytes = maximumBodyBytes
    }
}

/// A whole answer, whatever its status: 3xx, 4xx and 5xx are answers, too.
package struct HTTPResponse: Sendable {
    /// 200 to 599 as a rule; interim answers (1xx) are swallowed.
    package var status: Int
    /// Trailers are left out.
    package var headers: HTTPHeaders
    /// Decompressed and whole.
    package var body: [UInt8]
    /// What was spoken.
    package var version: HTTPVersion

    /// A made-up answer, for callers' tests.
    package init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = [], version: HTTPVersion = .http1) {
        self.status = status
        self.headers = headers
        self.body = body
        self.version = version
    }
}

/// The version of HTTP that an answer came in.
package enum HTTPVersion: Sendable {
    /// HTTP/1.0 or 1.1.
    case http1
    /// HTTP/2.
    case http2
}
