/// How a gateway is set up, but for its parts.
package struct GatewayConfiguration: Sendable {
    /// PEM files.
    package struct TLS: Sendable {
        /// The certificate chain, its own certificate first.
        package var certificateFile: String
        /// Its key.
        package var keyFile: String

        /// Two files.
        package init(certificateFile: String, keyFile: String) {
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    /// Where to listen.
    package var host = "127.0.0.1"
    /// 0: any free port.
    package var port = 8080
    /// Nil: plain http, behind a proxy.
    package var tls: TLS?
    /// How the outside reaches us, without a slash at the end; nil: http and the address that we listen at.
    package var publicURL: String?
    /// Where a consent ends; nil: at a page of ours.
    package var returnURL: String?
    /// The directory part of Microsoft's login URLs for users' consents.
    package var authority = "common"
    /// Longest body of a call, in bytes (`--max-payload`).
    package var maximumBody = 1 << 20
    /// How long a call waits for its job unless it says otherwise.
    package var wait = Duration.seconds(10)
    /// How long it waits at most, whatever it says.
    package var longestWait = Duration.seconds(60)
    /// Requests at once.
    package var maximumRequests = 2048
    /// Requests of one tenant at once.
    package var maximumRequestsOfTenant = 256
    /// How long a notification may wait for Redis before Graph is told to come again (CONTRACT, section 8).
    package var notificationPatience = Duration.seconds(2)

    /// The contract's defaults.
    package init() {}
}

/// Why a gateway can't start, in words for its operator: which flag or file, and what to do.
package struct GatewayFault: Error, Sendable, CustomStringConvertible {
    /// One line.
    package let description: String

    init(_ description: String) { self.description = description }
}
