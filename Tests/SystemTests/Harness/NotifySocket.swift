import Foundation
import TestSupport

/// A datagram socket in systemd's place: what a service that it started says (sd_notify).
final class NotifySocket: Sendable {
    let path: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard descriptor >= 0, bound == 0 else { throw TestSupportError("\(path): no socket: errno \(errno)") }
    }

    deinit { close(descriptor) }

    /// What has come since the last call, one assignment each.
    func take() -> [String] {
        var said: [String] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = recv(descriptor, &buffer, buffer.count, 0), count >= 0 {
            said += String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
        }
        return said
    }

    /// Whether nothing is said for so long; blocks.
    func isSilent(milliseconds: Int32) -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&wanted, 1, milliseconds) == 0
    }

    /// Waits until this has been said; what was said on the way there is gone.
    func hear(_ assignment: String, within limit: Duration = .seconds(20)) async throws {
        try await eventually("\(assignment) from the service", within: limit) {
            take().contains { $0.hasPrefix(assignment) }
        }
    }
}
