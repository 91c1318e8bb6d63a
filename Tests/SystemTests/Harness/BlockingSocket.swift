// Blocking sockets with time limits, for the tests' own small clients (Redis, HTTP). Nothing here is for the product.

import Foundation

struct SocketError: Error, CustomStringConvertible {
    let what: String
    let number: Int32
    var description: String { "\(what): \(String(cString: strerror(number)))" }
}

enum BlockingSocket {
    /// How long one read or write may take before it throws. Generous: two cores shared by everybody.
    static let limitSeconds = 30

    static func connect(unixPath: String) throws -> Int32 {
        let descriptor = try open(AF_UNIX)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(unixPath.utf8)
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else {
            close(descriptor)
            throw SocketError(what: "path of a unix socket", number: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        return try connect(descriptor, &address)
    }

    static func connect(port: Int) throws -> Int32 {
        let descriptor = try open(AF_INET)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return try connect(descriptor, &address)
    }

    static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw SocketError(what: "write", number: errno) }
            sent += count
        }
    }

    /// The bytes that are there, at least one.
    /// - Throws: ``SocketError`` at the end of the stream and past the time limit.
    static func readSome(from descriptor: Int32) throws -> [UInt8] {
        let bytes = try readOrEnd(from: descriptor)
        guard !bytes.isEmpty else { throw SocketError(what: "read", number: ECONNRESET) }
        return bytes
    }

    /// The bytes that are there; none at the end of the stream.
    static func readOrEnd(from descriptor: Int32) throws -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SocketError(what: "read", number: errno) }
            return Array(chunk[..<count])
        }
    }

    private static func open(_ family: Int32) throws -> Int32 {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, flags, 0)
        guard descriptor >= 0 else { throw SocketError(what: "socket", number: errno) }
        var limit = timeval(tv_sec: limitSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        return descriptor
    }

    private static func connect<Address>(_ descriptor: Int32, _ address: inout Address) throws -> Int32 {
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard result == 0 else {
            let number = errno
            close(descriptor)
            throw SocketError(what: "connect", number: number)
        }
        return descriptor
    }
}
