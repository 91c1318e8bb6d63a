import Glibc

/// An address that `connect` takes.
struct SocketAddress: Sendable, Equatable {
    let family: Int32
    /// The sockaddr, whatever its type.
    let bytes: [UInt8]

    /// The sun_path of Linux holds 108 bytes with its NUL.
    static let longestPath = 107

    init(_ info: addrinfo) {
        family = info.ai_family
        bytes = Array(UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen)))
    }

    /// A unix socket; the path is at most `longestPath` bytes, which RedisURL has checked.
    init(path: String) {
        family = AF_UNIX
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(Self.longestPath)) }
        bytes = withUnsafeBytes(of: &address) { Array($0) }
    }

    /// Opens a non-blocking socket and begins to connect it.
    ///
    /// - Returns: the descriptor, and whether it is connected already (unix sockets are).
    func connect() throws(RedisError) -> (descriptor: Int32, isConnected: Bool) {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw Self.failure(errno) }
        if family != AF_UNIX { Self.setOptions(descriptor) }
        let result = bytes.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { address in
                Glibc.connect(descriptor, address.baseAddress, socklen_t(bytes.count))
            }
        }
        if result == 0 { return (descriptor, true) }
        let number = errno
        if number == EINPROGRESS { return (descriptor, false) }
        close(descriptor)
        // A unix socket whose backlog is full says EAGAIN.
        throw Self.failure(number)
    }

    /// What became of a connect that was in progress.
    static func connectResult(_ descriptor: Int32) -> RedisError? {
        var number: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length) == 0 else { return failure(errno) }
        return number == 0 ? nil : failure(number)
    }

    static func failure(_ number: Int32) -> RedisError {
        RedisError(.unreachable, "cannot connect to Redis: \(String(cString: strerror(number)))")
    }

    /// No delay for small commands. A peer that has vanished (no FIN, no RST) is noticed after 15 + 3 * 5 seconds idle,
    /// or after 30 with bytes unacknowledged.
    private static func setOptions(_ descriptor: Int32) {
        let options: [(level: Int32, name: Int32, value: Int32)] = [
            (Int32(IPPROTO_TCP), TCP_NODELAY, 1), (SOL_SOCKET, SO_KEEPALIVE, 1), (Int32(IPPROTO_TCP), TCP_KEEPIDLE, 15),
            (Int32(IPPROTO_TCP), TCP_KEEPINTVL, 5), (Int32(IPPROTO_TCP), TCP_KEEPCNT, 3),
            (Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 30_000),
        ]
        for option in options {
            var value = option.value
            setsockopt(descriptor, option.level, option.name, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }
}
