import Glibc
import TestSupport

/// A listening socket whose queue is full: the kernel drops further connection attempts, as a dead host would.
final class FullListener: Sendable {
    let port: Int
    private let descriptors: [Int32]

    init() throws {
        port = try freePort()
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var opened = [listener]
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(listener, address, size) == 0, listen(listener, 0) == 0 else {
                    throw TestSupportError("listen: errno \(errno)")
                }
                for _ in 0..<4 {
                    let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
                    opened.append(filler)
                    _ = connect(filler, address, size)
                }
            }
        }
        descriptors = opened
    }

    deinit { descriptors.forEach { close($0) } }
}
