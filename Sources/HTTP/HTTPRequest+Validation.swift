/// Where a request goes, and whether it may be sent at all.
///
/// libcurl is forgiving: it guesses schemes, strips spaces, sends line breaks inside header values as they are. What
/// reaches it has therefore passed here first.
struct Origin: Hashable, Sendable {
    let isSecure: Bool
    /// `host`, `host:port` or `[::1]:port`, lower case.
    let authority: String

    /// - Throws: `badRequest` if `url` isn't an absolute http or https URL of printable ASCII without user information.
    init(of url: String) throws(HTTPError) {
        let bytes = url.utf8
        guard bytes.count <= HTTPLimits.urlBytes else { throw refused("URL too long") }
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
            throw refused("URL is not printable ASCII")
        }
        let rest: Substring
        if url.hasPrefix("https://") {
            isSecure = true
            rest = url.dropFirst(8)
        } else if url.hasPrefix("http://") {
            isSecure = false
            rest = url.dropFirst(7)
        } else {
            throw refused("URL is neither https nor http")
        }
        authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }.lowercased()
        guard !authority.isEmpty, !authority.contains("@") else { throw refused("URL has no plain host") }
    }
}

enum HTTPLimits {
    /// A delta link has several hundred bytes; web servers commonly stop at 8 to 16 KiB.
    static let urlBytes = 16 << 10
    static let requestHeaderBytes = 64 << 10
}

private func refused(_ reason: String) -> HTTPError {
    HTTPError(.badRequest, mayHaveBeenExecuted: false, reason: reason)
}

extension HTTPRequest {
    /// - Throws: `badRequest` if a header can't be sent as it is, or is one that libcurl makes.
    func validateHeaders() throws(HTTPError) {
        var bytes = 0
        try headers.forEach { (name, value) throws(HTTPError) in
            bytes += name.utf8.count + value.utf8.count
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else { throw refused("header name is no token") }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw refused("header value has control bytes")
            }
            guard !HTTPRequest.ownHeaders.contains(name.lowercased()) else {
                throw refused("header is set by the client")
            }
        }
        guard bytes <= HTTPLimits.requestHeaderBytes else { throw refused("headers too long") }
    }

    /// Two of a kind, or a wrong one, would let a request be read as another (request smuggling).
    private static let ownHeaders: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "expect", "accept-encoding", "te", "upgrade",
    ]
}

/// RFC 9110, section 5.6.2.
private func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
