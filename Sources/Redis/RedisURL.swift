package import Telemetry

/// Where Redis is and how to log in, from one text.
///
///     redis://[[user]:password@]host[:6379][/db][?db=N]
///     rediss://...                      TLS; ?cacert=FILE, ?cert=FILE and ?key=FILE as of redis-cli
///     unix://[[user]:password@]/path[?db=N]
///
/// User, password and path are percent-decoded. A user part without `:` is the password, as redis-cli reads it.
package struct RedisURL: Sendable, Equatable {
    /// What to connect to.
    package enum Endpoint: Sendable, Equatable {
        /// A host name or address and a port.
        case tcp(host: String, port: Int)
        /// The path of a unix socket.
        case unix(path: String)
    }

    /// Where.
    package var endpoint: Endpoint
    /// Whether TLS is spoken, with verification of certificate and name.
    package var usesTLS = false
    /// The ACL user; nil for the default user.
    package var user: String?
    /// The password; nil for no AUTH.
    package var password: Secret?
    /// The database number, 0 unless said.
    package var database = 0
    /// PEM file of trusted authorities; the system's when nil.
    package var authorityFile: String?
    /// PEM file of the client's certificate chain, with `keyFile`.
    package var certificateFile: String?
    /// PEM file of the client's key.
    package var keyFile: String?

    /// Reads a URL.
    ///
    /// - Throws: `RedisError` of kind `configuration`, which says what is wrong without quoting the text: it may hold a
    ///   password.
    package init(_ text: String) throws(RedisError) {
        guard let colon = text.firstRange(of: "://") else {
            throw Self.fault("has no scheme: write redis://HOST:PORT, rediss://HOST:PORT or unix:///PATH")
        }
        guard !text.contains("#") else { throw Self.fault("has a #: write it as %23") }
        let parts = text[colon.upperBound...].split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let scheme = text[..<colon.lowerBound].lowercased()
        switch scheme {
        case "redis", "rediss":
            endpoint = .tcp(host: "", port: 0)
            usesTLS = scheme == "rediss"
            try readAuthority(parts[0])
        case "unix":
            endpoint = .unix(path: "")
            try readSocketPath(parts[0])
        default:
            throw Self.fault("has an unknown scheme: use redis://, rediss:// or unix://")
        }
        if parts.count == 2 { try readQuery(parts[1]) }
        if (certificateFile == nil) != (keyFile == nil) { throw Self.fault("needs cert and key together") }
        if !usesTLS, authorityFile != nil || certificateFile != nil {
            throw Self.fault("has TLS files but not the scheme rediss")
        }
    }

    private mutating func readAuthority(_ text: Substring) throws(RedisError) {
        let slash = text.firstIndex(of: "/") ?? text.endIndex
        let hostAndPort = try readCredentials(text[..<slash])
        let path = text[slash...].dropFirst()
        if !path.isEmpty { database = try Self.databaseNumber(path) }

        var host = hostAndPort
        var port = 6379
        let afterHost: Substring
        if hostAndPort.hasPrefix("["), let end = hostAndPort.firstIndex(of: "]") {
            host = hostAndPort[..<end].dropFirst()
            afterHost = hostAndPort[end...].dropFirst()
        } else {
            host = hostAndPort.prefix { $0 != ":" }
            afterHost = hostAndPort[host.endIndex...]
        }
        if !afterHost.isEmpty {
            guard afterHost.hasPrefix(":"), let number = Self.number(afterHost.dropFirst()), 1...65535 ~= number else {
                throw Self.fault("has a port that is no number from 1 to 65535")
            }
            port = number
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw Self.fault("has no valid host")
        }
        endpoint = .tcp(host: String(host), port: port)
    }

    private mutating func readSocketPath(_ text: Substring) throws(RedisError) {
        let slash = text.firstIndex(of: "/") ?? text.endIndex
        // What precedes the path can only be credentials: a unix socket has no host.
        let rest = try readCredentials(text[..<slash])
        let path = try Self.decoded(text[slash...])
        guard rest.isEmpty, path.count > 1 else { throw Self.fault("has no absolute socket path: write unix:///PATH") }
        guard path.utf8.count <= SocketAddress.longestPath else {
            throw Self.fault("has a socket path of more than \(SocketAddress.longestPath) bytes")
        }
        endpoint = .unix(path: path)
    }

    /// Takes off `user:password@` and returns the rest.
    private mutating func readCredentials(_ text: Substring) throws(RedisError) -> Substring {
        guard let at = text.lastIndex(of: "@") else { return text }
        let credentials = text[..<at]
        if let colon = credentials.firstIndex(of: ":") {
            let name = try Self.decoded(credentials[..<colon])
            user = name.isEmpty ? nil : name
            password = Secret(try Self.decoded(credentials[colon...].dropFirst()))
        } else {
            password = Secret(try Self.decoded(credentials))
        }
        // A user without a password: it comes from elsewhere, or the caller complains.
        if password?.exposed.isEmpty == true { password = nil }
        return text[at...].dropFirst()
    }

    private mutating func readQuery(_ text: Substring) throws(RedisError) {
        for item in text.split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { throw Self.fault("has a parameter without a value") }
            let value = try Self.decoded(pair[1])
            switch pair[0] {
            case "db": database = try Self.databaseNumber(pair[1])
            case "cacert": authorityFile = value
            case "cert": certificateFile = value
            case "key": keyFile = value
            default: throw Self.fault("has an unknown parameter: db, cacert, cert and key are known")
            }
        }
    }

    private static func databaseNumber(_ text: Substring) throws(RedisError) -> Int {
        guard let number = number(text) else { throw fault("has a database that is no number") }
        return number
    }

    private static func number(_ text: Substring) -> Int? {
        text.utf8.count <= 6 && text.utf8.allSatisfy { 48...57 ~= $0 } ? Int(text) : nil
    }

    private static func decoded(_ text: Substring) throws(RedisError) -> String {
        guard text.contains("%") else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                throw fault("has a % that is not followed by two hex digits: write % as %25")
            }
            bytes.append(high << 4 | low)
        }
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw fault("has percent escapes that are not UTF-8")
        }
        return text
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        Character(UnicodeScalar(byte)).hexDigitValue.map(UInt8.init)
    }

    private static func fault(_ what: String) -> RedisError {
        RedisError(.configuration, "the Redis URL \(what)")
    }
}

extension RedisURL: CustomStringConvertible, CustomDebugStringConvertible {
    /// Scheme, place and database; no user, no password.
    package var description: String {
        switch endpoint {
        case .tcp(let host, let port):
            "\(usesTLS ? "rediss" : "redis")://\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)"
        case .unix(let path):
            "unix://\(path)?db=\(database)"
        }
    }

    /// The same.
    package var debugDescription: String { description }
}
