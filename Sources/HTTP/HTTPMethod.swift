/// The methods the client sends. An enum, so that no text from outside ever becomes a request line.
package enum HTTPMethod: String, Sendable, CaseIterable {
    /// Reads.
    case get = "GET"
    /// Reads the headers only.
    case head = "HEAD"
    /// Creates, or runs an action.
    case post = "POST"
    /// Replaces.
    case put = "PUT"
    /// Changes in part.
    case patch = "PATCH"
    /// Deletes.
    case delete = "DELETE"

    /// Reading twice does no harm. Only these may libcurl repeat by itself on a connection that turned out to be dead;
    /// of all others the caller decides, who knows how to look first (RFC 9110, section 9.2.2, is laxer: it would
    /// repeat PUT and DELETE, too).
    package var isSafe: Bool { self == .get || self == .head }
}
