/// What an `HTTPClient` is made with. The defaults fit Microsoft Graph and a worker of 256 slots.
package struct HTTPConfiguration: Sendable {
    /// Sent as `User-Agent`. Default `outlook-fleet`.
    package var userAgent = "outlook-fleet"
    /// A PEM file of the authorities to trust instead of the system's. Default nil: the system's.
    package var certificateAuthorityFile: String?
    /// A proxy's URL. Default nil: none, and libcurl's proxy environment variables are not looked at, because a
    /// variable left over in a shell must not redirect tokens.
    package var proxy: String?
    /// Name, TCP and TLS together must be done in that time. Default 5 s.
    package var connectTimeout: Duration = .seconds(5)
    /// A connection that idled longer isn't used again. Short, so that one which the server closed meanwhile is rarely
    /// picked: such a request fails and can't be repeated blindly. Rounded up to seconds. Default 15 s.
    package var idleConnectionLifetime: Duration = .seconds(15)
    /// Connections to one host and port. With HTTP/1.1 also the number of requests to it that run at once; the rest
    /// waits in line. Default 64.
    package var maximumConnectionsPerHost = 64
    /// Connections to all hosts together. Default 256.
    package var maximumConnections = 256
    /// Streams on one HTTP/2 connection; the server's own limit holds as well. Default 100, the least that RFC 9113
    /// advises servers to allow.
    package var maximumStreamsPerConnection = 100
    /// Requests that wait for a free connection. Default 10,000; one more fails with `badRequest`.
    package var maximumWaitingRequests = 10_000
    /// Bytes of an answer's status line and header fields, interim answers included. Default 64 KiB.
    package var maximumHeaderBytes = 64 << 10
    /// Whether to ask for gzip. Default true.
    package var acceptsGzip = true

    /// The defaults.
    package init() {}
}
