import HTTPTypes

// Behind a proxy every request comes from the proxy's address, and one who guesses keys would slow down everybody's. So
// what a proxy near us says counts: the last entry of X-Forwarded-For, which is the one that it wrote itself; those
// before it are the client's own words. From a public address the header is nobody's word.

/// Whose request it is, as far as an address can say.
enum ClientAddress {
    /// - Parameter peer: the address of the other side of the connection.
    static func of(_ peer: String, _ headers: HTTPFields) -> String {
        guard isNear(peer), let header = headers[values: .forwardedFor].last,
            let last = header.split(separator: ",").last
        else { return peer }
        let address = last.filter { $0 != " " }
        let isPlain = address.utf8.allSatisfy { byte in
            (48...58).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte) || byte == 46
        }
        return (2...45).contains(address.utf8.count) && isPlain ? address : peer
    }

    /// This machine, or a private network (RFC 1918, RFC 4193): where proxies stand.
    static func isNear(_ peer: String) -> Bool {
        var peer = peer[...]
        if peer.hasPrefix("::ffff:") { peer = peer.dropFirst(7) }
        let parts = peer.split(separator: ".").compactMap { UInt8($0) }
        guard parts.count == 4 else { return peer == "::1" || peer.hasPrefix("fc") || peer.hasPrefix("fd") }
        return switch (parts[0], parts[1]) {
        case (127, _), (10, _), (192, 168), (172, 16...31): true
        default: false
        }
    }
}
